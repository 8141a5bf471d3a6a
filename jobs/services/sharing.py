"""Runs that share a process: a fork and a connection cost more than most runs do.

The process that a job has started carries out the runs that wait behind it, for a moment. For RQ
they do not exist any more; whatever becomes of the process, the database tells what became of them.
"""

from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

from redis.exceptions import RedisError
from rq import Queue, get_current_job
from rq.exceptions import NoSuchJobError
from rq.job import Job

from dtbase import queue

SHARED = 2.0
"""Seconds for which one process takes further runs."""


def carried() -> str | None:
    """Return the job that has started this process, if one has."""
    job = get_current_job()
    return None if job is None else job.id


def further_runs() -> Iterator[int]:
    """Take the runs behind this process's own from its queue, one at a time."""
    own = get_current_job()
    if own is None:
        return
    waiting = Queue(own.origin, connection=queue.connect())
    end = monotonic() + SHARED
    with suppress(RedisError):  # what waits goes on waiting
        while monotonic() < end and (job := first(waiting, own)) is not None:
            if take(waiting, job):
                yield job.kwargs["run_id"]


def first(waiting: Queue, own: Job) -> Job | None:
    """Return the first job of a queue, if it is a run that may share this process.

    Its time limit may not be longer than that of the process's own job, at which RQ ends it.
    """
    for job_id in waiting.get_job_ids(0, 1):
        try:
            job = Job.fetch(job_id, connection=waiting.connection)
        except NoSuchJobError:
            return None
        fits = job.func_name == own.func_name and longest(job) <= longest(own)
        return job if fits else None
    return None


def longest(job: Job) -> float:
    """Return the seconds after which a job is stopped."""
    return float(job.timeout or 0)


def take(waiting: Queue, job: Job) -> bool:
    """Take a job out of its queue; answer False when another worker was faster."""
    if not waiting.connection.lrem(waiting.key, 1, job.id):
        return False
    job.delete(remove_from_queue=False)
    return True
