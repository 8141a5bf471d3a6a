"""The few connections on which an event loop asks one statement."""

import logging
from asyncio import Task, TimerHandle, ensure_future, get_running_loop, wait
from collections.abc import Callable
from time import monotonic

from fastapi.concurrency import run_in_threadpool

from dtbase.storage.line import Line

logger = logging.getLogger(__name__)

MOST = 2
"""While one group waits for long, as for a lock, another one is sent."""

PATIENCE = 0.02
"""Seconds in which nothing is asked beside one statement.

PostgreSQL writes one commit after another to the disk in any case, and the more readings come
together the less each costs.
"""

PAUSE = 1.0
"""Seconds until it is tried again to connect."""


class Lines:
    """Opens connections when they are needed, and again when they are lost."""

    def __init__(self, statement: bytes, changed: Callable[[], None]) -> None:
        """Connect to nothing yet; whoever waits hears when a connection is there, or none is."""
        self._statement = statement
        self._changed = changed
        self._all: list[Line] = []
        self._idle: list[Line] = []
        self._asked: set[Line] = set()
        self._asked_at = 0.0
        self._later: TimerHandle | None = None
        self._opening: Task[Line] | None = None
        self._again_at = 0.0
        self._closed = False

    @property
    def open(self) -> bool:
        """Tell whether there is any connection, and see to it that there will be."""
        self._all = [line for line in self._all if not line.lost]
        if not self._all:
            self._open_one()
        return bool(self._all)

    async def connect(self) -> None:
        """Wait until there is a connection, or none could be made."""
        if not self.open and self._opening is not None:
            await wait({self._opening})

    @property
    def hopeful(self) -> bool:
        """Tell whether a connection is there, or on its way."""
        return self._opening is not None or any(not line.lost for line in self._all)

    def idle(self) -> Line | None:
        """Take a connection on which nothing is asked, if there is one and it is time to ask."""
        now = monotonic()
        if self._asked and now < self._asked_at + PATIENCE:
            if self._later is None:
                self._later = get_running_loop().call_later(PATIENCE, self._try_again)
            return None
        while self._idle:
            line = self._idle.pop()
            if not line.lost:
                self._asked.add(line)
                self._asked_at = now
                return line
        if sum(not line.lost for line in self._all) < MOST:
            self._open_one()
        return None

    def release(self, line: Line) -> None:
        """Take a connection back."""
        self._asked.discard(line)
        if not line.lost:
            self._idle.append(line)

    async def close(self) -> None:
        """End all of them, and one that is on its way when it is there."""
        self._closed = True
        if self._opening is not None:
            await wait({self._opening})
        if self._later is not None:
            self._later.cancel()
        for line in self._all:
            line.close()

    def _try_again(self) -> None:
        self._later = None
        self._changed()

    def _open_one(self) -> None:
        if self._opening is None and not self._closed and monotonic() >= self._again_at:
            self._opening = ensure_future(run_in_threadpool(Line.open, self._statement))
            self._opening.add_done_callback(self._connected)

    def _connected(self, opening: Task[Line]) -> None:
        self._opening = None
        if opening.cancelled():
            return
        if (error := opening.exception()) is not None:
            logger.info("no connection for what is remembered: %s", error)
            self._again_at = monotonic() + PAUSE
            self._changed()
            return
        line = opening.result()
        line.watch(get_running_loop())
        self._all.append(line)
        if self._closed:
            line.close()
            return
        self._idle.append(line)
        self._changed()
