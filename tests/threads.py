"""Threads that work beside a test, and how many wait for each other's locks."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Engine, text

T = TypeVar("T")


@contextmanager
def running(*threads: Thread) -> Iterator[None]:
    """Run threads beside the block and wait for their ends."""
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


def play(scene: Coroutine[Any, Any, T]) -> T:
    """Play a scene in a thread of its own: a browser test before leaves a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, scene).result()


def wait_for_locks(engine: Engine, count: int) -> None:
    """Wait until so many connections of this database wait for others' locks."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(waiting) < count:
            pass
