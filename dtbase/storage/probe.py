"""Asking the database how it is, on a connection of its own and within a time of its own."""

import asyncio
from typing import Any

import psycopg
import psycopg.errors as pg
from psycopg import AsyncConnection

from dtbase.domain.health import AggregatesHealth, DatabaseHealth, QualityHealth
from dtbase.storage.database import plain_url
from dtbase.storage.reach import break_off, get_reach
from dtbase.storage.readings.asides import COUNTS
from dtbase.storage.readings.rollups import BACKLOG, EDITION

CONNECTING = 1.0
ASKING = 0.6
"""Seconds for all questions together, once connected."""

Answers = tuple[DatabaseHealth, AggregatesHealth, QualityHealth]

NOTHING: Answers = DatabaseHealth(ok=False), AggregatesHealth(), QualityHealth()


async def ask() -> Answers:
    """Return how database and aggregates are; what does not come in time is not known."""
    try:
        connection = await asyncio.wait_for(connect(), CONNECTING)
    except (TimeoutError, psycopg.Error, OSError):
        return NOTHING
    giving_up = asyncio.get_running_loop().call_later(ASKING, break_off, connection)
    try:
        async with connection:
            return await answers(connection)
    except psycopg.Error:
        return NOTHING
    finally:
        giving_up.cancel()


async def connect() -> AsyncConnection[Any]:
    """Connect; the database itself ends a question that takes long."""
    limit = f"-c statement_timeout={ASKING / 2:.1f}s"
    return await AsyncConnection.connect(plain_url(), autocommit=True, options=limit)


async def answers(connection: AsyncConnection[Any]) -> Answers:
    """Ask for the edition and the backlog; a backlog that is long in counting is not known."""
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


async def is_silent(seconds: float) -> bool:
    """Tell whether nothing at all comes back; a refusal is an answer too."""
    try:
        connection = await asyncio.wait_for(connect(), seconds)
    except TimeoutError:
        return True
    except (psycopg.Error, OSError):
        return False
    await connection.close()
    return False
