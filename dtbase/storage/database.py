"""The connection to PostgreSQL and the one way to a transaction."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from time import monotonic
from typing import Any

import psycopg
import psycopg.errors as pg
from psycopg.conninfo import make_conninfo
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

from dtbase.errors import (
    AlreadyExists,
    DTBaseError,
    InUse,
    Invalid,
    NotAuthenticated,
    Unavailable,
)
from dtbase.settings import get_settings
from dtbase.storage.reach import SILENT, Connection, get_reach

ORDINARY = 30
LONG = 600
"""Seconds that a statement of a request may take, and one of a request that does much."""

SOCKET = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How long a connection may take to come about, or to be silent after the other end has gone."""

NOTICE_DEATH = {"client_connection_check_interval": "5s"}
"""How soon PostgreSQL ends a statement whose process has died, and frees its locks.

Without it a statement that waits for a lock keeps the lock of its dead run for as long as it waits.
"""

TAKE_LONG = f"SET LOCAL statement_timeout = '{LONG}s'".encode()

BUSY_WAIT = 5
"""Seconds to wait for one of the process's connections."""

BUSY = "all connections to the database are in use; try again soon"
TOO_LONG = "this takes the database longer than a request may; ask for less at once"
UNSTORABLE = "a text holds NUL, or half a character, which cannot be stored"
FULL = "the disk of the database is full"

EXPORTS = 8
"""How many answers one process streams at the same time."""

EXPORT_WAIT = 10
"""Seconds to wait for one of them to end."""

SURELY_ALIVE = 1.0
"""Seconds after its use for which a connection is trusted: asking costs a twentieth of a chart."""

USED_AT = "used_at"

BEGUN = "begun"
"""Under what a session that only reads keeps that it has begun a transaction."""

ACCOUNTS = '"user_account"'
GONE = "the account of whoever asks has been deleted meanwhile"
OUTDATED = "the database lacks this version's tables: run `alembic upgrade head`"


def driver_url(url: str) -> URL:
    """Return the address with the driver that we use, whatever driver it names."""
    return make_url(url).set(drivername="postgresql+psycopg")


def conninfo(**settings: str) -> str:
    """Return where the driver itself connects to, with our limits and PostgreSQL's settings."""
    url = limited(driver_url(str(get_settings().database_url)), **settings)
    _, named = url.get_dialect()().create_connect_args(url)
    return make_conninfo(**named)


def limited(url: URL, **settings: str) -> URL:
    """Return the address with limits on silence, where it has none, and PostgreSQL's settings."""
    own = {name: str(value) for name, value in SOCKET.items() if name not in url.query}
    given = [str(url.query["options"])] if "options" in url.query else []
    asked = [f"-c {name}={value}" for name, value in {**NOTICE_DEATH, **settings}.items()]
    return url.update_query_dict({**own, "options": " ".join([*asked, *given])})


def engine_of(*, seconds: int | None = None, writes: bool = True, **options: Any) -> Engine:
    """Return a pool of connections to the database of the settings.

    Their statements may take so many seconds; for a job its own time limit is enough.
    """
    settings = {} if seconds is None else {"statement_timeout": f"{seconds}s"}
    if not writes:
        settings["default_transaction_read_only"] = "on"
    url = limited(driver_url(str(get_settings().database_url)), **settings)
    engine = create_engine(url, **{"pool_timeout": BUSY_WAIT, **options})
    event.listen(engine, "connect", get_reach().note)
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
        connection.commit()  # a rollback would have the driver forget all prepared statements
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
def get_request_engine() -> Engine:
    """Return the pool of connections that requests use."""
    return engine_of(seconds=ORDINARY, pool_size=5, max_overflow=5, pool_use_lifo=True)


@cache
def get_reading_engine() -> Engine:
    """Return the pool of connections for requests that only read: PostgreSQL lets them do no more.

    Each statement is its own transaction, as it sees the database in any case: to begin and to
    commit one would be two more ways to PostgreSQL and back.
    """
    return engine_of(
        seconds=ORDINARY,
        writes=False,
        pool_size=10,
        max_overflow=10,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
    )


