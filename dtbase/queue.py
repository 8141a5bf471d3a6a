"""Putting jobs on the queue, by name, so that callers never import a worker."""

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache

from redis import Redis
from redis import asyncio as async_redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError

from dtbase.domain.health import QueueHealth
from dtbase.domain.services.service_runs import Delivery
from dtbase.domain.services.services import QueueName
from dtbase.errors import Unavailable
from dtbase.settings import get_settings

PATIENCE = 2.0
"""Seconds after which Redis counts as away."""

SOON = 1.5
"""Seconds for the whole answer to how it is."""

WORKERS = "rq:workers"
"""Where RQ keeps the names of workers; the key of one that died goes by itself."""

KEEP_RESULT = 3600
KEEP_FAILURE = 24 * 3600
"""Seconds that an ended job's id stays taken, in success and in failure."""

AWAY = "the queue does not answer; is Redis running?"


LONG = 3600
TIMEOUT = 600
MARGIN = 5
"""Seconds after which a forecast is stopped; a service's run says so itself a little earlier."""


class Job(StrEnum):
    """The jobs a worker can run."""

    FORECAST = "jobs.tasks.forecast"
    FORECAST_MANY = "jobs.tasks.forecast_many"
    BACKTEST = "jobs.tasks.backtest"
    RUN_SERVICE = "jobs.tasks.run_service"


def connect() -> Redis:
    """Return the process's pool of connections to the Redis of the settings."""
    return pool(str(get_settings().redis_url))


@cache
def pool(url: str) -> Redis:
    """Return the one pool for an address."""
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 1),
    )


async def health() -> QueueHealth:
    """Return whether Redis answers soon, and how many workers are alive."""
    redis = async_redis.Redis.from_url(str(get_settings().redis_url))
    try:
        async with asyncio.timeout(SOON):
            names = await redis.smembers(WORKERS)
            alive = [await redis.exists(name) for name in names]
        return QueueHealth(ok=True, workers=sum(alive))
    except (TimeoutError, RedisError, OSError):
        return QueueHealth(ok=False)
    finally:
        await redis.aclose()


def check() -> None:
    """Raise Unavailable unless the queue can take a job."""
    try:
        connect().ping()
    except RedisError as error:
        raise Unavailable(AWAY) from error


def enqueue(
    job: Job,
    queue: QueueName,
    *,
    job_id: str | None = None,
    timeout: int = TIMEOUT,
    keep: int = KEEP_RESULT,
    arguments: Mapping[str, object] | None = None,
) -> bool:
    """Queue a job; answer False when its id is taken by one that waits, runs or just ended."""
    try:
        Queue(queue.value, connection=connect()).enqueue(
            job.value,
            kwargs=dict(arguments or {}),
            job_id=job_id,
            unique=job_id is not None,
            job_timeout=timeout,
            result_ttl=keep,
            failure_ttl=KEEP_FAILURE,
        )
    except DuplicateJobError:
        return False
    except RedisError as error:
        raise Unavailable(AWAY) from error
    return True


def enqueue_run(run_id: int) -> bool:
    """Queue a run whose row is committed; however often it is called, it is queued once."""
    return enqueue(
        Job.FORECAST,
        QueueName.FORECAST,
        job_id=run_job_id(run_id),
        arguments={"run_id": run_id},
    )


def enqueue_runs(job_id: str, run_ids: Sequence[int]) -> bool:
    """Queue one job that makes several runs, one after the other."""
    return enqueue(
        Job.FORECAST_MANY,
        QueueName.FORECAST,
        job_id=job_id,
        timeout=LONG,
        arguments={"run_ids": list(run_ids)},
    )


def enqueue_backtest(backtest_id: int) -> bool:
    """Queue a backtest whose row is committed; however often it is called, it is queued once."""
    return enqueue(
        Job.BACKTEST,
        QueueName.FORECAST,
        job_id=backtest_job_id(backtest_id),
        timeout=LONG,
        arguments={"backtest_id": backtest_id},
    )


def backtest_job_id(backtest_id: int) -> str:
    """Return the id of the job that carries out a backtest."""
    return f"backtest-{backtest_id}"


def run_job_id(run_id: int) -> str:
    """Return the id of the job that makes a run."""
    return f"run-{run_id}"


def enqueue_service_run(delivery: Delivery) -> bool:
    """Queue a service's run whose row is committed; however often, it is queued once."""
    return enqueue(
        Job.RUN_SERVICE,
        delivery.queue,
        job_id=delivery.job_id,
        timeout=delivery.timeout + MARGIN,
        keep=0,
        arguments={"run_id": delivery.run},
    )
