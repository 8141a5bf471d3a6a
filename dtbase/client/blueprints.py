"""Twins as code: read a registry as a blueprint, and make one match it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dtbase.client import Client
from dtbase.domain.blueprint import (
    Blueprint,
    InstallationPlan,
    Kind,
    SensorPlan,
    Step,
    Thing,
    TypePlan,
    name_of,
    plan,
)
from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.installations import Installation, InstallationChange, NewInstallation
from dtbase.domain.locations import (
    Location,
    LocationChange,
    LocationSchema,
    LocationSchemaChange,
)
from dtbase.domain.measures import Measure, MeasureChange
from dtbase.domain.sensors import NewSensor, Sensor, SensorChange, SensorType, SensorTypeChange
from dtbase.errors import Stale

CHANGES: Mapping[Kind, type[Change]] = {
    Kind.MEASURE: MeasureChange,
    Kind.SENSOR_TYPE: SensorTypeChange,
    Kind.LOCATION_SCHEMA: LocationSchemaChange,
    Kind.LOCATION: LocationChange,
    Kind.SENSOR: SensorChange,
    Kind.INSTALLATION: InstallationChange,
}


class Registered:
    """A twin's registry as it was when it was read."""

    def __init__(self, client: Client) -> None:
        """Read all of it."""
        self._client = client
        self._found: dict[Kind, dict[str, Frozen]] = {}
        self.blueprint = Blueprint.model_validate({kind.value: self._read(kind) for kind in Kind})

    def _read(self, kind: Kind) -> Sequence[Thing]:
        pairs = [(planned(thing), thing) for thing in registry(self._client, kind).list()]
        self._found[kind] = {name_of(thing): found for thing, found in pairs}
        return sorted((thing for thing, _ in pairs), key=name_of)

    def plan(self, wanted: Blueprint) -> Sequence[Step]:
        """Return what makes the twin match a blueprint."""
        return plan(self.blueprint, wanted)

    def check(self, wanted: Blueprint) -> None:
        """Refuse a blueprint whose sensor types take measures that are nowhere."""
        for kind in wanted.sensor_types or ():
            kind.whole(self._measures(wanted))

    def take(self, step: Step, wanted: Blueprint, *, cascade: bool = False) -> None:
        """Take one step of a plan; refuse it if the thing has changed since it was read."""
        things = registry(self._client, step.kind)
        if step.before is None:
            assert step.after is not None
            things.add(new(step.after, self._measures(wanted)))
            return
        present = self._present(step)
        if step.after is None:
            things.delete(present, cascade=cascade)
            return
        document = new(step.after, self._measures(wanted)).model_dump()
        change = {name: document[name] for name in step.fields}
        things.update(present, CHANGES[step.kind].model_validate(change), cascade=cascade)

    def _measures(self, wanted: Blueprint) -> Sequence[Measure]:
        """Return the measures that there will be."""
        named = wanted.measures
        return named if named is not None else self.blueprint.measures or ()

    def _present(self, step: Step) -> Frozen:
        """Return a thing as it is now: the steps before this one may have touched it."""
        found = self._found[step.kind][step.name]
        if isinstance(found, Measure):
            return found  # its name alone may mean several
        key = found.id if isinstance(found, Installation) else step.name
        present: Frozen = registry(self._client, step.kind).get(str(key))
        if planned(present) != step.before:
            raise Stale(f"{step.kind.singular} {step.name} has changed since the plan was made")
        return present


def registry(client: Client, kind: Kind) -> Any:
    """Return the part of a client that tends a kind of thing; they bear the same names."""
    return getattr(client, kind.value)


def planned(thing: Frozen) -> Thing:
    """Return what a blueprint says of a registered thing."""
    match thing:
        case SensorType():
            return TypePlan.of(thing)
        case Sensor():
            return SensorPlan.model_validate(thing.model_dump(include=set(SensorPlan.model_fields)))
        case Installation():
            fields = set(InstallationPlan.model_fields)
            return InstallationPlan.model_validate(thing.model_dump(include=fields))
        case Measure() | LocationSchema() | Location():
            return thing
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
    return thing
