"""Putting runs on the queue, by name, so that callers never import a worker."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from time import monotonic

from redis import Redis
from redis import asyncio as async_redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError

from dtbase.domain.health import QueueHealth
from dtbase.domain.services.service_runs import Delivery
from dtbase.errors import Unavailable
from dtbase.settings import get_settings

logger = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds after which Redis counts as away."""

SOON = 1.5
"""Seconds for the whole answer to how it is, on a connection of its own."""

LASTS = 60.0
"""Seconds for which that connection is kept: a Redis that takes no new ones is not well either."""

HEALTH = "dtbase-health"
"""What the connection is called in Redis's list of them."""

WORKERS = "rq:workers"
"""Where RQ keeps the names of workers; the key of one that died goes by itself."""

KEEP_FAILURE = 24 * 3600
"""Seconds that a failed job's id stays taken."""

AWAY = "the queue does not answer; is Redis running?"

RUN = "jobs.tasks.run_service"
SERVICE = "service"
"""Under what a job's meta names its service, so that a worker can load it before it forks."""

MARGIN = 60
"""Seconds beyond a run's time after which its process is stopped; the run says so itself before."""


def connect() -> Redis:
    """Return the process's pool of connections to the Redis of the settings."""
    return pool(str(get_settings().redis_url))


@cache
def pool(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 1),
    )


class Line:
    """One connection, kept from question to question by whoever asks how the queue is."""

    def __init__(self) -> None:
        """Have none yet, and keep none."""
        self._keeps = False
        self._kept: async_redis.Redis | None = None
        self._since = 0.0

    def keep(self) -> None:
        """Keep a connection from now on, for those who ask in this event loop."""
        self._keeps = True

    async def end(self) -> None:
        """Keep none any longer."""
        self._keeps = False
        await self._let_go()

    async def ask(self) -> QueueHealth:
        """Return whether Redis answers soon, and how many workers are alive.

        Where the kept connection has died meanwhile, a new one is asked in the time that is left.
        """
        try:
            async with asyncio.timeout(SOON):
                if (kept := await self._known()) is not None:
                    with suppress(RedisError, OSError):
                        return await self._asked(kept)
                return await self._asked(self._fresh())
        except (TimeoutError, RedisError, OSError):
            return QueueHealth(ok=False)

    async def _known(self) -> async_redis.Redis | None:
        """Return the kept connection, unless it is old."""
        if self._kept is not None and monotonic() > self._since + LASTS:
            await self._let_go()
        return self._kept

    def _fresh(self) -> async_redis.Redis:
        """Return a connection that is made when it is asked, and does not try again by itself."""
        self._kept = async_redis.Redis.from_url(
            str(get_settings().redis_url), retry=Retry(NoBackoff(), 0), client_name=HEALTH
        )
        self._since = monotonic()
        return self._kept

    async def _asked(self, redis: async_redis.Redis) -> QueueHealth:
        """Ask, and keep the connection if that went well."""
        well = False
        try:
            names = await redis.smembers(WORKERS)
            alive = await redis.exists(*names) if names else 0
            well = True
            return QueueHealth(ok=True, workers=alive)
        finally:
            if not (well and self._keeps):
                await self._let_go()

    async def _let_go(self) -> None:
        gone, self._kept = self._kept, None
        if gone is not None:
            await gone.aclose()


def put(delivery: Delivery) -> bool:
    """Queue a run whose row is committed; answer False when its job waits, runs or just ended."""
    try:
        Queue(delivery.queue.value, connection=connect()).enqueue(
            RUN,
            kwargs={"run_id": delivery.run},
            meta={SERVICE: delivery.service},
            job_id=delivery.job_id,
            unique=True,
            job_timeout=delivery.timeout + MARGIN,
            result_ttl=0,
            failure_ttl=KEEP_FAILURE,
        )
    except DuplicateJobError:
        return False
    except RedisError as error:
        raise Unavailable(AWAY) from error
    return True


def offer(deliveries: Iterable[Delivery]) -> None:
    """Queue runs; those that Redis does not take wait for the scheduler."""
    for delivery in deliveries:
        try:
            put(delivery)
        except Unavailable as error:
            logger.warning("run %s and others wait for the scheduler: %s", delivery.run, error)
            return
