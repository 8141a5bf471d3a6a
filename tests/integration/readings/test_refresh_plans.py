"""A refresh looks up what it needs, whatever the planner believes of the tables' sizes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import Connection, Engine, bindparam, text

from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import readings, rollups
from dtbase.storage.registry.series import Resolved
from tests.factories import add_sensor, batch_of
from tests.integration.readings.against_raw import mismatches

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 6_000
OWN = ("reading_pending", "reading_hour_stored", "reading_day_stored", "reading_inside")

UNPINNED = text("""
SELECT proname FROM pg_proc
 WHERE (proname LIKE 'reading!_store%' ESCAPE '!' AND prokind = 'p' OR proname = 'reading_take')
   AND NOT coalesce(proconfig, '{}') @> '{plan_cache_mode=force_custom_plan,enable_seqscan=off}'
""")
WHOLE_SCANS = text("""
SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN :names
""").bindparams(bindparam("names", expanding=True))
OTHERS = text("""
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
""")
TIME_INDEXES = """
SELECT i.indexrelid::regclass::text
  FROM show_chunks('reading') c JOIN pg_index i ON i.indrelid = c
  JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam AND a.amname = 'brin'
"""
CHUNKS = "SELECT c::text FROM show_chunks('reading') c"


@pytest.fixture
def engine(own_environment: str) -> Engine:
    """Give each test a database of its own."""
    return get_engine()


@pytest.fixture
def series(engine: Engine) -> Resolved:
    """Register a series."""
    with transaction(engine) as session:
        return add_sensor(session, "one")["temperature"]


def fill(series: Resolved, first: int, minutes: int = MINUTES) -> None:
    """Store a reading for each of some minutes."""
    times = [START + timedelta(minutes=first + n) for n in range(minutes)]
    with transaction() as session:
        readings.write(session, batch_of(series, times, [n % 7 / 4 for n in range(minutes)]))


def is_community(engine: Engine) -> bool:
    """Tell whether the aggregates are TimescaleDB's continuous ones."""
    with transaction(engine) as session:
        return rollups.edition(session).edition == "community"


def test_what_stores_and_takes_has_its_plans_pinned(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalars(UNPINNED).all() == []


@contextmanager
def counting_alone(engine: Engine) -> Iterator[Connection]:
    """Connect when all who came before have left, and with them what they counted."""
    engine.dispose()
    with engine.connect() as connection:
        for _ in range(100):
            if not connection.scalar(OTHERS):
                break
            sleep(0.1)
        assert connection.scalar(OTHERS) == 0
        connection.rollback()
        yield connection


def whole_scans(connection: Connection) -> int:
    """Count how often tables of ours were read whole."""
    connection.execute(text("SELECT pg_stat_force_next_flush()"))
    connection.commit()
    found = int(connection.scalar(WHOLE_SCANS, {"names": OWN}) or 0)
    connection.commit()
    return found


def test_a_log_that_was_analysed_when_empty_is_not_read_whole(
    engine: Engine, series: Resolved
) -> None:
    once = 1 if is_community(engine) else 0  # what is pending is found there by its time
    fill(series, 0)
    rollups.refresh(engine)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE reading_pending"))
    fill(series, MINUTES)
    with counting_alone(engine) as connection:
        before = whole_scans(connection)
        connection.execute(text("SELECT count(*) FROM reading_pending"))
        assert whole_scans(connection) == before + 1
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("CALL reading_refresh()"))
        assert whole_scans(connection) == before + 1 + once
    assert not mismatches(engine)


def listed(engine: Engine, query: str) -> list[str]:
    """Return what a query of names finds."""
    with engine.connect() as connection:
        return list(connection.scalars(text(query)))


def test_a_refresh_leaves_no_page_out_of_the_index_of_times(
    engine: Engine, series: Resolved
) -> None:
    fill(series, 0)
    found = listed(engine, TIME_INDEXES)
    assert bool(found) == is_community(engine)  # only a native refresh asks for all series at once
    rollups.refresh(engine)
    fill(series, MINUTES)
    rollups.refresh(engine)
    with engine.begin() as connection:
        added = [
            connection.scalar(text("SELECT brin_summarize_new_values(:index)"), {"index": index})
            for index in found
        ]
    assert added == [0] * len(found)
    assert not mismatches(engine)


def test_a_refresh_does_not_wait_for_a_vacuum(engine: Engine, series: Resolved) -> None:
    fill(series, 0)
    chunks = listed(engine, CHUNKS)
    assert chunks
    with engine.begin() as vacuum:
        for chunk in chunks:
            vacuum.execute(text(f"LOCK TABLE {chunk} IN SHARE UPDATE EXCLUSIVE MODE"))
        rollups.refresh(engine)
    with transaction(engine) as session:
        assert rollups.backlog(session).pending == 0
    assert not mismatches(engine)
