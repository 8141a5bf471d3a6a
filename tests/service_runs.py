"""Runs of services: asked for, sent, recovered, and what became of them."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from dtbase import queue
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.service_runs import LogQuery, NewServiceRun, ServiceRun
from dtbase.storage.database import transaction
from dtbase.storage.services import (
    service_run_states,
    service_runs,
)
from jobs import recovery, scheduler

AT_ONCE = timedelta(0)


def run_now(run_id: int) -> ServiceRun:
    with transaction() as session:
        return service_runs.get(session, run_id)


def lines_of(run_id: int) -> list[str]:
    """Return a run's log."""
    with transaction() as session:
        return [line.line for line in service_runs.log_of(session, run_id, LogQuery()).items]


def ask(service: str, **parameters: object) -> ServiceRun:
    """Make a run that no worker knows of."""
    new = NewServiceRun.model_validate({"parameters": parameters})
    with transaction() as session:
        return service_runs.create(session, service, new)


def send(run: ServiceRun) -> ServiceRun:
    """Queue a run."""
    with transaction() as session:
        (delivery,) = service_runs.deliveries(session, [run.id])
    queue.put(delivery)
    return run


def cancel(run: ServiceRun) -> None:
    with transaction() as session:
        service_run_states.cancel(session, run.id)


def is_now(run: ServiceRun, status: RunStatus) -> Callable[[], bool]:
    return lambda: run_now(run.id).status is status


def recover() -> None:
    """Do what the scheduler does at each tick, without any patience."""
    recovery.bury_dead()
    recovery.stop_cancelled(AT_ONCE)
    recovery.deliver_waiting(AT_ONCE)


def recovered(run: ServiceRun, status: RunStatus) -> Callable[[], bool]:
    """Tell whether ticks without any patience have brought a run to a status."""

    def tick() -> bool:
        recover()
        return run_now(run.id).status is status

    return tick


def at_work(runs: Sequence[ServiceRun]) -> Sequence[ServiceRun]:
    return [run for run in runs if run_now(run.id).status is RunStatus.RUNNING]


def tick_until(run_id: int) -> Callable[[], bool]:
    """Tell whether another scheduler's ticks have brought a run to its end."""

    def tick() -> bool:
        scheduler.queue_due()
        recover()
        with transaction() as session:
            return service_runs.get(session, run_id).status is RunStatus.SUCCEEDED

    return tick
