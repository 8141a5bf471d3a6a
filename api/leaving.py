"""Searches end when whoever asked has gone: their statements are cancelled in the database.

A search is one long request in one thread. The loop sees that its connection was closed, and has
the database cancel whatever statement the session runs then, until the thread notices and ends.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from threading import Lock
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from api.deferred import END
from api.dependencies import SessionDep

PAUSE = 0.2
"""Seconds between two looks at whether somebody still waits."""

ANSWER = 2.0
"""Seconds in which the database takes note of a cancelled statement."""


class Leash:
    """Holds the statements of a session until the session has ended."""

    def __init__(self, session: Session) -> None:
        """Learn of the session's connection once it has one."""
        self._lock = Lock()
        self._driver: psycopg.Connection[Any] | None = None
        event.listen(session, "after_begin", self._note)
        self._end = session.info.get(END)
        if self._end is not None:
            session.info[END] = self._end_released

    def _end_released(self) -> None:
        self.release()
        assert self._end is not None
        self._end()

    def _note(self, _session: Session, _transaction: object, connection: Connection) -> None:
        driver = connection.connection.driver_connection
        with self._lock:
            self._driver = driver if isinstance(driver, psycopg.Connection) else None

    def cancel(self) -> None:
        """Cancel the statement that runs now; the connection is not given back meanwhile."""
        with self._lock:
            if self._driver is not None:
                self._driver.cancel_safe(timeout=ANSWER)

    def release(self) -> None:
        """Let go of the connection: from now on it may serve somebody else."""
        with self._lock:
            self._driver = None


async def get_leashed(request: Request, session: SessionDep) -> AsyncIterator[Session]:
    """Open a session whose statements end when whoever asked has gone."""
    leash = Leash(session)
    watching = asyncio.create_task(end_when_gone(request, leash))
    try:
        yield session
    finally:
        watching.cancel()
        await run_in_threadpool(leash.release)


async def end_when_gone(request: Request, leash: Leash) -> None:
    """Wait until nobody waits for the answer, then end each statement that begins after that."""
    while not await request.is_disconnected():
        await asyncio.sleep(PAUSE)
    while True:
        with suppress(psycopg.Error):
            await run_in_threadpool(leash.cancel)
        await asyncio.sleep(PAUSE)


LeashedSession = Annotated[Session, Depends(get_leashed, scope="function")]
"""The request's session, for what takes long and is worth nothing to somebody who has gone."""
