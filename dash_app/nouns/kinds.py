"""Sensor types, measures, location schemas and models: what others are kinds of."""

from functools import partial

from dash_app.nouns.lines import json_of, json_or_nothing, rows_of, text_of, text_of_json, with_rest
from dash_app.tables.noun import Column, Field, Filter, Kind, Noun, Option, chosen
from dash_app.words import measure_label, unit_symbol
from dtbase.client import Client
from dtbase.domain.forecasts.runs import Model, ModelChange, ModelQuery
from dtbase.domain.registry.locations import (
    LocationSchema,
    LocationSchemaChange,
    LocationSchemaQuery,
)
from dtbase.domain.registry.measures import (
    Datatype,
    Measure,
    MeasureChange,
    MeasureQuery,
    Statistic,
)
from dtbase.domain.registry.sensors import SensorType, SensorTypeChange, SensorTypeQuery

STATISTICS = {
    Statistic.MEAN: "Mean: a level, such as a temperature",
    Statistic.TOTAL: "Total: adds up, such as rain",
    Statistic.COUNTER: "Counter: only grows, such as a meter",
    Statistic.CIRCULAR: "Circular: a direction in degrees",
    Statistic.LEVEL: "Level: holds until it changes, such as a setting",
    Statistic.NET: "Net: a meter that runs both ways",
    Statistic.STATE: "State: on or off, open or shut, or a text",
}
MEASURE = ("name", "unit", "datatype", "statistic")
FIELD = ("name", "datatype", "unit", "required")
NAME = "Letters, digits, dots, hyphens."


def with_units(kind: SensorType) -> str:
    """Return the measures of a sensor type as a person reads them."""
    return ", ".join(
        " ".join(filter(None, (measure_label(each.name), unit_symbol(each.unit))))
        for each in kind.measures
    )


def measures(client: Client) -> list[Option]:
    names = sorted({each.name for each in client.measures.list()})
    return [Option(name, measure_label(name)) for name in names]


SENSOR_TYPES = Noun(
    name="sensor-types",
    title="Sensor types",
    one="sensor type",
    icon="model",
    key="name",
    kind=SensorType,
    query=SensorTypeQuery,
    new=SensorType,
    change=SensorTypeChange,
    store=lambda client: client.sensor_types,
    columns=(
        Column("name", "Sensor type", link=True),
        Column("measures", "Measures", share=5, show=with_units),
        Column("description", "Description", share=3),
    ),
    fields=(
        Field("name", "Name", Kind.CODE, hint=NAME),
        Field("description", "Description", Kind.LONG, optional=True, in_cell=True),
        Field(
            "measures",
            "Measures",
            Kind.LINES,
            hint="One a line: name, unit, datatype, how it adds up; such as rain, mm, float, total",
            read=partial(rows_of, names=MEASURE),
            write=partial(text_of, names=MEASURE),
            merge=with_rest,
        ),
        Field(
            "statistics",
            "Meant otherwise",
            Kind.LINES,
            optional=True,
            hint='By the name of a measure, as JSON: {"power": {"statistic": "level"}}',
            read=json_of,
            write=text_of_json,
        ),
    ),
    filters=(Filter("measure", "All measures", measures),),
    cascades=True,
    searched="Name",
    empty="A sensor type says what each of its sensors measures, in which units.",
)

MEASURES = Noun(
    name="measures",
    title="Measures",
    one="measure",
    icon="explore",
    key="name",
    kind=Measure,
    query=MeasureQuery,
    new=Measure,
    change=MeasureChange,
    store=lambda client: client.measures,
    columns=(
        Column("name", "Measure", link=True),
        Column("unit", "Unit", show=lambda each: unit_symbol(each.unit)),
        Column("datatype", "Datatype"),
        Column("statistic", "Adds up as"),
    ),
    fields=(
        Field("name", "Name", Kind.CODE, hint=NAME),
        Field("unit", "Unit", Kind.CODE, optional=True, hint="Such as degC, percent, hPa, m/s."),
        Field("datatype", "Datatype", Kind.CHOICE, options=chosen(Datatype), start="float"),
        Field("statistic", "Adds up as", Kind.CHOICE, options=chosen(STATISTICS), start="mean"),
        Field(
            "options",
            "Options",
            Kind.LINES,
            optional=True,
            hint='Of a level, a meter or a state, as JSON: {"holds": "6h"}',
            read=json_or_nothing,
            write=text_of_json,
        ),
    ),
    filters=(
        Filter("datatype", "All datatypes", chosen(Datatype)),
        Filter("statistic", "All ways to add up", chosen(Statistic)),
    ),
    searched="Name",
    empty="A measure is a quantity with its unit, such as temperature in °C.",
)

LOCATION_SCHEMAS = Noun(
    name="location-schemas",
    title="Location schemas",
    one="location schema",
    icon="globe",
    key="name",
    kind=LocationSchema,
    query=LocationSchemaQuery,
    new=LocationSchema,
    change=LocationSchemaChange,
    store=lambda client: client.location_schemas,
    columns=(
        Column("name", "Location schema", link=True),
        Column("fields", "Fields", share=4, show=lambda s: ", ".join(f.name for f in s.fields)),
        Column("description", "Description", share=3),
    ),
    fields=(
        Field("name", "Name", Kind.CODE, hint=NAME),
        Field("description", "Description", Kind.LONG, optional=True, in_cell=True),
        Field(
            "fields",
            "Fields",
            Kind.LINES,
            hint="One a line: name, datatype, unit, required; such as height, float, m, false",
            read=partial(rows_of, names=FIELD),
            write=partial(text_of, names=FIELD),
            merge=with_rest,
        ),
    ),
    cascades=True,
    searched="Name",
    empty="A location schema says which coordinates the locations of a kind have.",
)

MODELS = Noun(
    name="models",
    title="Models",
    one="model",
    icon="model",
    key="name",
    kind=Model,
    query=ModelQuery,
    new=Model,
    change=ModelChange,
    store=lambda client: client.models,
    columns=(
        Column("name", "Model", link=True),
        Column("description", "Description", share=5),
    ),
    fields=(
        Field("name", "Name", Kind.CODE, hint=NAME),
        Field("description", "Description", Kind.LONG, optional=True, in_cell=True),
    ),
    cascades=True,
    searched="Name",
    empty="A model predicts series. The built-in ones come with the first forecast.",
)
