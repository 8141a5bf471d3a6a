"""Twins as code: read a registry as a blueprint, and make one match it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dtbase.client import Client
from dtbase.domain.blueprint import (
    Blueprint,
    InstallationPlan,
    Kind,
    ParameterSetPlan,
    RetentionPlan,
    ScenarioPlan,
    SensorPlan,
    ServicePlan,
    Step,
    Thing,
    TypePlan,
    goes_without_saying,
    name_of,
    plan,
)
from dtbase.domain.changes import Change
from dtbase.domain.forecasts.runs import Model, ModelChange, Scenario, ScenarioChange
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.retention import DEFAULT_CLASS, Retention
from dtbase.domain.registry.installations import Installation, InstallationChange, NewInstallation
from dtbase.domain.registry.locations import (
    Location,
    LocationChange,
    LocationSchema,
    LocationSchemaChange,
)
from dtbase.domain.registry.measures import Measure, MeasureChange
from dtbase.domain.registry.sensors import (
    NewSensor,
    Sensor,
    SensorChange,
    SensorType,
    SensorTypeChange,
)
from dtbase.domain.services.schedules import Schedule, ScheduleChange
from dtbase.domain.services.services import (
    NewHttpService,
    ParameterSet,
    ParameterSetChange,
    Service,
    ServiceChange,
    ServiceKind,
)
from dtbase.errors import Invalid, Stale

CHANGES: Mapping[Kind, type[Change]] = {
    Kind.MEASURE: MeasureChange,
    Kind.SENSOR_TYPE: SensorTypeChange,
    Kind.LOCATION_SCHEMA: LocationSchemaChange,
    Kind.LOCATION: LocationChange,
    Kind.SENSOR: SensorChange,
    Kind.INSTALLATION: InstallationChange,
    Kind.MODEL: ModelChange,
    Kind.SCENARIO: ScenarioChange,
    Kind.SERVICE: ServiceChange,
    Kind.PARAMETER_SET: ParameterSetChange,
    Kind.SCHEDULE: ScheduleChange,
}


class Registered:
    """A twin's registry as it was when it was read."""

    def __init__(self, client: Client) -> None:
        """Read all of it."""
        self._client = client
        self._found: dict[Kind, dict[str, Frozen]] = {}
        self.blueprint = Blueprint.model_validate({kind.value: self._read(kind) for kind in Kind})

    def _read(self, kind: Kind) -> Sequence[Thing]:
        pairs = list(everything(self._client, kind))
        self._found[kind] = {name_of(thing): found for thing, found in pairs}
        said = (thing for thing, _ in pairs if not goes_without_saying(thing))
        return sorted(said, key=name_of)

    def plan(self, wanted: Blueprint) -> Sequence[Step]:
        """Return what makes the twin match a blueprint."""
        return plan(self.blueprint, wanted)

    def check(self, wanted: Blueprint) -> None:
        """Refuse a blueprint that names measures that are nowhere."""
        measures = self._measures(wanted)
        for kind in wanted.sensor_types or ():
            kind.whole(measures)
        for each in wanted.retention or ():
            missing = {*each.measures} - {measure.name for measure in measures}
            if missing:
                raise Invalid(
                    f"retention {each.name!r} holds {min(missing)}, which is no measure here"
                )

    def take(self, step: Step, wanted: Blueprint, *, cascade: bool = False) -> None:
        """Take one step of a plan; refuse it if the thing has changed since it was read."""
        if step.kind is Kind.RETENTION:
            keep(self._client, step, wanted)
            return
        things = registry(self._client, step)
        after = step.after and new(step.after, self._measures(wanted))
        if (scenario := default_of(step)) is not None:
            things.update(scenario.name, adorned(after))
        elif step.before is None:
            things.add(after)
        elif after is None:
            things.delete(self._present(step), cascade=cascade)
        else:
            document = after.model_dump()
            change = {name: document[name] for name in step.fields}
            kind = CHANGES[step.kind]
            things.update(self._present(step), kind.model_validate(change), cascade=cascade)

    def _measures(self, wanted: Blueprint) -> Sequence[Measure]:
        """Return the measures that there will be."""
        named = wanted.measures
        return named if named is not None else self.blueprint.measures or ()

    def _present(self, step: Step) -> Frozen:
        """Return a thing as it is now: the steps before this one may have touched it."""
        found = self._found[step.kind][step.name]
        if isinstance(found, Measure):
            return found  # its name alone may mean several
        key = found.id if isinstance(found, Installation) else step.name.rpartition("/")[2]
        present: Frozen = registry(self._client, step).get(str(key))
        if planned(present, step.before) != step.before:
            raise Stale(f"{step.kind.singular} {step.name} has changed since the plan was made")
        return present


