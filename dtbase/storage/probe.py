"""Asking the database how it is, on connections of its own and within a time of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
import psycopg.errors as pg
from psycopg import AsyncConnection

from dtbase.domain.health import AggregatesHealth, DatabaseHealth, QualityHealth
from dtbase.storage.database import conninfo
from dtbase.storage.reach import break_off, get_reach
from dtbase.storage.readings.asides import COUNTS
from dtbase.storage.readings.rollups import BACKLOG, EDITION

CONNECTING = 1.0
ASKING = 0.6
"""Seconds for all questions together, once connected."""

LASTS = 60.0
"""Seconds for which a connection is kept: a database that takes no new ones is not well either."""

NAME = "dtbase-health"
"""What the connections are called in the database's list of them."""

T = TypeVar("T")
Asking = Callable[[AsyncConnection[Any]], Awaitable[T]]

Answers = tuple[DatabaseHealth, AggregatesHealth, QualityHealth]

NOTHING: Answers = DatabaseHealth(ok=False), AggregatesHealth(), QualityHealth()


class Line:
    """One connection, kept from question to question by whoever asks them one after another."""

    def __init__(self) -> None:
        self._keeps = False
        self._kept: AsyncConnection[Any] | None = None
        self._since = 0.0

    def keep(self) -> None:
        """Keep a connection from now on, for those who ask in this event loop."""
        self._keeps = True

    def end(self) -> None:
        """Keep none any longer."""
        self._keeps = False
        self._let_go()

    async def ask(self) -> Answers:
        """Return how database and aggregates are; what does not come in time is not known.

        Where the kept connection has died meanwhile, a new one is asked in the time that is left.
        """
        begun = now()
        try:
            if (kept := self._known()) is not None:
                with suppress(psycopg.Error):
                    return await self._asked(kept, ASKING, answers)
            fresh = await self._fresh(CONNECTING - (now() - begun))
            return await self._asked(fresh, ASKING, answers)
        except (TimeoutError, psycopg.Error, OSError):
            return NOTHING

    async def is_silent(self, seconds: float) -> bool:
        """Tell whether nothing at all comes back; a refusal is an answer too."""
        begun = now()
        try:
            connection = self._known() or await self._fresh(seconds)
            await self._asked(connection, seconds - (now() - begun), anything)
        except TimeoutError:
            return True
        except (psycopg.Error, OSError):
            return False
        return False

    def _known(self) -> AsyncConnection[Any] | None:
        """Return the kept connection, unless it has ended or is old."""
        if self._kept is not None and (self._kept.closed or now() > self._since + LASTS):
            self._let_go()
        return self._kept

    async def _fresh(self, seconds: float) -> AsyncConnection[Any]:
        """Connect anew."""
        self._let_go()
        self._kept = await asyncio.wait_for(connect(), seconds)
        self._since = now()
        return self._kept

    async def _asked(self, connection: AsyncConnection[Any], seconds: float, ask: Asking[T]) -> T:
        """Ask, and keep the connection if that went well."""
        well = False
        try:
            with cut_off(connection, seconds):
                answer = await ask(connection)
            well = True
            return answer
        finally:
            if not (well and self._keeps):
                self._let_go()

    def _let_go(self) -> None:
        gone, self._kept = self._kept, None
        if gone is not None:
            gone.pgconn.finish()


def now() -> float:
    return asyncio.get_running_loop().time()


@contextmanager
def cut_off(connection: AsyncConnection[Any], seconds: float) -> Iterator[None]:
    """Break a connection off whose answer does not come in time."""
    late = False

    def give_up() -> None:
        nonlocal late
        late = True
        break_off(connection)

    waiting = asyncio.get_running_loop().call_later(seconds, give_up)
    try:
        yield
    except psycopg.Error as error:
        if late:
            raise TimeoutError from error
        raise
    finally:
        waiting.cancel()


async def connect() -> AsyncConnection[Any]:
    """Connect; the database itself ends a question that takes long."""
    where = conninfo(statement_timeout=f"{ASKING / 2:.1f}s")
    return await AsyncConnection.connect(where, autocommit=True, application_name=NAME)


async def anything(connection: AsyncConnection[Any]) -> None:
    """Ask for an answer, whatever it says."""
    await connection.execute(b"")


async def answers(connection: AsyncConnection[Any]) -> Answers:
    """Ask for the edition and the backlog, which is left unknown if it takes long to count."""
    (edition,) = await one(connection, EDITION.text)
    database = DatabaseHealth(ok=True, edition=edition, full=get_reach().is_full)
    try:
        pending, oldest = await one(connection, BACKLOG.text)
        (aside,) = await one(connection, COUNTS.text)
    except (pg.QueryCanceled, pg.UndefinedTable):
        return database, AggregatesHealth(), QualityHealth()
    aggregates = AggregatesHealth(pending=pending, oldest_seconds=oldest and float(oldest))
    return database, aggregates, QualityHealth(set_aside=aside)


async def one(connection: AsyncConnection[Any], query: str) -> tuple[Any, ...]:
    cursor = await connection.execute(query.encode())
    row = await cursor.fetchone()
    assert row is not None
    return tuple(row)
