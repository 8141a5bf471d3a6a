"""Bringing runs to a true end after crashes of workers, Redis or the API."""

import logging
from datetime import timedelta

from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job as Queued
from rq.job import JobStatus
from rq.registry import StartedJobRegistry

from dtbase import queue
from dtbase.domain.services.services import QueueName
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import backtests, runs

logger = logging.getLogger("jobs.recovery")

GRACE = timedelta(seconds=15)
"""How long a new run may be on its way to the queue."""

LOST_CAUSES = {JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED}


def recover(grace: timedelta = GRACE) -> None:
    """Fail runs whose process died, and queue again those that never reached a worker."""
    clean_registries()
    with transaction() as session:
        dead = runs.fail_dead(session)
        dead_backtests = backtests.fail_dead(session)
    for run_id in dead:
        logger.warning("run %s failed: %s", run_id, runs.DIED)
    for backtest_id in dead_backtests:
        logger.warning("backtest %s failed: %s", backtest_id, backtests.DIED)
    queue_lost_runs(grace)
    queue_lost_backtests(grace)


def clean_registries() -> None:
    """Let RQ end the jobs of workers that no longer give a sign of life."""
    for name in QueueName:
        StartedJobRegistry(name.value, connection=queue.connect()).cleanup()


def queue_lost_runs(grace: timedelta) -> None:
    """Queue again each queued run whose job is neither waiting nor under way."""
    with transaction() as session:
        waiting = runs.queued(session, older_than=grace)
    known = known_jobs() if waiting else set()
    for run_id, shared in waiting:
        if known.isdisjoint({queue.run_job_id(run_id), shared}):
            rescue(run_id)


def queue_lost_backtests(grace: timedelta) -> None:
    """Queue again each queued backtest whose job is neither waiting nor under way."""
    with transaction() as session:
        waiting = backtests.queued(session, older_than=grace)
    known = known_jobs() if waiting else set()
    for backtest_id in waiting:
        job_id = queue.backtest_job_id(backtest_id)
        if job_id in known:
            continue
        cause = discard(job_id)
        if cause is None:
            queue.enqueue_backtest(backtest_id)
            continue
        with transaction() as session:
            backtests.fail(session, backtest_id, cause)


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
