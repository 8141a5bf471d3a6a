"""Sensors and their types."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Text, Title
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.registry.measures import MeantByMeasure, Measure, check_meant
from dtbase.domain.registry.rules import RulesByMeasure, check_measured

TYPE_EXAMPLE: JsonDict = {
    "name": "weather-station",
    "description": "Measures the air once an hour.",
    "measures": [
        {"name": "temperature", "unit": "degC"},
        {"name": "precipitation", "unit": "mm", "statistic": "total"},
    ],
}
SENSOR_EXAMPLE: JsonDict = {
    "identifier": "EWR",
    "type": "weather-station",
    "name": "Newark",
    "location": "newark-airport",
}

Measures = Annotated[tuple[Measure, ...], Field(min_length=1, max_length=1_000)]


def refuse_repeated(measures: tuple[Measure, ...]) -> None:
    """Refuse two measures of one name: a sensor's series are known by it."""
    if len({measure.name for measure in measures}) < len(measures):
        raise ValueError("two measures of one sensor type cannot share a name")


class SensorType(Frozen):
    """A kind of sensor: the measures that each of its sensors takes."""

    model_config = ConfigDict(json_schema_extra={"examples": [TYPE_EXAMPLE]})

    name: Identifier
    description: Text | None = None
    measures: Measures
    statistics: MeantByMeasure = {}
    rules: RulesByMeasure = {}

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse two measures of one name, and what none of them can carry."""
        refuse_repeated(self.measures)
        check_meant(self.statistics, self.measures)
        check_measured(self.rules, {measure.name for measure in self.measures})
        return self


class SensorTypeChange(Change):
    """What to change about a sensor type; its sensors gain and lose series with its measures."""

    clearable: ClassVar[frozenset[str]] = frozenset({"description"})
    example: ClassVar[dict[str, Any]] = {"description": "Measures the air every ten minutes."}

    name: Identifier | None = None
    description: Text | None = None
    measures: Measures | None = None
    statistics: MeantByMeasure | None = None
    rules: RulesByMeasure | None = None

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse two measures of one name."""
        refuse_repeated(self.measures or ())
        return self


class SensorTypeQuery(Page):
    """Which sensor types to list."""

    measure: Identifier | None = Field(None, description="Those that take this measure.")
    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name"] = "name"


class NewSensor(Frozen):
    """What is needed to register a sensor."""

    model_config = ConfigDict(json_schema_extra={"examples": [SENSOR_EXAMPLE]})

    identifier: Identifier
    type: Identifier
    name: Title | None = None
    notes: Text | None = None
    location: Identifier | None = None
    statistics: MeantByMeasure = {}
    rules: RulesByMeasure = {}


class Sensor(NewSensor):
    """A device, or a feed that behaves like one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**SENSOR_EXAMPLE, "created_at": "2026-01-31T12:00:00Z"}]}
    )

    created_at: datetime


class SensorChange(Change):
    """What to change about a sensor; a new identifier keeps all its data.

    A new location holds from now on; null means that it stands nowhere from now on.
    """

    clearable: ClassVar[frozenset[str]] = frozenset({"name", "notes", "location"})
    example: ClassVar[dict[str, Any]] = {"name": "Newark, new mast", "notes": "Moved in May."}

    identifier: Identifier | None = None
    type: Identifier | None = None
    name: Title | None = None
    notes: Text | None = None
    location: Identifier | None = None
    statistics: MeantByMeasure | None = None
    rules: RulesByMeasure | None = None


class SensorQuery(Page):
    """Which sensors to list."""

    type: Identifier | None = None
    location: Identifier | None = Field(
        None, description="Those that stand there now, or in a location that stands in it."
    )
    search: SearchText | None = Field(None, description="A part of the identifier or the name.")
    sort: Literal["identifier", "-identifier", "name", "-name", "created_at", "-created_at"] = (
        "identifier"
    )
