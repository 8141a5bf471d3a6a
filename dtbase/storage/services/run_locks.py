"""Who is at a run: whoever holds its lock in PostgreSQL, which goes with its connection."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import TextClause, text

from dtbase.errors import Unavailable
from dtbase.storage.database import get_engine, reaching_database

KEY = "'service_run'::regclass::oid::int, :key"
LOCK = text(f"SELECT pg_backend_pid() WHERE pg_try_advisory_lock({KEY})")
UNLOCK = text(f"SELECT pg_advisory_unlock({KEY})")
LOCKED_BY = text("""
SELECT count(*) FROM pg_locks
 WHERE locktype = 'advisory' AND granted AND pid = :pid AND objid = :key
   AND classid = 'service_run'::regclass AND database = (SELECT oid FROM pg_database
                                                          WHERE datname = current_database())
""")

WIDEST = 2_147_483_647

HOLDERS: dict[int, int] = {}
"""The runs that this process is at, each with the process of PostgreSQL that holds its lock."""


@contextmanager
def holding(run_id: int) -> Iterator[bool]:
    """Hold a run's lock; gives False when another process, or this one, is at the run.

    PostgreSQL frees the lock when the process that held it dies, however it dies, so a run that
    says "running" and is not locked is dead. The lock is of the session: its connection goes back
    to the pool and does the run's work too, since a second one would double what a run costs.
    """
    holder = None if run_id in HOLDERS else at_once(LOCK, key=key_of(run_id))
    if holder is None:
        yield False
        return
    HOLDERS[run_id] = holder
    try:
        yield True
    finally:
        del HOLDERS[run_id]
        with suppress(Unavailable):  # its lock went with the connection
            if not at_once(UNLOCK, key=key_of(run_id)):
                get_engine().dispose()  # another connection came to the top of the pool


def lost(run_id: int) -> bool:
    """Tell whether the connection is gone that held the lock of a run that this process is at."""
    return not at_once(LOCKED_BY, key=key_of(run_id), pid=HOLDERS[run_id])


def key_of(run_id: int) -> int:
    """Return the number under which a run is locked."""
    return run_id % WIDEST


def at_once(statement: TextClause, **values: int) -> int | None:
    """Ask about a lock, outside of any transaction."""
    with reaching_database(), get_engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        found: int | None = connection.scalar(statement, values)
        return found
