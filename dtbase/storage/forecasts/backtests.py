"""Storing backtests: from queued to ended."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.backtests import Backtest, BacktestQuery, BacktestReport, NewBacktest
from dtbase.domain.forecasts.runs import NewRun, RunStatus
from dtbase.domain.paging import Listed
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import NotFound
from dtbase.storage import paging, tables
from dtbase.storage.database import get_engine, reaching_database
from dtbase.storage.forecasts import models, runs

ORDER = paging.Order(columns={"id": tables.Backtest.id.expression}, key=("id",))
OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)
DIED = "the worker stopped while this backtest was under way"

LOCK = text("SELECT pg_try_advisory_lock('backtest'::regclass::oid::int, :id)")
UNLOCK = text("SELECT pg_advisory_unlock('backtest'::regclass::oid::int, :id)")
FAIL_DEAD = text("""
WITH running AS MATERIALIZED (SELECT id FROM backtest WHERE status = 'running')
UPDATE backtest SET status = 'failed', reason = :reason, ended_at = clock_timestamp()
  FROM running
 WHERE backtest.id = running.id AND backtest.status = 'running'
   AND pg_try_advisory_xact_lock('backtest'::regclass::oid::int, (running.id % 2147483647)::int)
RETURNING backtest.id
""")


def create(session: Session, model: str, new: NewBacktest) -> Backtest:
    """Insert a queued backtest of a model on one series."""
    target = NewRun(sensor=new.sensor, measure=new.measure)
    row = tables.Backtest(
        scenario_id=models.scenario_id(session, model, new.scenario),
        series_id=runs.target_of(session, target),
        start=new.start,
        end=new.end,
        horizon=new.horizon,
        every=new.every,
        parameters=new.parameters,
        status=RunStatus.QUEUED,
        total=new.total,
    )
    session.add(row)
    session.flush()
    return get(session, row.id)


def select_backtests() -> Select[*tuple[Any, ...]]:
    """Select backtests, each with the names of its model, scenario, sensor and measure."""
    return (
        select(
            tables.Backtest,
            tables.Model.name,
            tables.Scenario.name,
            tables.Sensor.identifier,
            tables.Measure.name,
        )
        .join(tables.Scenario, tables.Scenario.id == tables.Backtest.scenario_id)
        .join(tables.Model, tables.Model.id == tables.Scenario.model_id)
        .join(tables.Series, tables.Series.id == tables.Backtest.series_id)
        .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .execution_options(populate_existing=True)
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> Backtest:
    """Return the backtest that a row holds."""
    found, model, scenario, sensor, measure = row
    return Backtest(
        id=found.id,
        model=model,
        scenario=scenario,
        target=SeriesKey(sensor=sensor, measure=measure),
        start=found.start,
        end=found.end,
        every_hours=found.every / timedelta(hours=1),
        horizon=found.horizon,
        parameters=found.parameters,
        status=RunStatus(found.status),
        reason=found.reason,
        done=found.done,
        total=found.total,
        report=None if found.report is None else BacktestReport.model_validate(found.report),
        created_at=found.created_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
    )


def get(session: Session, backtest_id: int) -> Backtest:
    """Return the backtest, or raise NotFound."""
    row = session.execute(select_backtests().where(tables.Backtest.id == backtest_id)).one_or_none()
    if row is None:
        raise NotFound(f"no backtest {backtest_id}", field="backtest_id")
    return to_domain(row)


def page(session: Session, wanted: BacktestQuery) -> Listed[Backtest]:
    """Return one page of backtests, newest first unless asked otherwise."""
    columns = {
        tables.Model.name: wanted.model,
        tables.Scenario.name: wanted.scenario,
        tables.Sensor.identifier: wanted.sensor,
        tables.Measure.name: wanted.measure,
        tables.Backtest.status: wanted.status,
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    return paging.page(session, select_backtests().where(*conditions), wanted, ORDER, to_domain)


def start(session: Session, backtest_id: int) -> bool:
    """Note that a backtest is under way; answer False when it has already ended."""
    return change(
        session, backtest_id, status=RunStatus.RUNNING, started_at=func.clock_timestamp(), done=0
    )


def progress(session: Session, backtest_id: int, done: int) -> bool:
    """Note how many forecasts are done; answer False when nobody wants the rest."""
    return change(session, backtest_id, done=done)


def finish(session: Session, backtest_id: int, report: BacktestReport) -> bool:
    """Note what a backtest has found."""
    return change(
        session,
        backtest_id,
        status=RunStatus.SUCCEEDED,
        done=report.origins,
        report=report.model_dump(mode="json"),
        ended_at=func.clock_timestamp(),
    )


def fail(session: Session, backtest_id: int, reason: str) -> bool:
    """Note that a backtest failed and why."""
    ended = func.clock_timestamp()
    return change(session, backtest_id, status=RunStatus.FAILED, reason=reason, ended_at=ended)


def change(session: Session, backtest_id: int, **values: object) -> bool:
    """Update a backtest that has not ended; answer whether there was one."""
    changed = session.execute(
        update(tables.Backtest)
        .where(tables.Backtest.id == backtest_id, tables.Backtest.status.in_(OPEN))
        .values(**values)
        .returning(tables.Backtest.id)
        .execution_options(synchronize_session=False)
    )
    return changed.one_or_none() is not None


def queued(session: Session, older_than: timedelta) -> Sequence[int]:
    """Return the backtests that have waited for longer than that."""
    return session.scalars(
        select(tables.Backtest.id)
        .where(
            tables.Backtest.status == RunStatus.QUEUED,
            tables.Backtest.created_at < func.clock_timestamp() - older_than,
        )
        .order_by(tables.Backtest.id)
    ).all()


@contextmanager
def holding(backtest_id: int) -> Iterator[bool]:
    """Hold a backtest's lock, as runs.holding() does; gives False when another process has it."""
    asked = {"id": backtest_id % 2147483647}
    with reaching_database(), get_engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        locked = bool(connection.scalar(LOCK, asked))
        try:
            yield locked
        finally:
            if locked:
                connection.execute(UNLOCK, asked)


def fail_dead(session: Session) -> Sequence[int]:
    """Fail the backtests whose process died, and return them."""
    return session.scalars(FAIL_DEAD, {"reason": DIED}).all()