def everything(client: Client, kind: Kind) -> Iterator[tuple[Thing, Frozen]]:
    """Read all things of a kind, each with what a blueprint says of it."""
    if kind is Kind.SERVICE:
        http = client.services.list(kind=ServiceKind.HTTP)
        yield from ((ServicePlan.of(service), service) for service in http)
    elif kind is Kind.PARAMETER_SET:
        yield from parameter_sets(client)
    elif kind is Kind.SCENARIO:
        yield from scenarios(client)
    else:
        yield from ((planned(thing), thing) for thing in getattr(client, kind.value).list())


def parameter_sets(client: Client) -> Iterator[tuple[Thing, Frozen]]:
    """Read the parameter sets of every service."""
    for service in client.services.list():
        for found in client.services.parameter_sets(service).list():
            yield ParameterSetPlan(service=service.name, **found.model_dump()), found


def scenarios(client: Client) -> Iterator[tuple[Thing, Frozen]]:
    """Read the scenarios of every model."""
    for model in client.models.list():
        for scenario in client.models.scenarios(model).list():
            yield ScenarioPlan(model=model.name, **scenario.model_dump()), scenario


def registry(client: Client, step: Step) -> Any:
    """Return the part of a client that tends the thing of a step."""
    thing = step.after or step.before
    if isinstance(thing, ScenarioPlan):
        return client.models.scenarios(thing.model)
    if isinstance(thing, ParameterSetPlan):
        return client.services.parameter_sets(thing.service)
    return getattr(client, step.kind.value)


def keep(client: Client, step: Step, wanted: Blueprint) -> None:
    """Set or delete a retention class; what no class names any more goes to the default one."""
    classes = client.retention
    if isinstance(step.before, RetentionPlan):
        if classes.get(step.name).keep_days != step.before.keep_days:
            raise Stale(f"retention {step.name} has changed since the plan was made")
        named = {measure for each in wanted.retention or () for measure in each.measures}
        freed = [measure for measure in step.before.measures if measure not in named]
        if freed:
            classes.set(DEFAULT_CLASS, classes.get(DEFAULT_CLASS).keep_days, freed)
    if isinstance(step.after, RetentionPlan):
        classes.set(step.name, step.after.keep_days, step.after.measures)
    elif step.name == DEFAULT_CLASS:
        classes.set(DEFAULT_CLASS, None)
    else:
        classes.delete(step.name)


def default_of(step: Step) -> ScenarioPlan | None:
    """Return the scenario of a step if it is one that is always there."""
    thing = step.after or step.before
    return thing if isinstance(thing, ScenarioPlan) and thing.default else None


def adorned(scenario: Frozen | None) -> ScenarioChange:
    """Return what makes a default scenario say what it is to say, or nothing again."""
    plain: dict[str, object] = {"description": None, "parameters": {}}
    return ScenarioChange.model_validate(
        plain if scenario is None else scenario.model_dump(include=set(plain))
    )


def planned(thing: Frozen, before: Thing | None = None) -> Thing:
    """Return what a blueprint says of a registered thing; a scenario does not name its model."""
    match thing:
        case Retention():
            return RetentionPlan.of(thing)
        case SensorType():
            return TypePlan.of(thing)
        case Sensor():
            return SensorPlan.model_validate(thing.model_dump(include=set(SensorPlan.model_fields)))
        case Installation():
            fields = set(InstallationPlan.model_fields)
            return InstallationPlan.model_validate(thing.model_dump(include=fields))
        case Measure() | LocationSchema() | Location() | Model():
            return thing
    return planned_beyond(thing, before)


def planned_beyond(thing: Frozen, before: Thing | None) -> Thing:
    """Return what a blueprint says of what is told in other words than the registry's."""
    match thing:
        case Scenario() if isinstance(before, ScenarioPlan):
            return ScenarioPlan(model=before.model, **thing.model_dump())
        case ParameterSet() if isinstance(before, ParameterSetPlan):
            return ParameterSetPlan(service=before.service, **thing.model_dump())
        case Service():
            return ServicePlan.of(thing)
        case Schedule():
            return thing.definition
    raise TypeError(f"a blueprint holds no {type(thing).__name__}")


def new(thing: Thing, measures: Sequence[Measure]) -> Frozen:
    """Return what registers a thing of a blueprint."""
    match thing:
        case TypePlan():
            return thing.whole(measures)
        case SensorPlan():
            return NewSensor(**thing.model_dump())
        case InstallationPlan():
            return NewInstallation(**thing.model_dump())
        case ScenarioPlan():
            return Scenario.model_validate(thing.model_dump(exclude={"model"}))
    return new_service(thing)


def new_service(thing: Thing) -> Frozen:
    """Return what registers a service, or what belongs to one."""
    match thing:
        case ParameterSetPlan():
            return ParameterSet.model_validate(thing.model_dump(exclude={"service"}))
        case ServicePlan():
            return NewHttpService.model_validate(thing.model_dump())
    return thing
