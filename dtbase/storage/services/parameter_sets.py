"""Storing named parameters of services."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy import delete as sql_delete
from sqlalchemy.orm import Session

from dtbase.domain.bounds.budgets import at_most
from dtbase.domain.changes import revised
from dtbase.domain.json_schemas import HOLDING_MANY
from dtbase.domain.paging import Listed
from dtbase.domain.services.services import (
    ParameterSet,
    ParameterSetChange,
    ParameterSetQuery,
    SetOfService,
    SetsQuery,
)
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Invalid, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.registry import dependents
from dtbase.storage.services import kept_parameters, services
from dtbase.storage.services.kept_parameters import Kept

NOUN = "parameter set"
ORDER = paging.Order(columns={"name": tables.ParameterSet.name.expression}, key=("name",))

ORDER_OF_ALL = paging.Order(
    columns={**ORDER.columns, "service": tables.Service.name.expression}, key=("name", "service")
)


def to_domain(row: tables.ParameterSet) -> ParameterSet:
    return ParameterSet(name=row.name, description=row.description, parameters=row.parameters)


def named(service: str, name: str) -> str:
    """Return what the log of changes calls a parameter set."""
    return f"{service}/{name}"


def page(session: Session, service: str, wanted: ParameterSetQuery) -> Listed[ParameterSet]:
    found = services.row_of(session, service)
    query = select(tables.ParameterSet).where(tables.ParameterSet.service_id == found.id)
    if wanted.search is not None:
        query = query.where(tables.ParameterSet.name.icontains(wanted.search, autoescape=True))
    return paging.scalars(session, query, wanted, ORDER, to_domain)


def page_of_all(session: Session, wanted: SetsQuery) -> Listed[SetOfService]:
    """Return the parameter sets of all services that fit, those of one name by their services."""
    query = select(tables.ParameterSet, tables.Service.name).join(tables.Service)
    if wanted.service is not None:
        query = query.where(tables.Service.name == wanted.service)
    if wanted.search is not None:
        query = query.where(tables.ParameterSet.name.icontains(wanted.search, autoescape=True))
    return paging.page(session, query, wanted, ORDER_OF_ALL, with_service)


def with_service(row: Row[*tuple[Any, ...]]) -> SetOfService:
    parameter_set, service = row
    return SetOfService(**to_domain(parameter_set).model_dump(), service=service)


def add(session: Session, service: str, new: ParameterSet) -> ParameterSet:
    """Insert a parameter set that fits the schema of its service."""
    return insert_all(session, service, [new], bulk.raise_first)[0]


def add_many(session: Session, service: str, new: Sequence[ParameterSet]) -> Sequence[ParameterSet]:
    """Insert parameter sets that fit the schema of their service, all or none."""
    with at_most(HOLDING_MANY):
        return insert_all(session, service, new, bulk.refuse)


def insert_all(
    session: Session, service: str, new: Sequence[ParameterSet], refuse: bulk.Refuse
) -> Sequence[ParameterSet]:
    found = services.row_of(session, service)
    schema = found.parameters_schema
    shown: dict[str, ParameterSet] = {}

    def columns(each: ParameterSet) -> bulk.Row:
        kept = kept_parameters.checked(schema, kept_parameters.keep(schema, each.parameters))
        shown[each.name] = each.model_copy(update={"parameters": kept.parameters})
        return {
            "service_id": found.id,
            "secrets": kept.secrets,
            **shown[each.name].model_dump(),
        }

    def what(each: ParameterSet) -> str:
        return f"parameter set {each.name!r} of service {service!r}"

    kind = bulk.Kind(tables.ParameterSet, ("service_id", "name"), what)
    with session.begin_nested():
        bulk.insert_all(session, kind, new, columns, refuse)
        added = [*shown.values()]
        audit.created_many(session, NOUN, [(named(service, each.name), each) for each in added])
    return added


def get(session: Session, service: str, name: str) -> ParameterSet:
    return to_domain(held(session, services.row_of(session, service), name))


def update(
    session: Session,
    service: str,
    name: str,
    change: ParameterSetChange,
    expected: Expected = WHATEVER,
) -> ParameterSet:
    """Change a parameter set; runs that are queued keep what they were given."""
    found = services.row_of(session, service)
    row = held(session, found, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"parameter set {name!r}")
    after = revised(before, change)
    if change.parameters is not None:
        schema = found.parameters_schema
        kept = kept_parameters.keep(schema, after.parameters, kept_parameters.of(row))
        row.parameters, row.secrets = kept_parameters.checked(schema, kept)
        after = after.model_copy(update={"parameters": kept.parameters})
    row.name, row.description = after.name, after.description
    with refusing(f"parameter set {after.name!r} of service {service!r}", "name"):
        session.flush()
    audit.changed(session, NOUN, named(service, after.name), before, after)
    return after


def delete(
    session: Session,
    service: str,
    name: str,
    expected: Expected = WHATEVER,
    *,
    cascade: bool = False,
) -> None:
    """Remove a parameter set; with cascade the schedules that use it too."""
    row = held(session, services.row_of(session, service), name, lock=True)
    before = to_domain(row)
    expected.check(before, f"parameter set {name!r}")
    users = select(tables.Schedule.name).where(tables.Schedule.parameter_set_id == row.id)
    if not cascade:
        in_the_way = dependents.those(session, "schedules", users.order_by(tables.Schedule.name))
        dependents.refuse(f"parameter set {name!r}", [in_the_way])
    session.execute(sql_delete(tables.Schedule).where(tables.Schedule.parameter_set_id == row.id))
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, named(service, name), before)


def held(
    session: Session, service: tables.Service, name: str, *, lock: bool = False
) -> tables.ParameterSet:
    """Return the row of a service's parameter set, or raise NotFound."""
    query = select(tables.ParameterSet).where(
        tables.ParameterSet.service_id == service.id, tables.ParameterSet.name == name
    )
    missing = f"service {service.name!r} has no parameter set {name!r}"
    return single.row(session, query, NotFound(missing, field="parameter_set"), lock=lock)


def named_by_body(
    session: Session, service: tables.Service, name: str | None
) -> tables.ParameterSet | None:
    """Return the set that a body names; an unknown one is the body's fault (422)."""
    if name is None:
        return None
    try:
        return held(session, service, name)
    except NotFound as error:
        raise Invalid(error.detail, field="parameter_set") from error


def merged(service: tables.Service, known: tables.ParameterSet | None, own: Kept) -> Kept:
    """Return the parameters of a set with others over them, held against the schema."""
    both = own.over(kept_parameters.of(known))
    return kept_parameters.checked(service.parameters_schema, both)
