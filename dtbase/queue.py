"""Putting jobs on the queue, by name, so that callers never import a worker."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError

from dtbase.errors import Unavailable
from dtbase.settings import get_settings

PATIENCE = 5.0
"""Seconds after which Redis counts as away."""

KEEP_RESULT = 3600
KEEP_FAILURE = 24 * 3600
"""Seconds that an ended job's id stays taken, in success and in failure."""

AWAY = "the queue does not answer; is Redis running?"


class Job(StrEnum):
    """The jobs a worker can run."""

    FORECAST = "jobs.tasks.forecast"
    START_RUNS = "jobs.tasks.start_runs"
    REPLAY = "jobs.tasks.replay"
    FORECAST_DEMO = "jobs.tasks.forecast_demo"
    REFRESH_AGGREGATES = "jobs.tasks.refresh_aggregates"
    MAINTAIN_STORAGE = "jobs.tasks.maintain_storage"


class QueueName(StrEnum):
    """The queues, most urgent first, so that a long model never delays ingestion."""

    INGEST = "ingest"
    MAINTENANCE = "maintenance"
    FORECAST = "forecast"


QUEUE_OF: dict[Job, QueueName] = {
    Job.FORECAST: QueueName.FORECAST,
    Job.START_RUNS: QueueName.MAINTENANCE,
    Job.REPLAY: QueueName.INGEST,
    Job.FORECAST_DEMO: QueueName.MAINTENANCE,
    Job.REFRESH_AGGREGATES: QueueName.MAINTENANCE,
    Job.MAINTAIN_STORAGE: QueueName.FORECAST,  # may take hours, so it stands with what can wait
}

TIMEOUT = 600
TIMEOUT_OF: dict[Job, int] = {Job.MAINTAIN_STORAGE: 12 * 3600}
"""Seconds after which a job is stopped."""


REPEATABLE = {Job.REPLAY, Job.REFRESH_AGGREGATES, Job.MAINTAIN_STORAGE}
"""Jobs that a schedule tries once more when they fail; repeating them changes nothing."""


def connect() -> Redis:
    """Return the process's pool of connections to the Redis of the settings."""
    return pool(str(get_settings().redis_url))


@cache
def pool(url: str) -> Redis:
    """Return the one pool for an address."""
    return Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


def check() -> None:
    """Raise Unavailable unless the queue can take a job."""
    try:
        connect().ping()
    except RedisError as error:
        raise Unavailable(AWAY) from error


def enqueue(
    job: Job,
    *,
    job_id: str | None = None,
    retries: int = 0,
    arguments: Mapping[str, object] | None = None,
) -> bool:
    """Queue a job; answer False when its id is taken by one that waits, runs or just ended.

    A job that raises is tried again at once, up to `retries` times, so it must be repeatable.
    """
    try:
        Queue(QUEUE_OF[job].value, connection=connect()).enqueue(
            job.value,
            kwargs=dict(arguments or {}),
            job_id=job_id,
            unique=job_id is not None,
            job_timeout=TIMEOUT_OF.get(job, TIMEOUT),
            retry=Retry(max=retries) if retries else None,
            result_ttl=KEEP_RESULT,
            failure_ttl=KEEP_FAILURE,
        )
    except DuplicateJobError:
        return False
    except RedisError as error:
        raise Unavailable(AWAY) from error
    return True


def enqueue_run(run_id: int) -> bool:
    """Queue a run whose row is committed; however often it is called, it is queued once."""
    return enqueue(Job.FORECAST, job_id=run_job_id(run_id), arguments={"run_id": run_id})


def run_job_id(run_id: int) -> str:
    """Return the id of the job that makes a run."""
    return f"run-{run_id}"
