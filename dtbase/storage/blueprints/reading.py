"""Reading the registry as one document."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.blueprints.documents import (
    Blueprint,
    InstallationPlan,
    Kind,
    ParameterSetPlan,
    RetentionPlan,
    ScenarioPlan,
    SensorPlan,
    ServicePlan,
    Thing,
    TypePlan,
    every_twin_has,
    name_of,
)
from dtbase.domain.blueprints.plans import Present
from dtbase.domain.services.services import ServiceKind
from dtbase.storage import tables
from dtbase.storage.blueprints import owned
from dtbase.storage.forecasts import models, scenarios
from dtbase.storage.imports import profiles
from dtbase.storage.readings import retention
from dtbase.storage.registry import (
    installations,
    location_schemas,
    locations,
    measures,
    sensor_types,
    sensors,
)
from dtbase.storage.services import parameter_sets, schedules, services

Things = Sequence[Thing]


def present(session: Session) -> Present:
    """Return what the twin has, and whose it is."""
    owners = {
        kind: {name: row.owner for name, row in owned.find(session, kind).items()} for kind in Kind
    }
    return Present(read(session), owners)


def read(session: Session) -> Blueprint:
    """Return the whole registry, without what every twin has anyway."""
    found = {kind.value: said(READ[kind](session)) for kind in Kind}
    return Blueprint.model_validate(found)


def said(found: Things) -> Things:
    """Return things by name, without those that are there in any case."""
    return sorted((each for each in found if not every_twin_has(each)), key=name_of)


def read_sensors(session: Session) -> Things:
    fields = set(SensorPlan.model_fields)
    return [SensorPlan(**each.model_dump(include=fields)) for each in sensors.list(session)]


def read_installations(session: Session) -> Things:
    fields = set(InstallationPlan.model_fields)
    found = installations.list(session)
    return [InstallationPlan(**each.model_dump(include=fields)) for each in found]


def read_scenarios(session: Session) -> Things:
    query = select(tables.Model.name, tables.Scenario).join(tables.Scenario)
    return [
        ScenarioPlan(model=model, **scenarios.to_domain(row).model_dump())
        for model, row in session.execute(query)
    ]


def read_services(session: Session) -> Things:
    """Return the services behind URLs; the others come with packages."""
    http = select(tables.Service).where(tables.Service.kind == ServiceKind.HTTP)
    return [ServicePlan.of(services.to_domain(row)) for row in session.scalars(http)]


def read_parameter_sets(session: Session) -> Things:
    query = select(tables.ParameterSet, tables.Service.name).join(tables.Service)
    return [
        ParameterSetPlan(service=service, **parameter_sets.to_domain(row).model_dump())
        for row, service in session.execute(query)
    ]


READ: Mapping[Kind, Callable[[Session], Things]] = {
    Kind.MEASURE: measures.list,
    Kind.RETENTION: lambda session: [RetentionPlan.of(each) for each in retention.list(session)],
    Kind.SENSOR_TYPE: lambda session: [TypePlan.of(each) for each in sensor_types.list(session)],
    Kind.LOCATION_SCHEMA: location_schemas.list,
    Kind.LOCATION: locations.list,
    Kind.SENSOR: read_sensors,
    Kind.INSTALLATION: read_installations,
    Kind.MODEL: models.list,
    Kind.SCENARIO: read_scenarios,
    Kind.SERVICE: read_services,
    Kind.PARAMETER_SET: read_parameter_sets,
    Kind.SCHEDULE: lambda session: [each.definition for each in schedules.list(session)],
    Kind.IMPORT_PROFILE: profiles.list,
}
