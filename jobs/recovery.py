"""What makes RQ and PostgreSQL agree: the runs' rows are the truth, jobs only carry them."""

import logging
from datetime import timedelta

from rq import Queue
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry

from dtbase import queue
from dtbase.domain.services.service_runs import Delivery
from dtbase.domain.services.services import QueueName
from dtbase.storage.database import transaction
from dtbase.storage.services import service_run_states as states
from dtbase.storage.services import service_runs

logger = logging.getLogger("jobs.recovery")

GRACE = timedelta(seconds=15)
"""How long a queued run may be on its way to the queue."""

STOP_AFTER = timedelta(seconds=10)
"""How long a run may take to end by itself when it is cancelled."""

NOT_ITS_DOING = ("AbandonedJobError", "Work-horse", "Job stopped", "redis.", "Unavailable")
"""How a job fails whose worker died, was stopped, or lost its connections before the run began."""


def bury_dead() -> None:
    """End runs whose process died, or queue them once more."""
    with transaction() as session:
        found = states.dead(session)
    for run_id in found:
        with transaction() as session:
            reason = states.bury(session, run_id)
        if reason is not None:
            logger.warning("run %s: %s", run_id, reason)


def stop_cancelled(after: timedelta = STOP_AFTER) -> None:
    """Stop the processes of cancelled runs that have not ended by themselves."""
    with transaction() as session:
        overdue = states.overdue_cancels(session, after)
    for job_id in overdue:
        logger.warning("%s did not heed its cancelling; stopping it", job_id)
        try:
            send_stop_job_command(queue.connect(), job_id)
        except (NoSuchJobError, InvalidJobOperation):
            continue


def deliver_waiting(grace: timedelta = GRACE) -> None:
    """Queue each run that waits, and that no job in Redis carries."""
    with transaction() as session:
        freed = [run for each in states.with_held(session) for run in states.let_go(session, each)]
        waiting = states.waiting(session, older_than=grace)
        deliveries = service_runs.deliveries(session, [*freed, *waiting])
    if not deliveries:
        return
    known = known_jobs()
    for delivery in deliveries:
        if delivery.job_id not in known:
            deliver(delivery)


def known_jobs() -> set[str]:
    """Return the ids of the jobs that wait for a worker or are under way with a living one."""
    known: set[str] = set()
    for name in QueueName:
        waiting = Queue(name.value, connection=queue.connect())
        StartedJobRegistry(name.value, connection=queue.connect()).cleanup()
        known.update(waiting.get_job_ids())
        known.update(waiting.started_job_registry.get_job_ids(cleanup=False))
    return known


def deliver(delivery: Delivery) -> None:
    """Queue a run; if its worker could not even begin it, count that as a try."""
    cause = discard(delivery.job_id)
    if cause is None:
        queue.put(delivery)
        return
    with transaction() as session:
        states.refuse(session, delivery.run, cause)


def discard(job_id: str) -> str | None:
    """Remove a job that came to nothing; return the cause if that is the run's own doing."""
    redis = queue.connect()
    cause = None
    try:
        job = Job.fetch(job_id, connection=redis)
        cause = cause_of(job) if job.get_status(refresh=False) == JobStatus.FAILED else None
        job.delete()
    except (NoSuchJobError, InvalidJobOperation):
        # Only half of it may be left, which keeps the id taken.
        redis.delete(Job.key_for(job_id))
    return cause


def cause_of(job: Job) -> str | None:
    """Return the last line of what a failed job left behind, unless an outage or a death did it."""
    result = job.latest_result()
    lines = (result.exc_string or "").strip().splitlines() if result else []
    cause = lines[-1] if lines else "Work-horse"
    return None if any(each in cause for each in NOT_ITS_DOING) else cause[:500]
