"""The servers that are measured on: those that somebody names, or private ones."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from pydantic_settings import BaseSettings, SettingsConfigDict

from bench.stand import conninfo
from dtbase.local.servers import for_tests
from dtbase.storage.database import driver_url

FACTS = """
SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
  current_setting('server_version'), current_setting('timescaledb.license'),
  current_setting('fsync'), current_setting('shared_buffers')
"""


class Given(BaseSettings):
    """The servers to measure, where somebody names them."""

    model_config = SettingsConfigDict(env_prefix="DTBASE_TEST_")

    database_url: str | None = None
    redis_url: str | None = None


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """Use the servers that are named, or start private ones that keep what they acknowledge."""
    given = Given()
    if given.database_url and given.redis_url:
        yield given.database_url, given.redis_url
        return
    with for_tests(durable=True) as local:
        yield given.database_url or local.database_url, given.redis_url or local.redis_url


def facts(server: str) -> dict[str, str]:
    """Return what the figures depend on."""
    with psycopg.connect(conninfo(driver_url(server))) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        row = connection.execute(FACTS.encode()).fetchone()
    assert row is not None
    extension, postgresql, licence, fsync, buffers = row
    return {
        "edition": "Community" if licence == "timescale" else "Apache",
        "TimescaleDB": extension,
        "PostgreSQL": postgresql,
        "Python": platform.python_version(),
        "fsync": fsync,
        "shared_buffers": buffers,
    }
