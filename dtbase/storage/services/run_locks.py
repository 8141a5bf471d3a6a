"""Who is at a run: whoever holds its lock in PostgreSQL, which goes with its connection."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Row,
    bindparam,
    case,
    func,
    literal_column,
    select,
    text,
)

from dtbase.errors import Unavailable
from dtbase.storage.database import get_engine, reaching_database

KEY: tuple[ColumnElement[int], ColumnElement[int]] = (
    literal_column("'service_run'::regclass::oid::int"),
    bindparam("key", type_=Integer),
)
HOLDER = case((func.pg_try_advisory_lock(*KEY), func.pg_backend_pid())).label("holder")
"""The process of PostgreSQL that holds the lock from now on; none if another one does already."""

LOCK = select(HOLDER)
UNLOCKED = func.pg_advisory_unlock(*KEY).label("unlocked")
UNLOCK = select(UNLOCKED)
LOCKED_BY = text("""
SELECT count(*) AS held FROM pg_locks
 WHERE locktype = 'advisory' AND granted AND pid = :pid AND objid = :key
   AND classid = 'service_run'::regclass AND database = (SELECT oid FROM pg_database
                                                          WHERE datname = current_database())
""")

WIDEST = 2_147_483_647

HOLDERS: dict[int, int] = {}
"""The runs that this process is at, each with the process of PostgreSQL that holds its lock."""

Found = Row[*tuple[Any, ...]]


@contextmanager
def holding(run_id: int, taking: Executable = LOCK, **values: object) -> Iterator[Found | None]:
    """Hold a run's lock; gives nothing when another process, or this one, is at the run.

    PostgreSQL frees the lock when the process that held it dies, however it dies, so a run that
    says "running" and is not locked is dead. The lock is of the session: its connection goes back
    to the pool and does the run's work too, since a second one would double what a run costs. The
    statement that takes the lock may do more, and gives what it found.
    """
    taken = None if run_id in HOLDERS else take(run_id, taking, values)
    if taken is None:
        yield None
        return
    HOLDERS[run_id] = taken.holder
    try:
        yield taken
    finally:
        if HOLDERS.pop(run_id, None) is not None:
            with suppress(Unavailable):  # its lock went with the connection
                let_go(run_id, UNLOCK)


def take(run_id: int, taking: Executable, values: dict[str, object]) -> Found | None:
    """Take a run's lock by a statement that tells its holder, unless another process has it."""
    try:
        taken = at_once(taking, key=key_of(run_id), **values)
    except BaseException:
        get_engine().dispose()  # what failed may have taken the lock before
        raise
    return taken if taken is not None and taken.holder is not None else None


def let_go(run_id: int, freeing: Executable, **values: object) -> bool:
    """Let go of a run's lock by a statement; answer whether it found anything to free."""
    freed = at_once(freeing, key=key_of(run_id), **values)
    if freed is None:
        return False
    HOLDERS.pop(run_id, None)
    if not freed.unlocked:
        get_engine().dispose()  # another connection came to the top of the pool
    return True


def lost(run_id: int) -> bool:
    """Tell whether the connection is gone that held the lock of a run that this process is at."""
    locked = at_once(LOCKED_BY, key=key_of(run_id), pid=HOLDERS[run_id])
    return locked is None or not locked.held


def key_of(run_id: int) -> int:
    """Return the number under which a run is locked."""
    return run_id % WIDEST


def at_once(statement: Executable, **values: object) -> Found | None:
    """Carry out a statement about a lock, outside of any transaction."""
    with reaching_database(), get_engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        return connection.execute(statement, values).one_or_none()
