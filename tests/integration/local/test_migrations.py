"""The schema moves forwards and back, with readings in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import RaiseException
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from dtbase.storage.database import driver_url, get_engine, transaction
from dtbase.storage.readings import readings, rollups
from tests.conftest import Servers
from tests.databases import drop_database, empty_database
from tests.factories import add_sensor, batch_of
from tests.integration.readings.against_raw import mismatches
from tests.schemas import described

OLD = Path(__file__).with_name("twin_at_0010.sql")
NOTHING_IN = ["champion", "drift", "parameter_set"]
TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'public'
   AND tablename !~ '^reading_' AND tablename NOT IN ('alembic_version', 'score_pending')
 ORDER BY 1
"""
MORE = text("""
INSERT INTO reading (series_id, time, value)
SELECT (SELECT min(series_id) FROM reading),
       CAST(:start AS timestamptz) + n * interval '10 minutes', n % 7 / 4.0
  FROM generate_series(0, :count - 1) n
""")
"""As an older version of DTBase would write them, whose tables its successor does not know."""

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = 60


@pytest.fixture
def engine(own_environment: str) -> Engine:
    """Give each test a database of its own."""
    return get_engine()


@pytest.fixture
def empty(servers: Servers) -> Iterator[Engine]:
    """Give a database that nothing has been made in."""
    server = driver_url(servers.database_url)
    address = empty_database(server)
    engine = create_engine(address, poolclass=NullPool)
    yield engine
    drop_database(address, server)


def move(engine: Engine, step: Callable[[Config, str], None], revision: str) -> None:
    """Bring the schema forwards or back."""
    config = Config("alembic.ini")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        step(config, revision)
        connection.commit()
    engine.dispose()


def up(engine: Engine, revision: str) -> None:
    move(engine, command.upgrade, revision)


def down(engine: Engine, revision: str) -> None:
    move(engine, command.downgrade, revision)


def schema_of(engine: Engine) -> list[str]:
    """Return all that stands in a database."""
    with engine.connect() as connection:
        return described(connection)


def revisions() -> list[str]:
    """Return all revisions, first to last."""
    found = ScriptDirectory.from_config(Config("alembic.ini")).walk_revisions()
    return [each.revision for each in found][::-1]


def fill(first: int) -> None:
    """Store readings of a new series for many hours, beginning with this one."""
    with transaction() as session:
        series = add_sensor(session, f"from-{first}")["temperature"]
        times = [START + timedelta(hours=first, minutes=10 * n) for n in range(6 * HOURS)]
        readings.write(session, batch_of(series, times, [n % 7 / 4 for n in range(len(times))]))


def test_every_migration_can_be_taken_back_and_made_again(engine: Engine) -> None:
    down(engine, "base")
    with engine.connect() as connection:
        left = connection.scalars(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        ).all()
    assert set(left) <= {"alembic_version", "alembic_version_pkc"}
    up(engine, "head")
    fill(0)
    rollups.refresh(engine)
    assert not mismatches(engine)


def test_readings_survive_a_step_back_and_forwards(engine: Engine) -> None:
    fill(0)
    rollups.refresh(engine)
    down(engine, "0009")
    with engine.begin() as connection:  # pending when the step comes
        connection.execute(MORE, {"start": START + timedelta(hours=HOURS), "count": 6 * HOURS})
    up(engine, "head")
    fill(2 * HOURS)
    rollups.refresh(engine)
    assert not mismatches(engine)


def test_readings_cannot_be_truncated_since_their_aggregates_would_stay(engine: Engine) -> None:
    fill(0)
    with pytest.raises(DBAPIError, match="aggregates would stay") as refused, engine.begin() as own:
        own.execute(text("TRUNCATE reading"))
    assert isinstance(refused.value.orig, RaiseException)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM reading")) == 6 * HOURS


def test_a_schema_made_step_by_step_is_the_one_made_at_once(engine: Engine, empty: Engine) -> None:
    for revision in revisions():
        up(empty, revision)
        before = schema_of(empty)
        down(empty, "-1")
        up(empty, revision)
        assert schema_of(empty) == before, f"{revision} is another one when made again"
    assert schema_of(empty) == schema_of(engine)


def counts(engine: Engine) -> dict[str, int]:
    """Return how many rows each table of ours has."""
    with engine.connect() as connection:
        names = connection.scalars(text(TABLES)).all()
        return {
            name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0  # noqa: S608 - ours
            for name in names
        }


def test_a_twin_of_revision_0010_keeps_what_it_holds(engine: Engine, empty: Engine) -> None:
    up(empty, "0010")
    with empty.begin() as connection:
        connection.exec_driver_sql(OLD.read_text())
    held = counts(empty)
    assert [name for name, rows in held.items() if not rows] == NOTHING_IN
    up(empty, "head")
    assert schema_of(empty) == schema_of(engine)
    now = counts(empty)
    assert {name: now[name] for name in held if name in now and now[name] < held[name]} == {}
    rollups.refresh(empty)
    assert not mismatches(empty)
