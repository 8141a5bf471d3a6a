"""Putting jobs on the queue, by name, so that callers never import a worker."""

from enum import StrEnum

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from dtbase.errors import Unavailable
from dtbase.settings import get_settings


class Job(StrEnum):
    """The jobs a worker can run."""

    FORECAST = "jobs.tasks.forecast"
    REPLAY = "jobs.tasks.replay"
    REFRESH_AGGREGATES = "jobs.tasks.refresh_aggregates"


class QueueName(StrEnum):
    """The queues, most urgent first, so that a long model never delays ingestion."""

    INGEST = "ingest"
    MAINTENANCE = "maintenance"
    FORECAST = "forecast"


QUEUE_OF: dict[Job, QueueName] = {
    Job.FORECAST: QueueName.FORECAST,
    Job.REPLAY: QueueName.INGEST,
    Job.REFRESH_AGGREGATES: QueueName.MAINTENANCE,
}


def connect() -> Redis:
    """Connect to the Redis of the settings."""
    return Redis.from_url(str(get_settings().redis_url))


def enqueue(job: Job, *, job_id: str | None = None, timeout: int = 600, **arguments: object) -> str:
    """Queue a job and return its id; a job_id already queued is not queued again."""
    queue = Queue(QUEUE_OF[job].value, connection=connect())
    try:
        queued = queue.enqueue(job.value, kwargs=arguments, job_id=job_id, job_timeout=timeout)
    except RedisError as error:
        raise Unavailable("the queue does not answer; is Redis running?") from error
    return str(queued.id)
