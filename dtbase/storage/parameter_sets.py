"""Storing named parameters of services."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain import json_schemas
from dtbase.domain.names import Parameters
from dtbase.errors import Invalid
from dtbase.storage import tables


def row_of(session: Session, service: tables.Service, name: str) -> tables.ParameterSet | None:
    """Return the row of a service's parameter set, if there is one."""
    return session.scalar(
        select(tables.ParameterSet).where(
            tables.ParameterSet.service_id == service.id, tables.ParameterSet.name == name
        )
    )


def named_by_body(
    session: Session, service: tables.Service, name: str | None
) -> tables.ParameterSet | None:
    """Return the set that a body names; in vain makes the body wrong."""
    if name is None:
        return None
    found = row_of(session, service, name)
    if found is None:
        rule = f"service {service.name!r} has no parameter set {name!r}"
        raise Invalid(rule, field="parameter_set")
    return found


def merged(
    service: tables.Service, named: tables.ParameterSet | None, own: Parameters
) -> Parameters:
    """Return the parameters of a set with others over them, held against the schema."""
    parameters = {**(named.parameters if named else {}), **own}
    json_schemas.check(service.parameters_schema, parameters)
    return parameters
