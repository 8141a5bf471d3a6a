"""The connection to PostgreSQL and the one way to a transaction."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from time import monotonic
from typing import Any

import psycopg
import psycopg.errors as pg
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    OperationalError,
    TimeoutError,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from dtbase.errors import AlreadyExists, InUse, Unavailable
from dtbase.settings import get_settings

EXPORTS = 8
"""How many answers one process streams at the same time."""

EXPORT_WAIT = 10
"""Seconds to wait for one of them to end."""

SURELY_ALIVE = 1.0
"""Seconds after its use for which a connection is trusted: asking costs a twentieth of a chart."""

USED_AT = "used_at"

OUTDATED = "the database lacks this version's tables: run `alembic upgrade head`"

Connection = psycopg.Connection[Any]


def driver_url(url: str) -> URL:
    """Return the address with the driver that we use, whatever driver it names."""
    return make_url(url).set(drivername="postgresql+psycopg")


def engine_of(**options: Any) -> Engine:
    """Return a pool of connections to the database of the settings."""
    engine = create_engine(driver_url(str(get_settings().database_url)), **options)
    event.listen(engine, "checkin", note_use)
    event.listen(engine, "checkout", ensure_alive)
    return engine


def note_use(_: object, entry: ConnectionPoolEntry) -> None:
    """Note when a connection came back."""
    entry.info[USED_AT] = monotonic()


def ensure_alive(
    connection: psycopg.Connection[Any], entry: ConnectionPoolEntry, _: object
) -> None:
    """Replace a connection that is dead; one that came back just now is not asked."""
    if monotonic() - entry.info.get(USED_AT, 0) < SURELY_ALIVE:
        return
    try:
        connection.execute("")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error


@cache
def get_engine() -> Engine:
    """Return the process's one pool of connections."""
    return engine_of(
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,  # the connection that has the statements prepared
    )


@cache
def get_hurried_engine() -> Engine:
    """Return the pool of connections whose statements give up soon when they meet a lock."""
    engine = engine_of(pool_size=2, pool_use_lifo=True)
    event.listen(engine, "connect", hurry)
    return engine


def hurry(connection: Connection, _: object) -> None:
    """Let the statements of a connection wait for half a second at most."""
    connection.execute("SET lock_timeout = '500ms'")
    connection.commit()


@cache
def get_export_engine() -> Engine:
    """Return the pool of connections that answers are streamed from, apart from the others."""
    return engine_of(
        pool_size=1,
        max_overflow=EXPORTS - 1,
        pool_timeout=EXPORT_WAIT,
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
    )


@contextmanager
def snapshot() -> Iterator[Session]:
    """Open a session that only reads, and sees what was there when it began for all its life."""
    with reaching_database(), Session(get_export_engine()) as session:
        try:
            session.connection()
        except TimeoutError as error:
            raise Unavailable(f"{EXPORTS} exports are under way; try again soon") from error
        yield session


@contextmanager
def transaction(engine: Engine | None = None) -> Iterator[Session]:
    """Open a session that commits at the end, or rolls everything back."""
    with reaching_database(), Session(engine or get_engine()) as session, session.begin():
        yield session


def hurried_transaction() -> AbstractContextManager[Session]:
    """Open a session that commits at the end, and gives up soon where it meets a lock."""
    return transaction(get_hurried_engine())


@contextmanager
def reaching_database() -> Iterator[None]:
    """Turn a database that does not answer into Unavailable."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.orig, pg.DeadlockDetected | pg.SerializationFailure):
            raise
        if isinstance(error.orig, pg.LockNotAvailable):
            raise Unavailable("something else holds what this needs; try again soon") from error
        raise Unavailable("the database does not answer") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("the database went away") from error
        if isinstance(error.orig, pg.UndefinedTable | pg.UndefinedColumn):
            raise Unavailable(OUTDATED) from error
        raise


@contextmanager
def refusing(thing: str, field: str | None = None) -> Iterator[None]:
    """Turn a violated constraint into the error it stands for."""
    try:
        yield
    except IntegrityError as error:
        match error.orig:
            case pg.UniqueViolation():
                raise AlreadyExists(f"{thing} already exists", field=field) from error
            case pg.ForeignKeyViolation():
                raise InUse(f"{thing} is in use", field=field) from error
            case _:
                raise
