"""Hourly and daily aggregates: bringing them up to date, and how far behind they are."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from dtbase.domain.health import AggregatesHealth, DatabaseHealth
from dtbase.storage.database import reaching_database

EDITION = text("""
SELECT CASE current_setting('timescaledb.license')
         WHEN 'timescale' THEN 'community' ELSE 'apache' END
""")
BACKLOG = text("""
SELECT count(*), extract(epoch FROM clock_timestamp() - min(logged_at)) FROM reading_pending
""")


@contextmanager
def procedures(engine: Engine) -> Iterator[Connection]:
    """Connect for procedures that commit by themselves; one that fails loses its locks.

    They hold an advisory lock of the session, which outlives an error and would come back to
    the pool with the connection, so that nobody else could refresh any more.
    """
    with (
        reaching_database(),
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        try:
            yield connection
        except BaseException:
            connection.invalidate()
            raise


QUIET = text("""
SELECT set_config('log_min_messages', 'fatal', false)
 WHERE to_regclass('reading_hour_native') IS NOT NULL
   AND has_parameter_privilege('log_min_messages', 'SET')
""")
"""A native refresh writes four lines into the server's log for each stretch of hours."""


def refresh(engine: Engine) -> None:
    """Store what is pending; a refresh already under way is left to it."""
    with procedures(engine) as connection:
        store(connection)


def store(connection: Connection) -> None:
    quiet = connection.execute(QUIET).first()
    connection.execute(text("CALL reading_refresh()"))
    if quiet:
        connection.execute(text("RESET log_min_messages"))


def backlog(session: Session) -> AggregatesHealth:
    """Return the size and age of the log of changed hours."""
    pending, oldest = session.execute(BACKLOG).one()
    return AggregatesHealth(pending=pending, oldest_seconds=oldest and float(oldest))


def edition(session: Session) -> DatabaseHealth:
    return DatabaseHealth(ok=True, edition=session.scalar(EDITION))
