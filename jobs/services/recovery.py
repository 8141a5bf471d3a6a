"""Bringing runs of services to a true end, whatever died."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError

from dtbase import queue
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.service_runs import Delivery
from dtbase.storage.database import transaction
from dtbase.storage.services import service_run_states as states
from dtbase.storage.services import service_runs
from jobs.recovery import GRACE, clean_registries, discard, known_jobs

logger = logging.getLogger("jobs.services.recovery")

STOP_AFTER = timedelta(seconds=10)
"""How long a run may take to end by itself when it is cancelled."""


def recover_service_runs(grace: timedelta = GRACE, stop_after: timedelta = STOP_AFTER) -> None:
    """End or retry runs whose process died; queue what waits and no worker knows; stop others."""
    clean_registries()
    stop_cancelled(stop_after)
    with transaction() as session:
        dead = states.end_dead(session)
        services = states.with_held(session)
        freed = [run for service in services for run in states.let_go(session, service)]
        waiting = states.waiting(session, older_than=grace)
        lost = service_runs.deliveries(session, waiting)
        released = service_runs.deliveries(session, freed)
    for run_id in dead:
        logger.warning("run %s of a service: %s", run_id, states.DIED)
    for delivery in released:
        queue.enqueue_service_run(delivery)
    queue_lost(lost)


def queue_lost(waiting: Sequence[Delivery]) -> None:
    """Queue again each run whose job is neither waiting nor under way."""
    known = known_jobs() if waiting else set()
    for delivery in waiting:
        if delivery.job_id not in known:
            rescue(delivery)


def rescue(delivery: Delivery) -> None:
    """Fail a run whose job failed before it could say so; queue any other anew."""
    cause = discard(delivery.job_id)
    if cause is not None:
        with transaction() as session:
            states.end(session, states.Try(delivery.run), RunStatus.FAILED, cause)
        return
    queue.enqueue_service_run(delivery)


def stop_cancelled(after: timedelta) -> None:
    """Stop the processes of cancelled runs that have not ended by themselves."""
    with transaction() as session:
        overdue = states.overdue_cancels(session, after)
    for job_id in overdue:
        logger.warning("%s did not heed its cancelling; stopping it", job_id)
        stop(job_id)


def stop(job_id: str) -> None:
    """Have the worker kill the process of a run; its end is told by the next tick."""
    try:
        send_stop_job_command(queue.connect(), job_id)
    except (NoSuchJobError, InvalidJobOperation):
        return
