"""Storing runs of services: asked for, listed, read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, text
from sqlalchemy import insert as sql_insert
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.paging import Listed
from dtbase.domain.services.service_runs import (
    Delivery,
    HttpAnswer,
    LogLine,
    LogQuery,
    NewServiceRun,
    ServiceRun,
    ServiceRunQuery,
    Written,
)
from dtbase.domain.services.services import QueueName
from dtbase.errors import NotFound
from dtbase.storage import paging, tables
from dtbase.storage.people import audit
from dtbase.storage.services import kept_parameters, parameter_sets, services
from dtbase.storage.services.kept_parameters import Kept

ORDER = paging.Order(columns={"id": tables.ServiceRun.id.expression}, key=("id",))
LINES = paging.Order(columns={"id": tables.ServiceRunLine.id.expression}, key=("id",))


def select_runs() -> Select[tables.ServiceRun, str, str | None]:
    """Select runs, each with the names of its service and its schedule."""
    return (
        select(tables.ServiceRun, tables.Service.name, tables.Schedule.name)
        .join(tables.Service, tables.Service.id == tables.ServiceRun.service_id)
        .outerjoin(tables.Schedule, tables.Schedule.id == tables.ServiceRun.schedule_id)
        .execution_options(populate_existing=True)
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> ServiceRun:
    run, service, schedule = row
    return ServiceRun(
        id=run.id,
        service=service,
        parameter_set=run.parameter_set,
        parameters=run.parameters,
        schedule=schedule,
        tick=run.tick,
        asked_by=run.asked_by,
        parent=run.parent_id,
        status=RunStatus(run.status),
        attempt=run.attempt,
        outages=run.outages,
        done=run.done,
        total=run.total,
        message=run.message,
        written=Written.model_validate(run.written),
        answer=None if run.answer is None else HttpAnswer.model_validate(run.answer),
        reason=run.reason,
        cancelling=run.cancel_asked_at is not None and run.ended_at is None,
        created_at=run.created_at,
        not_before=run.not_before,
        started_at=run.started_at,
        ended_at=run.ended_at,
        seconds=seconds_of(run),
    )


def seconds_of(run: tables.ServiceRun) -> float | None:
    """Return how long a run has run, or ran."""
    if run.started_at is None:
        return None
    end = run.ended_at or datetime.now(run.started_at.tzinfo)
    return round(max((end - run.started_at).total_seconds(), 0), 3)


def create(session: Session, service: str, new: NewServiceRun) -> ServiceRun:
    """Insert a queued run."""
    found = services.row_of(session, service)
    named = parameter_sets.named_by_body(session, found, new.parameter_set)
    known = kept_parameters.of(named)
    own = kept_parameters.keep(found.parameters_schema, new.parameters, known)
    kept = parameter_sets.merged(found, named, own)
    return get(session, insert(session, found, kept, new.parameter_set))


def insert(
    session: Session,
    service: tables.Service,
    kept: Kept,
    parameter_set: str | None = None,
) -> int:
    """Insert a queued run whose parameters are known to fit."""
    row = tables.ServiceRun(
        service_id=service.id,
        parameter_set=parameter_set,
        parameters=kept.parameters,
        secrets=kept.secrets,
        asked_by=session.info.get(audit.ACTOR, audit.NOBODY),
        status=RunStatus.QUEUED,
    )
    session.add(row)
    session.flush()
    return row.id


def get(session: Session, run_id: int) -> ServiceRun:
    row = session.execute(select_runs().where(tables.ServiceRun.id == run_id)).one_or_none()
    if row is None:
        raise NotFound(f"no run {run_id} of a service", field="run_id")
    return to_domain(row)


def page(session: Session, wanted: ServiceRunQuery) -> Listed[ServiceRun]:
    columns = {
        tables.Service.name: wanted.service,
        tables.Schedule.name: wanted.schedule,
        tables.ServiceRun.status: wanted.status,
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    conditions.append(tables.ServiceRun.parent_id.is_not_distinct_from(wanted.parent))
    return paging.page(session, select_runs().where(*conditions), wanted, ORDER, to_domain)


def deliveries(session: Session, run_ids: Sequence[int]) -> Sequence[Delivery]:
    """Return queued runs as they go to the workers, in their order."""
    run, service = tables.ServiceRun, tables.Service
    rows = session.execute(
        select(run.id, run.delivery, service.name, service.queue, service.timeout)
        .join(service, service.id == run.service_id)
        .where(run.id.in_(run_ids))
        .order_by(run.id)
    )
    return [
        Delivery(run=id_, number=number, service=name, queue=QueueName(queue), timeout=timeout)
        for id_, number, name, queue, timeout in rows
    ]


def log_of(session: Session, run_id: int, wanted: LogQuery) -> Listed[LogLine]:
    """Return one page of a run's log."""
    get(session, run_id)
    query = select(tables.ServiceRunLine).where(tables.ServiceRunLine.run_id == run_id)
    return paging.scalars(session, query, wanted, LINES, to_line)


def to_line(row: tables.ServiceRunLine) -> LogLine:
    return LogLine(id=row.id, at=row.at, line=row.line)


def add_lines(session: Session, run_id: int, lines: Sequence[tuple[datetime, str]]) -> None:
    """Append lines to a run's log."""
    rows = [{"run_id": run_id, "at": at, "line": line} for at, line in lines]
    session.execute(sql_insert(tables.ServiceRunLine), rows)


def add_line(session: Session, run_id: int, line: str) -> None:
    """Append a line of ours to a run's log."""
    session.add(tables.ServiceRunLine(run_id=run_id, at=func.clock_timestamp(), line=line))
    session.flush()


PRUNE = text("""
DELETE FROM service_run WHERE id IN (
  SELECT id FROM (
    SELECT id, ended_at, row_number() OVER (PARTITION BY service_id ORDER BY id DESC) AS place
      FROM service_run WHERE parent_id IS NULL AND status NOT IN ('queued', 'running')) ended
   WHERE place > :most OR ended_at < :before)
""")
"""Parts go with the whole; what runs have left stays."""


def prune(session: Session, before: datetime, most: int) -> int:
    """Delete runs that ended before a time, and of each service all but the newest so many."""
    return session.connection().execute(PRUNE, {"before": before, "most": most}).rowcount
