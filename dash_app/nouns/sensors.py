"""Sensors, as their table knows them."""

from dash_app.nouns.lines import json_of, text_of_json
from dash_app.nouns.locations import locations
from dash_app.tables.noun import Column, Field, Filter, Kind, Look, Noun, Option, named
from dtbase.client import Client
from dtbase.domain.registry.sensors import NewSensor, Sensor, SensorChange, SensorQuery


def types(client: Client) -> list[Option]:
    return named(client.sensor_types.list())


SENSORS = Noun(
    name="sensors",
    title="Sensors",
    one="sensor",
    icon="sensor",
    key="identifier",
    kind=Sensor,
    query=SensorQuery,
    new=NewSensor,
    change=SensorChange,
    store=lambda client: client.sensors,
    columns=(
        Column("identifier", "Sensor", link=True),
        Column("name", "Name", share=3),
        Column("type", "Type"),
        Column("location", "Location"),
        Column("notes", "Notes", share=3, shown=False),
        Column("created_at", "Added", Look.TIME),
    ),
    fields=(
        Field("name", "Name", optional=True, in_cell=True, hint="What people call it."),
        Field(
            "identifier",
            "Identifier",
            Kind.CODE,
            hint="What programs call it: letters, digits, dots, hyphens.",
        ),
        Field(
            "type",
            "Type",
            Kind.CHOICE,
            options=types,
            in_cell=True,
            in_many=True,
            hint="What it measures.",
        ),
        Field(
            "location",
            "Location",
            Kind.PICK,
            optional=True,
            options=locations,
            in_many=True,
            hint="From now on; where it stood before stays known.",
        ),
        Field("notes", "Notes", Kind.LONG, optional=True, in_cell=True, in_many=True),
        Field(
            "statistics",
            "Meant otherwise",
            Kind.LINES,
            optional=True,
            hint='Other than its type says, as JSON: {"power": {"statistic": "level"}}',
            read=json_of,
            write=text_of_json,
        ),
    ),
    filters=(Filter("type", "All types", types), Filter("location", "All locations", locations)),
    cascades=True,
    page="/sensor?id=",
    loss="The list of places where it stood goes with it.",
    empty="A sensor is a device, or a feed that behaves like one. Its type says what it measures.",
)
