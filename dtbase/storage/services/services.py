"""Storing services: what workers have found, and what people have said about it."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.changes import revised
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.paging import Listed
from dtbase.domain.secrets import decrypt, encrypt
from dtbase.domain.services.services import (
    FoundService,
    HttpRequest,
    Limits,
    NewHttpService,
    QueueName,
    Service,
    ServiceChange,
    ServiceKind,
    ServiceQuery,
)
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Invalid, NotFound
from dtbase.settings import get_settings
from dtbase.storage import paging, tables
from dtbase.storage.database import refusing
from dtbase.storage.forecasts import results
from dtbase.storage.people import audit
from dtbase.storage.registry import dependents
from dtbase.storage.services import kept_parameters

NOUN = "service"
ORDER = paging.Order(columns={"name": tables.Service.name.expression}, key=("name",))


def to_domain(row: tables.Service) -> Service:
    return Service(
        name=row.name,
        kind=ServiceKind(row.kind),
        summary=row.summary,
        queue=QueueName(row.queue),
        parameters_schema=row.parameters_schema,
        version=row.version,
        request=request_of(row),
        secret_headers=tuple(row.secret_names),
        **limits_of(row).model_dump(),
    )


def limits_of(row: tables.Service) -> Limits:
    """Return how long and how often a service may run."""
    return Limits.model_validate(row, from_attributes=True)


def request_of(row: tables.Service) -> HttpRequest | None:
    return None if row.url is None else HttpRequest.model_validate(row, from_attributes=True)


def page(session: Session, wanted: ServiceQuery) -> Listed[Service]:
    query = select(tables.Service)
    if wanted.kind is not None:
        query = query.where(tables.Service.kind == wanted.kind)
    if wanted.search is not None:
        query = query.where(tables.Service.name.icontains(wanted.search, autoescape=True))
    return paging.scalars(session, query, wanted, ORDER, to_domain)


def get(session: Session, name: str) -> Service:
    return to_domain(row_of(session, name))


def row_of(session: Session, name: str, *, lock: bool = False) -> tables.Service:
    query = select(tables.Service).where(tables.Service.name == name)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound(f"no service {name!r}", field="service")
    return row


def add(session: Session, new: NewHttpService) -> Service:
    """Insert an HTTP service; its secret headers are encrypted."""
    row = tables.Service(kind=ServiceKind.HTTP, **columns_of(new))
    keep_secrets(row, new.secret_headers)
    with refusing(f"service {new.name!r}", "name"), session.begin_nested():
        session.add(row)
    session.refresh(row)
    added = to_domain(row)
    audit.created(session, NOUN, new.name, added)
    return added


def columns_of(service: NewHttpService | Service) -> dict[str, object]:
    """Return what a service says of itself as its row holds it, without its secrets."""
    columns = service.model_dump(exclude={"kind", "version", "request", "secret_headers"})
    if service.request is not None:
        columns |= service.request.model_dump()
    return columns


def keep_secrets(row: tables.Service, secrets: Mapping[str, SecretStr]) -> None:
    """Encrypt secret headers into a row."""
    row.secrets = encrypt(secrets, get_settings().secret_key)
    row.secret_names = sorted(secrets)


def secrets_of(row: tables.Service) -> dict[str, SecretStr]:
    """Return the secret headers of a service, for the request that carries them."""
    return decrypt(row.secrets, get_settings().secret_key)


def update(
    session: Session, name: str, change: ServiceChange, expected: Expected = WHATEVER
) -> Service:
    """Change a service; of one that a package brings, its limits."""
    row = row_of(session, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"service {name!r}")
    after = revised(before, with_names(change))
    if row.kind == ServiceKind.PYTHON:
        keep_limits(row, change)
    else:
        refuse_moving(row, after, change)
    for column, value in columns_of(after).items():
        setattr(row, column, value)
    if change.secret_headers is not None:
        keep_secrets(row, change.secret_headers)
    with refusing(f"service {after.name!r}", "name"):
        session.flush()
    audit.changed(session, NOUN, after.name, before, after)
    return after


def with_names(change: ServiceChange) -> ServiceChange:
    """Return a change that names secret headers as the service shows them."""
    if change.secret_headers is None:
        return change
    return change.model_copy(update={"secret_headers": tuple(sorted(change.secret_headers))})


def keep_limits(row: tables.Service, change: ServiceChange) -> None:
    """Note which limits people have set, and refuse all else."""
    beyond = sorted(change.model_fields_set - set(Limits.model_fields))
    if beyond:
        rule = f"{beyond[0]} comes with the package of service {row.name!r}; change it there"
        raise Invalid(rule, field=beyond[0])
    row.kept = sorted({*row.kept, *change.model_fields_set})


def refuse_moving(row: tables.Service, after: Service, change: ServiceChange) -> None:
    """Refuse to send the secrets of one host to another."""
    if after.request is None:
        raise Invalid("an HTTP service has a request", field="request")
    moved = host_of(str(row.url)) != host_of(after.request.url)
    if moved and row.secrets is not None and change.secret_headers is None:
        rule = "the secret headers were given for another host; give them anew, or none as {}"
        raise Invalid(rule, field="secret_headers")
    taken = {name.lower() for name in after.request.headers}
    if taken & {name.lower() for name in after.secret_headers}:
        raise Invalid("a header is either secret or not", field="request.headers")


def host_of(url: str) -> tuple[str, str | None, int | None]:
    """Return where a URL leads."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def delete(
    session: Session, name: str, expected: Expected = WHATEVER, *, cascade: bool = False
) -> None:
    """Remove a service with its parameter sets and its history; with cascade its schedules too.

    A worker that still has the package of a Python service writes it down again.
    """
    row = row_of(session, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"service {name!r}")
    schedules = select(tables.Schedule.name).where(tables.Schedule.service_id == row.id)
    running = select(tables.ServiceRun.id).where(
        tables.ServiceRun.service_id == row.id, tables.ServiceRun.ended_at.is_(None)
    )
    if not cascade:
        in_the_way = [
            dependents.those(session, "schedules", schedules.order_by(tables.Schedule.name)),
            dependents.those(session, "runs", running.order_by(tables.ServiceRun.id)),
        ]
        dependents.refuse(f"service {name!r}", in_the_way)
    results.close(session, running, RunStatus.CANCELLED, "its service was deleted")
    session.execute(sql_delete(tables.Schedule).where(tables.Schedule.service_id == row.id))
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, name, before)


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
        kept_parameters.seal_stored(session, row)
