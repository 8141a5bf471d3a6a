"""Storing backtests: who makes them, how they ended, what they found."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.backtests import Backtest, BacktestQuery, BacktestReport, NewBacktest
from dtbase.domain.forecasts.runs import NewRun, RunStatus
from dtbase.domain.paging import Listed
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import NotFound
from dtbase.storage import paging, tables
from dtbase.storage.forecasts import models, results, runs

ORDER = paging.Order(columns={"id": tables.Backtest.id.expression}, key=("id",))


def create(session: Session, model: str, new: NewBacktest, service_run: int) -> Backtest:
    """Insert a backtest of one series, which a run of a service is to make."""
    target = NewRun(sensor=new.sensor, measure=new.measure)
    row = tables.Backtest(
        scenario_id=models.scenario_id(session, model, new.scenario),
        series_id=runs.target_of(session, target).series.id,
        start=new.start,
        end=new.end,
        horizon=new.horizon,
        every=new.every,
        parameters=new.parameters,
        service_run_id=service_run,
        total=new.total,
    )
    session.add(row)
    session.flush()
    return get(session, row.id)


def select_backtests() -> Select[*tuple[Any, ...]]:
    """Select backtests, each with its names, how it stands, and how far its maker is."""
    named = results.select_named(tables.Backtest, tables.Backtest.series_id)
    return named.add_columns(tables.ServiceRun.done)


def to_domain(row: Row[*tuple[Any, ...]]) -> Backtest:
    found, model, scenario, sensor, measure, status, reason, started_at, done = row
    report = None if found.report is None else BacktestReport.model_validate(found.report)
    return Backtest(
        id=found.id,
        service_run=found.service_run_id,
        model=model,
        scenario=scenario,
        target=SeriesKey(sensor=sensor, measure=measure),
        start=found.start,
        end=found.end,
        every_hours=found.every / timedelta(hours=1),
        horizon=found.horizon,
        parameters=found.parameters,
        status=RunStatus(status),
        reason=reason,
        done=report.origins if report else done or 0,
        total=found.total,
        report=report,
        created_at=found.created_at,
        started_at=started_at,
        ended_at=found.ended_at,
    )


def get(session: Session, backtest_id: int) -> Backtest:
    row = session.execute(select_backtests().where(tables.Backtest.id == backtest_id)).one_or_none()
    if row is None:
        raise NotFound(f"no backtest {backtest_id}", field="backtest_id")
    return to_domain(row)


def page(session: Session, wanted: BacktestQuery) -> Listed[Backtest]:
    """Return one page of backtests, newest first unless asked otherwise."""
    fitting = results.fitting(session, tables.Backtest, wanted)
    return paging.page(session, select_backtests().where(*fitting), wanted, ORDER, to_domain)


def of_service_run(session: Session, service_run: int) -> Backtest | None:
    """Return what a run of a service is to find, if that is known yet."""
    query = select_backtests().where(tables.Backtest.service_run_id == service_run)
    row = session.execute(query).one_or_none()
    return None if row is None else to_domain(row)


def finish(session: Session, backtest_id: int, report: BacktestReport) -> None:
    """Note what a backtest has found, unless it has ended or is forgotten."""
    which, found = tables.Backtest.id == backtest_id, report.model_dump(mode="json")
    results.end(session, tables.Backtest, which, RunStatus.SUCCEEDED, report=found)
