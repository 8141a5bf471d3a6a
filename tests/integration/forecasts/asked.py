"""Runs that a test asks for, makes as a worker does, and looks at."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from dtbase import queue
from dtbase.domain.forecasts.runs import NewRun, Run, RunStatus
from dtbase.domain.services.service_runs import (
    Delivery,
    NewServiceRun,
)
from dtbase.storage import values
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import runs
from dtbase.storage.services import asking, service_runs
from jobs import recovery, tasks
from jobs.services import catalogue

NOW = datetime.now(UTC)


def new_run(measure: str = "temperature", **parameters: Any) -> Run:
    with transaction() as session:
        new = NewRun(sensor="EWR", measure=measure, parameters=dict(parameters))
        return asking.forecast(session, "arima", new)


def maker_of(run: Run) -> int:
    """Return the run of a service that makes a run."""
    assert run.service_run is not None
    return run.service_run


def carry_out(run: Run, now: datetime = NOW) -> None:
    """Make a run as a worker does."""
    tasks.run_service(maker_of(run), now)


def send(run: Run) -> None:
    """Queue a run."""
    with transaction() as session:
        queue.offer(service_runs.deliveries(session, [maker_of(run)]))


def now_of(run: Run) -> Run:
    with transaction() as session:
        return runs.get(session, run.id)


def readings_stored() -> list[tuple[object, ...]]:
    with transaction() as session:
        rows = session.execute(
            text("SELECT count(*), sum(value::numeric), min(time), max(time) FROM reading")
        )
        return [tuple(row) for row in rows]


def recovered(run: Run) -> bool:
    """Tell whether the scheduler's tick has ended a run, or queued it again."""
    recovery.bury_dead()
    return now_of(run).status is not RunStatus.RUNNING


def ask_for(service: str, **parameters: Any) -> Delivery:
    """Ask for a run of a service, without queueing it."""
    catalogue.register()
    with transaction() as session:
        asked = service_runs.create(session, service, NewServiceRun(parameters=parameters))
        (delivery,) = service_runs.deliveries(session, [asked.id])
        return delivery


def values_of(run: Run, column: str) -> list[float]:
    with transaction() as session:
        (found,) = values.predictions_of(session, run.id)
    return [float(value) for value in found.values[column] if value is not None]
