"""Databases for tests: each a copy of one that was migrated once."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, NullPool, create_engine, text

TEMPLATES: dict[URL, URL] = {}
"""The migrated database of each server; nobody can connect to it, so that it can be copied."""
PROCESSES = 8
"""How many processes can share a Redis of sixteen databases, of which each needs two."""

SETTINGS = text("""
SELECT unnest(setconfig) FROM pg_db_role_setting
 WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = :name)
""")
"""What migrations set for a database, which PostgreSQL leaves behind when it is copied."""


@contextmanager
def autocommitting(server: URL) -> Iterator[Connection]:
    """Connect for statements that no transaction can hold."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def migrate(address: URL, revision: str = "head") -> None:
    """Bring the schema of a database forwards."""
    config = Config("alembic.ini")
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def empty_database(server: URL) -> URL:
    """Make a new database on a server and return its address."""
    address = _unused(server)
    with autocommitting(server) as connection:
        connection.execute(text(f'CREATE DATABASE "{address.database}"'))
    return address


@contextmanager
def fresh_database(server: URL) -> Iterator[URL]:
    """Give a new migrated database of a server until the end of the block."""
    address = _copy(server)
    yield address
    drop_database(address, server)


def _copy(server: URL) -> URL:
    address, template = _unused(server), _template(server)
    with autocommitting(server) as connection:
        connection.execute(
            text(f'CREATE DATABASE "{address.database}" TEMPLATE "{template.database}"')
        )
        for setting in connection.scalars(SETTINGS, {"name": template.database}).all():
            name, _, value = setting.partition("=")
            connection.execute(
                text(f"ALTER DATABASE \"{address.database}\" SET {name} = '{value}'")
            )
    return address


def _unused(server: URL) -> URL:
    return server.set(database=f"dtbase_test_{uuid4().hex[:12]}")


def _template(server: URL) -> URL:
    """Return the server's template, made at the first call."""
    if server not in TEMPLATES:
        address = empty_database(server)
        migrate(address)
        TEMPLATES[server] = _closed(address, server)
    return TEMPLATES[server]


def _closed(address: URL, server: URL) -> URL:
    """Keep everybody out of a database, which nobody may use while it is copied.

    TimescaleDB's own scheduler would stay in; only a superuser may stop it, but it is stopped
    before a database gets a new name, and cannot come back.
    """
    closed = _unused(server)
    with autocommitting(server) as connection:
        connection.execute(text(f'ALTER DATABASE "{address.database}" ALLOW_CONNECTIONS false'))
        connection.execute(
            text(f'ALTER DATABASE "{address.database}" RENAME TO "{closed.database}"')
        )
    return closed


def drop_database(address: URL, server: URL) -> None:
    """Remove a database whoever is still connected."""
    with autocommitting(server) as connection:
        connection.execute(text(f'DROP DATABASE "{address.database}" WITH (FORCE)'))


def drop_template(server: URL) -> None:
    """Remove what the copies of a server were made from."""
    if address := TEMPLATES.pop(server, None):
        drop_database(address, server)


def redis_database(url: str, number: int) -> str:
    """Return the address of a Redis database that is so many after the one named."""
    address = urlsplit(url)
    first = int(address.path.strip("/") or 0)
    return address._replace(path=f"/{(first + number) % (2 * PROCESSES)}").geturl()
