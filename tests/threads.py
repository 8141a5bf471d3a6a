"""Threads that work beside a test, and how many wait for each other's locks."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from sqlalchemy import Engine, text


@contextmanager
def running(*threads: Thread) -> Iterator[None]:
    """Run threads beside the block and wait for their ends."""
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


def wait_for_locks(engine: Engine, count: int) -> None:
    """Wait until so many connections of this database wait for others' locks."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.scalar(waiting) < count:
            pass
