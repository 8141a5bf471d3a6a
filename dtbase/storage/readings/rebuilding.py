"""Storing what is pending of some series now, while somebody looks on how far it is."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event
from typing import NamedTuple

from sqlalchemy import Engine, text

from dtbase.storage.database import reaching_database
from dtbase.storage.readings.rollups import procedures, store

NEWEST = text("SELECT coalesce(max(id), 0) FROM reading_pending")
LEFT = text("""
SELECT count(DISTINCT (series_id, bucket)) FROM reading_pending
 WHERE id <= :newest AND (:all OR series_id = ANY (CAST(:ids AS int[])))
""")
PAUSE = 0.3
"""So many seconds lie between two looks."""


class Waiting(NamedTuple):
    """What is to be stored: of some series or of all, what had been logged by a time."""

    ids: Sequence[int] | None
    newest: int


def waiting(engine: Engine, ids: Sequence[int] | None) -> Waiting:
    """Return what is to be stored; what is logged from now on is no part of it."""
    with reaching_database(), engine.connect() as connection:
        return Waiting(ids, connection.execute(NEWEST).scalar_one())


def left_of(engine: Engine, wanted: Waiting) -> int:
    """Return how many hours are still to be stored."""
    asked = {"newest": wanted.newest, "all": wanted.ids is None, "ids": [*(wanted.ids or ())]}
    with reaching_database(), engine.connect() as connection:
        found: int = connection.execute(LEFT, asked).scalar_one()
        return found


def storing(engine: Engine, wanted: Waiting) -> Generator[int]:
    """Store what is pending, and tell again and again how many of the wanted hours are left.

    Another process may be at it, too. Who looks away ends it: what is not stored stays pending.
    """
    while left := left_of(engine, wanted):
        yield left
        with refreshing(engine) as work:
            while wait([work], timeout=PAUSE).not_done:
                yield left_of(engine, wanted)
        work.result()
        Event().wait(PAUSE if left_of(engine, wanted) == left else 0)


@contextmanager
def refreshing(engine: Engine) -> Iterator["Future[None]"]:
    """Store what is pending beside the block; when it is left, what is under way is taken back."""
    with procedures(engine) as connection, ThreadPoolExecutor(1) as pool:
        driver = connection.connection.driver_connection
        assert driver is not None
        work = pool.submit(store, connection)
        try:
            yield work
        finally:
            if not work.done():
                driver.cancel_safe()
