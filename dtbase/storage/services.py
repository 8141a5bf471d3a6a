"""Storing services: what workers have found, and what people have said about it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.services import (
    FoundService,
    Limits,
    QueueName,
    Service,
    ServiceKind,
    ServiceQuery,
)
from dtbase.errors import Invalid, NotFound
from dtbase.storage import paging, tables

NOUN = "service"
ORDER = paging.Order(columns={"name": tables.Service.name.expression}, key=("name",))


def to_domain(row: tables.Service) -> Service:
    """Return the service that a row holds."""
    return Service(
        name=row.name,
        kind=ServiceKind(row.kind),
        summary=row.summary,
        queue=QueueName(row.queue),
        parameters_schema=row.parameters_schema,
        version=row.version,
        **limits_of(row).model_dump(),
    )


def limits_of(row: tables.Service) -> Limits:
    """Return how long and how often a service may run."""
    return Limits(
        timeout=row.timeout,
        retries=row.retries,
        backoff=row.backoff,
        concurrency=row.concurrency,
    )


def of_row(row: Row[*tuple[Any, ...]]) -> Service:
    """Return the service that a row of a query holds."""
    return to_domain(row[0])


def page(session: Session, wanted: ServiceQuery) -> Listed[Service]:
    """Return one page of the services that fit."""
    query = select(tables.Service)
    if wanted.kind is not None:
        query = query.where(tables.Service.kind == wanted.kind)
    if wanted.search is not None:
        query = query.where(tables.Service.name.icontains(wanted.search, autoescape=True))
    return paging.page(session, query, wanted, ORDER, of_row)


def get(session: Session, name: str) -> Service:
    """Return the service, or raise NotFound."""
    return to_domain(row_of(session, name))


def row_of(session: Session, name: str, *, lock: bool = False) -> tables.Service:
    """Return the row of a service, or raise NotFound."""
    query = select(tables.Service).where(tables.Service.name == name)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound(f"no service {name!r}", field="service")
    return row


def named_by_body(session: Session, name: str) -> tables.Service:
    """Return the row of a service; one that a body names in vain makes the body wrong."""
    try:
        return row_of(session, name)
    except NotFound as error:
        raise Invalid(error.detail, field="service") from error


def register(session: Session, found: Iterable[FoundService]) -> None:
    """Write down what a worker can run; limits that people have set stay."""
    for service in sorted(found, key=lambda each: each.name):
        new = {**service.model_dump(mode="json"), "kind": ServiceKind.PYTHON}
        session.execute(insert(tables.Service).values(**new).on_conflict_do_nothing())
        row = row_of(session, service.name, lock=True)
        if row.kind != ServiceKind.PYTHON:
            continue
        for name, value in new.items():
            if name not in row.kept:
                setattr(row, name, value)
        row.seen_at = func.clock_timestamp()
        session.flush()
