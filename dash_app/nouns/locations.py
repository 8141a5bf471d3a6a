"""Locations, as their table knows them."""

from dash_app.nouns.lines import pairs_of, text_of_pairs
from dash_app.tables.noun import Column, Field, Filter, Kind, Noun, Option, named
from dtbase.client import Client
from dtbase.domain.registry.locations import Location, LocationChange, LocationQuery


def locations(client: Client) -> list[Option]:
    return named(client.locations.list(), "identifier", "name")


def schemas(client: Client) -> list[Option]:
    return named(client.location_schemas.list())


LOCATIONS = Noun(
    name="locations",
    title="Locations",
    hint="as a table",
    one="location",
    icon="place",
    key="identifier",
    kind=Location,
    query=LocationQuery,
    new=Location,
    change=LocationChange,
    store=lambda client: client.locations,
    columns=(
        Column("identifier", "Location", link=True),
        Column("name", "Name", share=3),
        Column("parent", "Stands in"),
        Column("location_schema", "Schema"),
        Column(
            "coordinates",
            "Coordinates",
            share=3,
            show=lambda each: text_of_pairs(each.coordinates).replace("\n", ", "),
        ),
    ),
    fields=(
        Field("name", "Name", in_cell=True),
        Field("identifier", "Identifier", Kind.CODE, hint="What programs call it."),
        Field(
            "parent",
            "Stands in",
            Kind.PICK,
            optional=True,
            options=locations,
            in_many=True,
            hint="The location that it is a part of.",
        ),
        Field(
            "location_schema",
            "Schema",
            Kind.CHOICE,
            optional=True,
            options=schemas,
            in_many=True,
            hint="Which coordinates it has.",
        ),
        Field(
            "coordinates",
            "Coordinates",
            Kind.LINES,
            hint="One a line, as the schema names them; such as latitude: 40.69",
            read=pairs_of,
            write=text_of_pairs,
        ),
    ),
    filters=(
        Filter("within", "All locations", locations),
        Filter("location_schema", "All schemas", schemas),
    ),
    cascades=True,
    loss="Sensors that stand there are then at no location.",
    empty="A location is a place where sensors stand; it may stand in another one.",
)
