"""A twin's registry as one document, which can live in git."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, model_validator
from pydantic.config import JsonDict

from dtbase.domain.forecasts.runs import Model, Scenario
from dtbase.domain.forecasts.selections import DEFAULT_SCENARIO
from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.profiles import NamedProfile
from dtbase.domain.names import Identifier, Text, Title
from dtbase.domain.readings.retention import DEFAULT_CLASS, Retention, RetentionClass
from dtbase.domain.registry.installations import Instant
from dtbase.domain.registry.locations import Location, LocationSchema
from dtbase.domain.registry.measures import MeantByMeasure, Measure
from dtbase.domain.registry.rules import RulesByMeasure
from dtbase.domain.registry.sensors import SensorType
from dtbase.domain.services.schedules import OWN, NewSchedule
from dtbase.domain.services.services import (
    CheckedSchema,
    HttpRequest,
    Limits,
    ParameterSet,
    QueueName,
    Service,
)
from dtbase.errors import Invalid

SCENARIO_EXAMPLE: JsonDict = {"model": "physics", "name": "warm", "parameters": {"degrees": 2}}
SET_EXAMPLE: JsonDict = {
    "service": "replay-demo",
    "name": "airports",
    "parameters": {"forecasts": True},
}


def sorted_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names in the order in which every document has them."""
    return tuple(sorted(names))


class MeasureName(Frozen):
    """Which measure a sensor type takes; the measure itself stands under `measures`."""

    name: Identifier
    unit: str | None = None

    def __str__(self) -> str:
        """Write the name with the unit, as a measure does."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


class RetentionPlan(RetentionClass):
    """A retention class with its measures; what no class names is in the default one."""

    measures: Annotated[tuple[Identifier, ...], AfterValidator(sorted_names)] = ()

    @classmethod
    def of(cls, retention: Retention) -> Self:
        """Leave out what every twin has anyway, and how far raw readings have been dropped."""
        named = () if retention.name == DEFAULT_CLASS else retention.measures
        return cls(name=retention.name, keep_days=retention.keep_days, measures=named)

    @model_validator(mode="after")
    def check_default(self) -> Self:
        """Refuse measures of the default class, which would have to be all others."""
        if self.default and self.measures:
            raise ValueError("the class default holds the measures that no other class names")
        return self

    @property
    def default(self) -> bool:
        """Tell whether this is the class that is always there."""
        return self.name == DEFAULT_CLASS

    @property
    def plain(self) -> bool:
        """Tell whether every twin has this anyway."""
        return self.default and self.keep_days is None


class TypePlan(Frozen):
    """A sensor type with its measures in their order."""

    name: Identifier
    description: Text | None = None
    measures: tuple[MeasureName, ...]
    statistics: MeantByMeasure = {}
    rules: RulesByMeasure = {}

    @classmethod
    def of(cls, kind: SensorType) -> Self:
        """Leave out what the measures say of themselves."""
        names = tuple(MeasureName(name=each.name, unit=each.unit) for each in kind.measures)
        return cls(
            name=kind.name,
            description=kind.description,
            measures=names,
            statistics=kind.statistics,
            rules=kind.rules,
        )

    def whole(self, measures: Sequence[Measure]) -> SensorType:
        """Return the sensor type, each measure looked up among those there are."""
        known = {(each.name, each.unit): each for each in measures}
        missing = [each for each in self.measures if (each.name, each.unit) not in known]
        if missing:
            raise Invalid(f"sensor type {self.name!r} takes {missing[0]}, which is no measure here")
        found = tuple(known[each.name, each.unit] for each in self.measures)
        return SensorType(
            name=self.name,
            description=self.description,
            measures=found,
            statistics=self.statistics,
            rules=self.rules,
        )


class SensorPlan(Frozen):
    """A sensor; where it stands is told by installations."""

    identifier: Identifier
    type: Identifier
    name: Title | None = None
    notes: Text | None = None
    statistics: MeantByMeasure = {}
    rules: RulesByMeasure = {}


class InstallationPlan(Frozen):
    """A sensor stands at a location, or nowhere, from a time on."""

    sensor: Identifier
    since: Instant
    location: Identifier | None

    @property
    def whole(self) -> str:
        return self.sensor


class ScenarioPlan(Scenario):
    """A scenario of a model; every model has the default one, which is told only if it differs."""

    model_config = ConfigDict(json_schema_extra={"examples": [SCENARIO_EXAMPLE]})

    model: Identifier

    @property
    def whole(self) -> str:
        return self.model

    @property
    def default(self) -> bool:
        return self.name == DEFAULT_SCENARIO

    @property
    def plain(self) -> bool:
        """Tell whether every twin has this anyway."""
        return self.default and not self.description and not self.parameters


class ServicePlan(Limits):
    """A service behind a URL; its secret headers are no part of any document."""

    name: Identifier
    summary: Text | None = None
    queue: QueueName = QueueName.INGEST
    parameters_schema: CheckedSchema = {}
    request: HttpRequest

    @classmethod
    def of(cls, service: Service) -> Self:
        """Leave out what is secret, and what comes with packages."""
        return cls.model_validate(service.model_dump(include=set(cls.model_fields)))


class ParameterSetPlan(ParameterSet):
    """A parameter set of a service, of whatever kind."""

    model_config = ConfigDict(json_schema_extra={"examples": [SET_EXAMPLE]})

    service: Identifier

    @property
    def whole(self) -> str:
        return self.service


class Blueprint(Frozen):
    """A registry; a kind of thing that is not mentioned at all is left as it is."""

    dtbase: Literal[1] = 1
    """The version of this form."""

    measures: tuple[Measure, ...] | None = None
    retention: tuple[RetentionPlan, ...] | None = None
    sensor_types: tuple[TypePlan, ...] | None = None
    location_schemas: tuple[LocationSchema, ...] | None = None
    locations: tuple[Location, ...] | None = None
    sensors: tuple[SensorPlan, ...] | None = None
    installations: tuple[InstallationPlan, ...] | None = None
    models: tuple[Model, ...] | None = None
    scenarios: tuple[ScenarioPlan, ...] | None = None
    services: tuple[ServicePlan, ...] | None = None
    parameter_sets: tuple[ParameterSetPlan, ...] | None = None
    schedules: tuple[NewSchedule, ...] | None = None
    import_profiles: tuple[NamedProfile, ...] | None = None

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse a thing that stands there twice."""
        for kind in Kind:
            names = Counter(name_of(thing) for thing in things(self, kind) or ())
            twice = sorted(name for name, count in names.items() if count > 1)
            if twice:
                raise ValueError(f"{kind}: {', '.join(twice)} stands there twice")
        kept = [name for each in self.retention or () for name in each.measures]
        if len({*kept}) < len(kept):
            raise ValueError("retention: a measure is in two classes")
        return self


