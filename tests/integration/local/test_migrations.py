"""The schema moves forwards and back, with readings in it."""

from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from psycopg.errors import RaiseException
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import readings, rollups
from tests.factories import add_sensor, batch_of
from tests.integration.readings.test_exact_aggregates import mismatches

START = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = 60


@pytest.fixture
def engine(own_environment: str) -> Engine:
    """Give each test a database of its own."""
    return get_engine()


def move(engine: Engine, revision: str) -> None:
    """Bring the schema forwards or back."""
    config = Config("alembic.ini")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        step = command.upgrade if revision == "head" else command.downgrade
        step(config, revision)
        connection.commit()
    engine.dispose()


def fill(first: int) -> None:
    """Store readings of a new series for many hours, beginning with this one."""
    with transaction() as session:
        series = add_sensor(session, f"from-{first}")["temperature"]
        times = [START + timedelta(hours=first, minutes=10 * n) for n in range(6 * HOURS)]
        readings.write(session, batch_of(series, times, [n % 7 / 4 for n in range(len(times))]))


def test_every_migration_can_be_taken_back_and_made_again(engine: Engine) -> None:
    move(engine, "base")
    with engine.connect() as connection:
        left = connection.scalars(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        ).all()
    assert set(left) <= {"alembic_version", "alembic_version_pkc"}
    move(engine, "head")
    fill(0)
    rollups.refresh(engine)
    assert not mismatches(engine)


def test_readings_survive_a_step_back_and_forwards(engine: Engine) -> None:
    fill(0)
    rollups.refresh(engine)
    move(engine, "0009")
    fill(HOURS)  # pending when the step comes
    move(engine, "head")
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
