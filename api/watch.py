"""Watching over what the API stands on, without a thread that could be kept waiting."""

import asyncio
import logging
from asyncio import Task

from dtbase import queue
from dtbase.domain.health import Health
from dtbase.storage.probe import Line
from dtbase.storage.reach import get_reach
from dtbase.version import get_commit, get_version

logger = logging.getLogger(__name__)

PAUSE = 1.0
PATIENCE = 4.0
"""Seconds in which the database says something, be it that it is busy."""

MISSES = 2
"""So often in a row it says nothing before nobody is let wait for it."""


class Watch:
    """Asks how database and queue are: for those who want to know, and for those who wait."""

    def __init__(self) -> None:
        """Prepare; start() begins to watch."""
        self._line, self._queue = Line(), queue.Line()  # for those who ask
        self._own = Line()
        self._asking: Task[Health] | None = None
        self._watching: Task[None] | None = None

    def start(self) -> None:
        """Begin to watch over the database, and keep a connection for each question."""
        self._line.keep()
        self._queue.keep()
        self._own.keep()
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._line.end()
        self._own.end()
        await self._queue.end()
        get_reach().found()

    async def ask(self) -> Health:
        """Return how all is; those who ask at the same time share the answer."""
        loop = asyncio.get_running_loop()
        asking = self._asking
        if asking is None or asking.done() or asking.get_loop() is not loop:
            asking = self._asking = loop.create_task(ask(self._line, self._queue))
        return await asyncio.shield(asking)

    async def _watch(self) -> None:
        misses = 0
        while True:
            misses = misses + 1 if await self._own.is_silent(PATIENCE) else 0
            if misses == MISSES:
                logger.error("the database does not answer; nobody is let wait for it")
            if misses >= MISSES:
                get_reach().lost()
            else:
                get_reach().found()
            await asyncio.sleep(PAUSE)


async def ask(line: Line, queue_line: queue.Line) -> Health:
    """Ask database and queue at the same time."""
    (database, aggregates, quality), redis = await asyncio.gather(line.ask(), queue_line.ask())
    whole = database.ok and not database.full and redis.ok and redis.workers
    return Health(
        status="ok" if whole else "degraded",
        version=get_version(),
        commit=get_commit(),
        database=database,
        redis=redis,
        aggregates=aggregates,
        quality=quality,
    )
