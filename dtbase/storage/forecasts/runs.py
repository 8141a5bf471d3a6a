"""Storing runs: from queued to ended."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import NewRun, Run, RunFilter, RunQuery, RunStatus
from dtbase.domain.paging import Listed
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Conflict, Invalid, NotFound
from dtbase.storage import paging, tables
from dtbase.storage.database import get_engine, reaching_database
from dtbase.storage.forecasts import models
from dtbase.storage.people import audit
from dtbase.storage.registry import series as series_storage
from dtbase.storage.registry import series_data

NOUN = "run"
ORDER = paging.Order(
    columns={
        "id": tables.Run.id.expression,
        "created_at": tables.Run.created_at.expression,
    },
    key=("id",),
)
OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)
DIED = "the worker stopped while this run was under way"


def select_runs() -> Select[tables.Run, str, str, str | None, str | None]:
    """Select runs, each with the names of its model, scenario, sensor and measure."""
    return (
        select(
            tables.Run,
            tables.Model.name,
            tables.Scenario.name,
            tables.Sensor.identifier,
            tables.Measure.name,
        )
        .join(tables.Scenario, tables.Scenario.id == tables.Run.scenario_id)
        .join(tables.Model, tables.Model.id == tables.Scenario.model_id)
        .outerjoin(tables.Series, tables.Series.id == tables.Run.target_id)
        .outerjoin(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .outerjoin(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .execution_options(populate_existing=True)
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> Run:
    """Return the run that a row holds."""
    run, model, scenario, sensor, measure = row
    return Run(
        id=run.id,
        model=model,
        scenario=scenario,
        target=SeriesKey(sensor=sensor, measure=measure) if sensor and measure else None,
        horizon=run.horizon,
        parameters=run.parameters,
        status=RunStatus(run.status),
        reason=run.reason,
        details=run.details,
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        issued_at=run.issued_at,
    )


def create(session: Session, model: str, new: NewRun) -> Run:
    """Insert a queued run of a model for one series."""
    scenario_id = models.scenario_id(session, model, new.scenario)
    row = tables.Run(
        scenario_id=scenario_id,
        target_id=target_of(session, new),
        horizon=new.horizon,
        parameters=new.parameters,
        status=RunStatus.QUEUED,
    )
    session.add(row)
    session.flush()
    return get(session, row.id)


def target_of(session: Session, new: NewRun) -> int:
    """Return the series to forecast; one that a body names in vain makes the body wrong."""
    key = SeriesKey(sensor=new.sensor, measure=new.measure)
    try:
        return series_storage.resolve(session, [key])[0].id
    except NotFound as error:
        raise Invalid(error.detail, field="sensor") from error


def get(session: Session, run_id: int) -> Run:
    """Return the run, or raise NotFound."""
    row = session.execute(select_runs().where(tables.Run.id == run_id)).one_or_none()
    if row is None:
        raise NotFound(f"no run {run_id}", field="run_id")
    return to_domain(row)


def list(session: Session, wanted: RunFilter, limit: int) -> Sequence[Run]:
    """Return the newest runs that fit a filter, newest first."""
    query = select_fitting(wanted).order_by(tables.Run.id.desc()).limit(limit)
    return [to_domain(row) for row in session.execute(query)]


def page(session: Session, wanted: RunQuery) -> Listed[Run]:
    """Return one page of the runs that fit."""
    return paging.page(session, select_fitting(wanted), wanted, ORDER, to_domain)


def select_fitting(wanted: RunFilter) -> Select[*tuple[Any, ...]]:
    """Select the runs that fit a filter."""
    columns = {
        tables.Model.name: wanted.model,
        tables.Scenario.name: wanted.scenario,
        tables.Sensor.identifier: wanted.sensor,
        tables.Measure.name: wanted.measure,
        tables.Run.status: wanted.status,
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    return select_runs().where(*conditions)


def delete(session: Session, run_id: int) -> None:
    """Remove a run that has ended, with its predictions."""
    run = get(session, run_id)
    if not run.status.ended:
        raise Conflict(f"run {run_id} is {run.status}; wait for its end", field="status")
    series_data.forget_runs(session, select(tables.Run.id).where(tables.Run.id == run_id))
    audit.deleted(session, NOUN, str(run_id), run)


def start(session: Session, run_id: int) -> bool:
    """Note that a run is under way; answer False when it has already ended."""
    return change(session, run_id, status=RunStatus.RUNNING, started_at=func.clock_timestamp())


def finish(
    session: Session, run_id: int, issued_at: datetime, details: dict[str, JsonValue]
) -> bool:
    """Note that a run succeeded; answer False when it has already ended."""
    return change(
        session,
        run_id,
        status=RunStatus.SUCCEEDED,
        issued_at=issued_at,
        details=details,
        ended_at=func.clock_timestamp(),
    )


def fail(
    session: Session, run_id: int, reason: str, details: dict[str, JsonValue] | None = None
) -> bool:
    """Note that a run failed and why; answer False when it has already ended."""
    return change(
        session,
        run_id,
        status=RunStatus.FAILED,
        reason=reason,
        details=details or {},
        ended_at=func.clock_timestamp(),
    )


def change(session: Session, run_id: int, **values: object) -> bool:
    """Update a run that has not ended; answer whether there was one."""
    changed = session.execute(
        update(tables.Run)
        .where(tables.Run.id == run_id, tables.Run.status.in_(OPEN))
        .values(**values)
        .returning(tables.Run.id)
        .execution_options(synchronize_session=False)
    )
    return changed.one_or_none() is not None


def queued(session: Session, older_than: timedelta) -> Sequence[tuple[int, str | None]]:
    """Return the runs that have waited for longer than that, with the job they share, if any."""
    rows = session.execute(
        select(tables.Run.id, tables.Run.job)
        .where(
            tables.Run.status == RunStatus.QUEUED,
            tables.Run.created_at < func.clock_timestamp() - older_than,
        )
        .order_by(tables.Run.id)
    )
    return [(run_id, job) for run_id, job in rows]


LOCK = text("SELECT pg_try_advisory_lock('run'::regclass::oid::int, :run_id)")

UNLOCK = text("SELECT pg_advisory_unlock('run'::regclass::oid::int, :run_id)")

FAIL_DEAD = text("""
WITH running AS MATERIALIZED (SELECT id FROM run WHERE status = 'running')
UPDATE run SET status = 'failed', reason = :reason, ended_at = clock_timestamp()
  FROM running
 WHERE run.id = running.id AND run.status = 'running'
   AND pg_try_advisory_xact_lock('run'::regclass::oid::int, (running.id % 2147483647)::int)
RETURNING run.id
""")


@contextmanager
def holding(run_id: int) -> Iterator[bool]:
    """Hold a run's lock on a connection of its own; gives False when another process has it.

    PostgreSQL frees the lock when the process that held it dies, however it dies, so a run that
    says "running" and is not locked is dead.
    """
    with reaching_database(), get_engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        locked = bool(connection.scalar(LOCK, {"run_id": run_id % 2147483647}))
        try:
            yield locked
        finally:
            if locked:
                connection.execute(UNLOCK, {"run_id": run_id % 2147483647})


def fail_dead(session: Session) -> Sequence[int]:
    """Fail the runs whose process died, and return them."""
    return session.scalars(FAIL_DEAD, {"reason": DIED}).all()
