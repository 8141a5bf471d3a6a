"""Readings grow old: compressed where the edition can, exact all the same, and dropped."""

from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, event, text
from typer.testing import CliRunner

from dtbase.cli import app
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.readings.retention import RetentionClass
from dtbase.domain.readings.storage import StorageStatus
from dtbase.domain.services.service_runs import NewServiceRun
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import lifecycle, readings, retention, rollups
from dtbase.storage.registry.series import Resolved
from dtbase.storage.services import service_runs
from jobs import tasks
from jobs.services import catalogue
from tests.factories import add_sensor, batch_of
from tests.integration.readings.against_raw import mismatches

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 100
NOW = START + timedelta(days=DAYS)


@pytest.fixture
def engine(own_environment: str) -> Engine:
    """Give each test a database of its own."""
    return get_engine()


@pytest.fixture
def series(engine: Engine) -> Resolved:
    """Return a series with a hundred days of readings, stored and compressed where possible."""
    with transaction() as session:
        found = add_sensor(session, "one")["temperature"]
        times = [START + timedelta(minutes=5 * n) for n in range(DAYS * 288)]
        readings.write(session, batch_of(found, times, [n % 7 / 4 for n in range(len(times))]))
    rollups.refresh(engine)
    lifecycle.compress(engine, NOW - timedelta(days=30))
    analyse(engine)
    return found