class Kind(StrEnum):
    """What a blueprint holds, each kind after those that it needs."""

    MEASURE = "measures"
    RETENTION = "retention"
    SENSOR_TYPE = "sensor_types"
    LOCATION_SCHEMA = "location_schemas"
    LOCATION = "locations"
    SENSOR = "sensors"
    INSTALLATION = "installations"
    MODEL = "models"
    SCENARIO = "scenarios"
    SERVICE = "services"
    PARAMETER_SET = "parameter_sets"
    SCHEDULE = "schedules"
    IMPORT_PROFILE = "import_profiles"

    @property
    def singular(self) -> str:
        """Name one thing of the kind."""
        return self.removesuffix("s").replace("_", " ")


Thing = (
    Measure
    | RetentionPlan
    | TypePlan
    | LocationSchema
    | Location
    | SensorPlan
    | InstallationPlan
    | Model
    | ScenarioPlan
    | ServicePlan
    | ParameterSetPlan
    | NewSchedule
    | NamedProfile
)


def things(blueprint: Blueprint, kind: Kind) -> Sequence[Thing] | None:
    """Return the things of a kind, None if the kind is not mentioned."""
    found: Sequence[Thing] | None = getattr(blueprint, kind.value)
    return found and [each for each in found if not every_twin_has(each)]


def every_twin_has(thing: Thing) -> bool:
    """Tell whether every twin has this thing anyway, exactly as it is here."""
    if isinstance(thing, NewSchedule):
        return thing.model_copy(update={"start": None}) in OWN
    return isinstance(thing, ScenarioPlan | RetentionPlan) and thing.plain


def name_of(thing: Thing) -> str:
    """Return what a thing is known by; it is another thing if that changes."""
    match thing:
        case Measure():
            return str(thing)
        case ScenarioPlan() | ParameterSetPlan():
            return f"{thing.whole}/{thing.name}"
        case InstallationPlan():
            return stay_name(thing.sensor, thing.since)
        case Location() | SensorPlan():
            return thing.identifier
    return thing.name


def stay_name(sensor: str, since: datetime) -> str:
    """Return what an installation is known by."""
    return f"{sensor} since {since.astimezone(UTC).isoformat()}"
