"""Bringing runs to a true end after crashes of workers, Redis or the API."""

import logging
from datetime import timedelta

from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job as Queued
from rq.job import JobStatus
from rq.registry import StartedJobRegistry

from dtbase import queue
from dtbase.domain.services import QueueName
from dtbase.storage import runs
from dtbase.storage.database import transaction

logger = logging.getLogger("jobs.recovery")

GRACE = timedelta(seconds=15)
"""How long a new run may be on its way to the queue."""

LOST_CAUSES = {JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED}


def recover(grace: timedelta = GRACE) -> None:
    """Fail runs whose process died, and queue again those that never reached a worker."""
    clean_registries()
    with transaction() as session:
        dead = runs.fail_dead(session)
    for run_id in dead:
        logger.warning("run %s failed: %s", run_id, runs.DIED)
    queue_lost_runs(grace)


def clean_registries() -> None:
    """Let RQ end the jobs of workers that no longer give a sign of life."""
    for name in QueueName:
        StartedJobRegistry(name.value, connection=queue.connect()).cleanup()


def queue_lost_runs(grace: timedelta) -> None:
    """Queue again each queued run whose job is neither waiting nor under way."""
    with transaction() as session:
        waiting = runs.queued(session, older_than=grace)
    known = known_jobs() if waiting else set()
    for run_id in waiting:
        if queue.run_job_id(run_id) not in known:
            rescue(run_id)


def known_jobs() -> set[str]:
    """Return the ids of the jobs that wait for a worker or are under way."""
    queues = [Queue(name.value, connection=queue.connect()) for name in QueueName]
    return {
        job_id
        for each in queues
        for job_id in (
            *each.get_job_ids(),
            *each.started_job_registry.get_job_ids(cleanup=False),
        )
    }


def rescue(run_id: int) -> None:
    """Fail a run whose job failed before it could say so; queue any other anew."""
    cause = discard(queue.run_job_id(run_id))
    if cause is not None:
        with transaction() as session:
            runs.fail(session, run_id, cause)
        return
    logger.warning("run %s was lost; queueing it again", run_id)
    queue.enqueue_run(run_id)


def discard(job_id: str) -> str | None:
    """Remove a job that a worker dropped; of one that failed give the cause instead."""
    try:
        job = Queued.fetch(job_id, connection=queue.connect())
    except NoSuchJobError:
        return None
    if job.get_status(refresh=False) in LOST_CAUSES:
        return cause_of(job)
    job.delete()
    return None


def cause_of(job: Queued) -> str:
    """Return the last line of what a failed job left behind."""
    result = job.latest_result()
    lines = (result.exc_string or "").strip().splitlines() if result else []
    return lines[-1][:500] if lines else "the job ended before the run began"