def analyse(engine: Engine) -> None:
    """Let PostgreSQL count its rows."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def status() -> StorageStatus:
    """Describe how the data is stored."""
    with transaction() as session:
        return lifecycle.status(session)


def chunks(kind: bool) -> int:
    """Count the compressed or the uncompressed chunks of readings."""
    tables = [t for t in status().tables if t.name == "reading" and t.compressed is kind]
    return sum(table.chunks or 0 for table in tables)


def test_old_chunks_are_compressed_on_community_and_left_alone_on_apache(series: Resolved) -> None:
    described = status()
    readings_stored = [table for table in described.tables if table.name == "reading"]
    assert sum(table.rows or 0 for table in readings_stored) == pytest.approx(DAYS * 288, rel=0.1)
    if described.edition == "apache":
        assert chunks(True) == 0
    else:
        packed, loose = (
            next(table.bytes_per_row for table in readings_stored if table.compressed is kind)
            for kind in (True, False)
        )
        assert chunks(True) == 3
        assert packed is not None
        assert loose is not None
        assert packed < loose / 3


def test_late_readings_in_compressed_chunks_count_and_are_compressed_next_time(
    engine: Engine, series: Resolved
) -> None:
    before = chunks(True)
    late = [START + timedelta(minutes=5 * n) for n in range(300)]
    with transaction() as session:
        counts = readings.write(session, batch_of(series, late, [50.0] * len(late)))
        new = [time + timedelta(minutes=1) for time in late]
        readings.write(session, batch_of(series, new, [60.0] * len(new)))
        session.execute(
            text("DELETE FROM reading WHERE series_id = :id AND time >= :a AND time < :b"),
            {"id": series.id, "a": START + timedelta(days=2), "b": START + timedelta(days=2.5)},
        )
    assert counts.replaced == len(late)
    assert mismatches(engine) == 0
    rollups.refresh(engine)
    assert mismatches(engine) == 0
    lifecycle.compress(engine, NOW - timedelta(days=30))
    assert chunks(True) == before
    assert mismatches(engine) == 0


def test_a_late_import_may_replace_any_number_of_compressed_readings(
    engine: Engine, series: Resolved
) -> None:
    """TimescaleDB refuses over 100,000 in one statement unless it is told not to."""
    with transaction() as session:
        others = [add_sensor(session)["temperature"] for _ in range(5)]
        times = [START + timedelta(minutes=2 * n) for n in range(21_000)]
        for other in others:
            readings.write(session, batch_of(other, times, [1.0] * len(times)))
    lifecycle.compress(engine, NOW - timedelta(days=30))
    with engine.begin() as connection:
        replaced = connection.execute(
            text("UPDATE reading SET value = 2 WHERE series_id = ANY (:ids)"),
            {"ids": [other.id for other in others]},
        )
    assert replaced.rowcount == 105_000
    assert mismatches(engine) == 0


def test_old_readings_go_from_compressed_chunks_and_aggregates_stay(
    engine: Engine, series: Resolved
) -> None:
    with transaction() as session:
        rain = add_sensor(session, "two")["rain"]
        readings.write(session, batch_of(rain, [START], [1.0]))
        retention.set(session, RetentionClass(name="short", keep_days=45))
        retention.assign(session, "temperature", "short")
    lifecycle.maintain(engine, NOW, timedelta(days=30))
    with engine.connect() as connection:
        oldest = connection.scalar(
            text("SELECT min(time) FROM reading WHERE series_id = :id"), {"id": series.id}
        )
        hours = connection.scalar(
            text("SELECT sum(n) FROM reading_hour WHERE series_id = :id"), {"id": series.id}
        )
    assert oldest == NOW - timedelta(days=45)
    assert hours == DAYS * 288


def test_the_nightly_service_maintains_the_storage(series: Resolved) -> None:
    runner = CliRunner()
    for command in ("set default --keep 30d", "assign rain default"):
        result = runner.invoke(app, ["storage", "retention", *command.split()])
        assert result.exit_code == 0, result.output
    catalogue.register()
    with transaction() as session:
        run = service_runs.create(session, "maintain-storage", NewServiceRun())
    tasks.run_service(run.id)
    with transaction() as session:
        assert service_runs.get(session, run.id).status is RunStatus.SUCCEEDED
    (kept,) = status().retention
    assert kept.raw_from is not None
    assert kept.raw_from > datetime.now(UTC) - timedelta(days=31)


def test_the_status_is_told_in_a_table_and_in_json(series: Resolved) -> None:
    runner = CliRunner()
    told = runner.invoke(app, ["storage", "status"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    for word in ("TimescaleDB", "reading", "bytes/row", "default", "forever"):
        assert word in told.output
    as_json = runner.invoke(app, ["storage", "status", "--json"])
    described = StorageStatus.model_validate_json(as_json.output)
    assert described.edition in {"apache", "community"}
    assert described.pending.pending == 0


def test_classes_are_listed_and_changed_on_the_command_line(engine: Engine) -> None:
    with transaction() as session:
        add_sensor(session)
    runner = CliRunner()
    for command in ("set short --keep 26w", "assign rain short", "set default --keep forever"):
        result = runner.invoke(app, ["storage", "retention", *command.split()])
        assert result.exit_code == 0, result.output
    listed = runner.invoke(app, ["storage", "retention", "list"], env={"COLUMNS": "200"})
    assert "182 days" in listed.output
    wrong = runner.invoke(app, ["storage", "retention", "set", "short", "--keep", "two years"])
    assert wrong.exit_code == 2


def test_late_readings_count_when_even_the_aggregates_are_compressed(
    engine: Engine, series: Resolved
) -> None:
    lifecycle.compress(engine, NOW + timedelta(days=400))
    for turn in range(3):
        late = [START + timedelta(hours=7 * n + turn) for n in range(200)]
        with transaction() as session:
            readings.write(session, batch_of(series, late, [70.0 + turn] * len(late)))
        rollups.refresh(engine)
        assert mismatches(engine) == 0


def test_a_chunk_that_is_written_to_is_left_and_the_others_are_compressed(
    engine: Engine, series: Resolved
) -> None:
    community = status().edition == "community"
    late = [START + timedelta(days=n, minutes=1) for n in range(60)]
    with transaction() as session:
        readings.write(session, batch_of(series, late, [70.0] * len(late)))
    with engine.begin() as writer:
        writer.execute(
            text("UPDATE reading SET value = 71 WHERE series_id = :id AND time = :time"),
            {"id": series.id, "time": late[0]},
        )
        oldest = writer.scalar(text("SELECT show_chunks('reading') LIMIT 1"))
        writer.execute(text(f"LOCK TABLE {oldest}"))
        left = lifecycle.compress(engine, NOW - timedelta(days=30), timedelta(seconds=1))
    assert left == (1 if community else 0)
    assert lifecycle.compress(engine, NOW - timedelta(days=30)) == 0
    assert mismatches(engine) == 0


def test_compression_beside_writers_goes_on_to_the_end(engine: Engine, series: Resolved) -> None:
    stopping, failures = Event(), []

    def keep_writing(offset: int) -> None:
        for turn in count():
            if stopping.is_set():
                return
            times = [START + timedelta(minutes=5 * (n + offset)) for n in range(0, 17_000, 2_000)]
            try:
                with transaction() as session:
                    readings.write(session, batch_of(series, times, [float(turn)] * len(times)))
            except Exception as error:
                failures.append(error)
                return

    writers = [Thread(target=keep_writing, args=(offset,)) for offset in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(2):
            lifecycle.compress(engine, NOW - timedelta(days=30), timedelta(milliseconds=500))
    finally:
        stopping.set()
        for writer in writers:
            writer.join()
    assert not failures
    assert lifecycle.compress(engine, NOW - timedelta(days=30)) == 0
    rollups.refresh(engine)
    assert mismatches(engine) == 0


def test_a_refresh_keeps_its_notes_out_of_the_servers_log_and_gives_the_setting_back(
    engine: Engine, series: Resolved
) -> None:
    if status().edition == "apache":
        expected = 0
    else:
        with engine.connect() as connection:
            allowed = "SELECT has_parameter_privilege('log_min_messages', 'SET')::int"
            expected = connection.scalar(text(allowed))
    seen = []
    event.listen(
        engine, "after_cursor_execute", lambda *given: seen.append(given[2].strip().split()[0])
    )
    rollups.refresh(engine)
    assert seen.count("RESET") == expected
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW log_min_messages")) == "warning"
