"""Adding, changing and deleting what a document describes, each by the rules of its kind.

`cascade` deletes readings, predictions and runs that are in the way, but never a thing of the
registry: one that is in the way of a deletion is not the document's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.blueprints.documents import (
    InstallationPlan,
    Kind,
    ParameterSetPlan,
    ScenarioPlan,
    SensorPlan,
    ServicePlan,
    TypePlan,
)
from dtbase.domain.changes import Change
from dtbase.domain.forecasts.runs import ModelChange, Scenario, ScenarioChange
from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.profiles import NamedProfileChange
from dtbase.domain.registry.installations import InstallationChange, NewInstallation
from dtbase.domain.registry.locations import LocationChange, LocationSchemaChange
from dtbase.domain.registry.measures import Measure, MeasureChange, MeasureKey
from dtbase.domain.registry.sensors import NewSensor, SensorChange, SensorTypeChange
from dtbase.domain.services.schedules import ScheduleChange
from dtbase.domain.services.services import (
    NewHttpService,
    ParameterSet,
    ParameterSetChange,
    ServiceChange,
)
from dtbase.storage import tables
from dtbase.storage.forecasts import models, scenarios
from dtbase.storage.imports import profiles
from dtbase.storage.registry import (
    installations,
    location_schemas,
    locations,
    measure_deletion,
    measures,
    sensor_types,
    sensors,
)
from dtbase.storage.services import parameter_sets, schedules, services

Add = Callable[[Session, Any], object]
AddMany = Callable[[Session, Sequence[Any]], object]
Update = Callable[[Session, Any, Any, bool], object]
"""Changes a thing of a document; cascade deletes data that is in the way."""

Delete = Callable[[Session, Any, bool], object]


@dataclass(frozen=True)
class Keeper:
    """How the things of one kind are added, changed and deleted."""

    add: Add
    change: type[Change]
    update: Update
    delete: Delete


REGISTERED: Mapping[type, type[Frozen]] = {
    SensorPlan: NewSensor,
    InstallationPlan: NewInstallation,
    ScenarioPlan: Scenario,
    ParameterSetPlan: ParameterSet,
    ServicePlan: NewHttpService,
}


def whole(session: Session, thing: Any) -> Any:
    """Return what is registered for a thing of a document."""
    if isinstance(thing, TypePlan):
        return thing.whole(measures.list(session))
    kind = REGISTERED.get(type(thing))
    if kind is None:
        return thing
    return kind.model_validate(thing.model_dump(include=set(kind.model_fields)))


def key_of(measure: Measure) -> MeasureKey:
    """Return what names one measure alone."""
    return MeasureKey(name=measure.name, unit=measure.unit or "")


def delete_measure(session: Session, measure: Measure, cascade: bool) -> None:
    """Delete a measure that no sensor type takes any more."""
    row = measures.row_of(session, key_of(measure))
    link = tables.SensorTypeMeasure.measure_id
    taken = session.scalar(select(link).where(link == row.id).limit(1)) is not None
    measure_deletion.delete(session, key_of(measure), cascade=cascade and not taken)


def delete_service(session: Session, service: ServicePlan, cascade: bool) -> None:
    """Delete a service that has no schedules any more; runs under way are data."""
    row = services.row_of(session, service.name)
    planned = tables.Schedule.service_id
    scheduled = session.scalar(select(planned).where(planned == row.id).limit(1)) is not None
    services.delete(session, service.name, cascade=cascade and not scheduled)


def stay_of(session: Session, stay: InstallationPlan) -> int:
    query = (
        select(tables.Installation.id)
        .join(tables.Sensor)
        .where(tables.Sensor.identifier == stay.sensor, tables.Installation.since == stay.since)
    )
    return session.scalars(query).one()


def reset_or_delete(session: Session, scenario: ScenarioPlan, cascade: bool) -> None:
    """Delete a scenario; the default one, which every model keeps, is emptied instead."""
    if scenario.default:
        plain = ScenarioChange(description=None, parameters={})
        scenarios.update(session, scenario.model, scenario.name, plain)
    else:
        scenarios.delete(session, scenario.model, scenario.name, cascade=cascade)


def add_scenario(session: Session, scenario: ScenarioPlan) -> None:
    """Add a scenario; the default one, which every model has already, is filled in instead."""
    if scenario.default:
        said = ScenarioChange(description=scenario.description, parameters=scenario.parameters)
        scenarios.update(session, scenario.model, scenario.name, said)
    else:
        scenarios.add(session, scenario.model, whole(session, scenario))


KEEPERS: Mapping[Kind, Keeper] = {
    Kind.MEASURE: Keeper(
        measures.add,
        MeasureChange,
        lambda session, it, change, _: measures.update(session, key_of(it), change),
        delete_measure,
    ),
    Kind.SENSOR_TYPE: Keeper(
        lambda session, it: sensor_types.add(session, whole(session, it)),
        SensorTypeChange,
        lambda session, it, change, data: sensor_types.update(
            session, it.name, change, cascade=data
        ),
        lambda session, it, _: sensor_types.delete(session, it.name),
    ),
    Kind.LOCATION_SCHEMA: Keeper(
        location_schemas.add,
        LocationSchemaChange,
        lambda session, it, change, _: location_schemas.update(session, it.name, change),
        lambda session, it, _: location_schemas.delete(session, it.name),
    ),
    Kind.LOCATION: Keeper(
        locations.add,
        LocationChange,
        lambda session, it, change, _: locations.update(session, it.identifier, change),
        lambda session, it, _: locations.delete(session, it.identifier),
    ),
    Kind.SENSOR: Keeper(
        lambda session, it: sensors.add(session, whole(session, it)),
        SensorChange,
        lambda session, it, change, data: sensors.update(
            session, it.identifier, change, cascade=data
        ),
        lambda session, it, data: sensors.delete(session, it.identifier, cascade=data),
    ),
    Kind.INSTALLATION: Keeper(
        lambda session, it: installations.add(session, whole(session, it)),
        InstallationChange,
        lambda session, it, change, _: installations.update(session, stay_of(session, it), change),
        lambda session, it, _: installations.delete(session, stay_of(session, it)),
    ),
    Kind.MODEL: Keeper(
        models.add,
        ModelChange,
        lambda session, it, change, _: models.update(session, it.name, change),
        lambda session, it, data: models.delete(session, it.name, cascade=data),
    ),
    Kind.SCENARIO: Keeper(
        add_scenario,
        ScenarioChange,
        lambda session, it, change, _: scenarios.update(session, it.model, it.name, change),
        reset_or_delete,
    ),
    Kind.SERVICE: Keeper(
        lambda session, it: services.add(session, whole(session, it)),
        ServiceChange,
        lambda session, it, change, _: services.update(session, it.name, change),
        delete_service,
    ),
    Kind.PARAMETER_SET: Keeper(
        lambda session, it: parameter_sets.add(session, it.service, whole(session, it)),
        ParameterSetChange,
        lambda session, it, change, _: parameter_sets.update(session, it.service, it.name, change),
        lambda session, it, _: parameter_sets.delete(session, it.service, it.name),
    ),
    Kind.SCHEDULE: Keeper(
        schedules.add,
        ScheduleChange,
        lambda session, it, change, _: schedules.update(session, it.name, change),
        lambda session, it, _: schedules.delete(session, it.name),
    ),
    Kind.IMPORT_PROFILE: Keeper(
        profiles.add,
        NamedProfileChange,
        lambda session, it, change, _: profiles.update(session, it.name, change),
        lambda session, it, _: profiles.delete(session, it.name),
    ),
}
"""Every kind but retention, whose classes hold measures."""


def all_whole(session: Session, things: Sequence[Any]) -> Sequence[Any]:
    return [whole(session, thing) for thing in things]


TOGETHER: Mapping[Kind, AddMany] = {
    Kind.MEASURE: measures.add_many,
    Kind.LOCATION_SCHEMA: location_schemas.add_many,
    Kind.LOCATION: locations.add_many,
    Kind.SENSOR: lambda session, its: sensors.add_many(session, all_whole(session, its)),
    Kind.INSTALLATION: lambda session, its: installations.add_many(
        session, all_whole(session, its)
    ),
    Kind.MODEL: models.add_many,
}
"""How many things of the kinds that come by the hundred are added at once."""
