"""Storing runs of models: who makes them, how they ended, what they left."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import NewRun, Run, RunFilter, RunQuery, RunStatus
from dtbase.domain.paging import Listed
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Conflict, Invalid, NotFound
from dtbase.storage import paging, tables
from dtbase.storage.forecasts import models, results
from dtbase.storage.people import audit
from dtbase.storage.registry import placed_series, series_data
from dtbase.storage.registry.placed_series import Target

NOUN = "run"
ORDER = paging.Order(
    columns={
        "id": tables.Run.id.expression,
        "created_at": tables.Run.created_at.expression,
    },
    key=("id",),
)


def select_runs() -> Select[*tuple[Any, ...]]:
    return results.select_named(tables.Run, tables.Run.target_id)


def to_domain(row: Row[*tuple[Any, ...]]) -> Run:
    run, model, scenario, sensor, measure, status, reason, started_at = row
    return Run(
        id=run.id,
        service_run=run.service_run_id,
        model=model,
        scenario=scenario,
        target=SeriesKey(sensor=sensor, measure=measure) if sensor and measure else None,
        horizon=run.horizon,
        parameters=run.parameters,
        status=RunStatus(status),
        reason=reason,
        details=run.details,
        created_at=run.created_at,
        started_at=started_at,
        ended_at=run.ended_at,
        issued_at=run.issued_at,
    )


def create(session: Session, model: str, new: NewRun, service_run: int) -> Run:
    """Insert a run of one series, which a run of a service is to make."""
    target = target_of(session, new)
    row = tables.Run(
        scenario_id=models.scenario_id(session, model, new.scenario),
        target_id=target.series.id,
        details=told_of(target),
        horizon=new.horizon,
        parameters=new.parameters,
        service_run_id=service_run,
    )
    session.add(row)
    session.flush()
    return get(session, row.id)


def target_of(session: Session, new: NewRun) -> Target:
    """Return the series that a body names; an unknown one is the body's fault (422)."""
    key = SeriesKey(sensor=new.sensor, measure=new.measure)
    try:
        return placed_series.targets(session, [key])[0]
    except NotFound as error:
        raise Invalid(error.detail, field="sensor") from error


PLACE = "place"
"""What the details of a run call the place whose measure it was asked to forecast."""


def told_of(target: Target) -> dict[str, JsonValue]:
    """Return the details with which a run begins."""
    return {} if target.place is None else {PLACE: target.place}


def get(session: Session, run_id: int) -> Run:
    row = session.execute(select_runs().where(tables.Run.id == run_id)).one_or_none()
    if row is None:
        raise NotFound(f"no run {run_id}", field="run_id")
    return to_domain(row)


def list(session: Session, wanted: RunFilter, limit: int) -> Sequence[Run]:
    """Return the newest runs that fit a filter, newest first."""
    query = select_runs().where(*results.fitting(session, tables.Run, wanted))
    rows = session.execute(query.order_by(tables.Run.id.desc()).limit(limit))
    return [to_domain(row) for row in rows]


def page(session: Session, wanted: RunQuery) -> Listed[Run]:
    query = select_runs().where(*results.fitting(session, tables.Run, wanted))
    return paging.page(session, query, wanted, ORDER, to_domain)


def delete(session: Session, run_id: int) -> None:
    """Remove a run that has ended, with its predictions."""
    run = get(session, run_id)
    if not run.status.ended:
        raise Conflict(f"run {run_id} is {run.status}; wait for its end", field="status")
    series_data.forget_runs(session, select(tables.Run.id).where(tables.Run.id == run_id))
    audit.deleted(session, NOUN, str(run_id), run)


def finish(
    session: Session, run_id: int, issued_at: datetime, details: dict[str, JsonValue]
) -> bool:
    """Note that a run succeeded; answer False when it has already ended, or is forgotten."""
    this = tables.Run.id == run_id
    return results.end(
        session, tables.Run, this, RunStatus.SUCCEEDED, issued_at=issued_at, details=details
    )


def fail(
    session: Session, run_id: int, reason: str, details: dict[str, JsonValue] | None = None
) -> bool:
    """Note that a run failed for good, and why; answer False when it has already ended."""
    this = tables.Run.id == run_id
    return results.end(
        session, tables.Run, this, RunStatus.FAILED, reason=reason, details=details or {}
    )


def note(session: Session, run_id: int, reason: str) -> None:
    """Note why a run that may be tried again has not succeeded yet."""
    session.execute(
        update(tables.Run)
        .where(tables.Run.id == run_id, tables.Run.status.is_(None))
        .values(reason=reason)
        .execution_options(synchronize_session=False)
    )