@cache
def get_hurried_engine() -> Engine:
    """Return the pool of connections whose statements give up soon when they meet a lock."""
    engine = engine_of(seconds=ORDINARY, pool_size=2, pool_use_lifo=True)
    event.listen(engine, "connect", hurry)
    return engine


@cache
def get_single_engine() -> Engine:
    """Return the pool of connections for statements that stand alone, and soon give up at a lock.

    Each is its own transaction, committed when it is answered: one way to PostgreSQL and back.
    """
    engine = engine_of(
        seconds=ORDINARY,
        pool_size=2,
        pool_use_lifo=True,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
    )
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
        seconds=LONG,
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


def request_transaction() -> AbstractContextManager[Session]:
    """Open the session of a request, whose statements may not take for ever."""
    return transaction(get_request_engine())


@contextmanager
def reading() -> Iterator[Session]:
    """Open the session of a request that only reads: there is nothing to commit at its end.

    A transaction of several statements is, or the driver would forget what it has prepared.
    """
    with reaching_database(), Session(get_reading_engine()) as session:
        yield session
        if BEGUN in session.info:
            session.commit()


def take_long(session: Session) -> None:
    """Allow the statements of a transaction that does much the time for it."""
    driver = driver_of(session)
    if driver.autocommit:
        driver.execute(b"BEGIN")
        session.info[BEGUN] = True
    driver.execute(TAKE_LONG)


def driver_of(session: Session) -> psycopg.Connection[Any]:
    """Return the session's connection as the driver knows it."""
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def hurried_transaction() -> AbstractContextManager[Session]:
    """Open a session that commits at the end, and gives up soon where it meets a lock."""
    return transaction(get_hurried_engine())


@contextmanager
def reaching_database() -> Iterator[None]:
    """Turn what a database does not answer, or cannot hold, into a refusal."""
    get_reach().check()
    try:
        yield
    except TimeoutError as error:
        raise Unavailable(BUSY) from error
    except (DBAPIError, psycopg.Error) as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


def refusal_of(error: DBAPIError | psycopg.Error) -> DTBaseError | None:
    """Return what an error means to whoever asked; None for one that is a fault of ours."""
    driver = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(driver, pg.DeadlockDetected | pg.SerializationFailure):
        return None
    if isinstance(error, OperationalError | psycopg.OperationalError):
        return Unavailable(reason_of(driver))
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Unavailable("the database went away")
    if isinstance(driver, pg.UndefinedTable | pg.UndefinedColumn):
        return Unavailable(OUTDATED)
    if isinstance(driver, pg.ForeignKeyViolation) and names_accounts(driver):
        return NotAuthenticated(GONE)
    return Invalid(UNSTORABLE) if is_unstorable(driver) else None


def names_accounts(error: pg.ForeignKeyViolation) -> bool:
    """Tell whether it is an account that is missing: only those who ask are referred to."""
    return ACCOUNTS in (error.diag.message_detail or "")


def is_unstorable(error: BaseException | None) -> bool:
    """Tell whether a text was refused for what is in it, by the driver or by the server."""
    by_driver = isinstance(error, psycopg.DataError) and "NUL" in str(error)
    return by_driver or isinstance(error, pg.CharacterNotInRepertoire | pg.UntranslatableCharacter)


def reason_of(error: BaseException | None) -> str:
    """Say why the database cannot do something now."""
    match error:
        case pg.LockNotAvailable():
            return "something else holds what this needs; try again soon"
        case pg.QueryCanceled():
            return TOO_LONG
        case pg.DiskFull():
            get_reach().note_full()
            return FULL
        case _:
            return SILENT


def said_by(error: BaseException) -> str:
    """Say what an error says, without the statement that it came of."""
    said = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return f"{type(said).__name__}: {said}".replace("\0", "")


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
