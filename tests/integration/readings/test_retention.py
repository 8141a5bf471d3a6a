"""Old raw readings go, their aggregates stay, and nothing that comes late can spoil them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.readings.retention import RetentionClass
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.domain.values.queries import Automatic
from dtbase.errors import Invalid, NotFound, Unavailable
from dtbase.storage import values
from dtbase.storage.database import transaction
from dtbase.storage.readings import readings, retention, rollups
from dtbase.storage.registry.series import Resolved
from tests import asking
from tests.conftest import Servers
from tests.factories import add_sensor, batch_of, change_statistic
from tests.integration.readings.purged import (
    HORIZON,
    HOUR,
    NOW,
    START,
    STEP,
    Rows,
    Twin,
    fill,
    first_raw,
    own_database,
    rounded,
    stored,
    write,
)
from tests.threads import running, wait_for_locks
from tests.twins import eventually

Answered = tuple[TimeRange, list[float]]


@pytest.fixture
def twin(servers: Servers) -> Iterator[Twin]:
    """Give a test a twin of its own, from which nothing has been dropped."""
    with own_database(servers) as engine:
        yield Twin.make(engine)


@pytest.fixture(scope="module")
def purged(servers: Servers) -> Iterator[Twin]:
    """Return a twin that tests share, whose old temperatures have been dropped."""
    with own_database(servers) as engine:
        twin = Twin.make(engine)
        retention.apply(engine, NOW)
        yield twin


def raw_days(engine: Engine, series: Resolved) -> Rows:
    """Return the count and sum of each day, computed from raw readings."""
    query = text(
        "SELECT time_bucket('1 day', time) AS day, count(*), sum(value) FROM reading"
        " WHERE series_id = :id GROUP BY 1 ORDER BY 1"
    )
    with engine.connect() as connection:
        return rounded(connection.execute(query, {"id": series.id}).all())


def view_days(engine: Engine, series: Resolved) -> Rows:
    """Return the count and sum of each day as the view answers it."""
    return [row[1:4] for row in stored(engine, series)[1]]


def chunks(engine: Engine) -> int:
    """Count the chunks of raw readings."""
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM show_chunks('reading')")) or 0


def test_raw_readings_go_after_their_time_and_aggregates_stay(twin: Twin) -> None:
    before = stored(twin.engine, *twin.all)
    retention.apply(twin.engine, NOW)
    assert first_raw(twin.engine, twin.series["temperature"]) == HORIZON
    assert first_raw(twin.engine, twin.series["rain"]) == START
    assert stored(twin.engine, *twin.all) == before
    retention.apply(twin.engine, NOW)
    rollups.refresh(twin.engine)
    assert stored(twin.engine, *twin.all) == before


def test_what_is_still_pending_is_stored_before_it_is_dropped(twin: Twin) -> None:
    write(twin.engine, twin.series["temperature"], START + timedelta(days=3, minutes=7), 1000.0)
    before = stored(twin.engine, twin.series["temperature"])[:2]
    retention.apply(twin.engine, NOW)
    assert stored(twin.engine, twin.series["temperature"])[:2] == before


@pytest.mark.parametrize("measure", ["rain", "energy"])
def test_late_readings_of_a_long_kept_series_count_below_the_horizon_of_a_short_kept_one(
    purged: Twin, measure: str
) -> None:
    short, long = purged.series["temperature"], purged.series[measure]
    kept = stored(purged.engine, short)
    late = START + timedelta(days=10)
    write(purged.engine, long, late + timedelta(minutes=1), 500.0)
    write(purged.engine, long, late, 7.0)
    write(purged.engine, long, HORIZON + timedelta(minutes=1), 300.0)
    with transaction(purged.engine) as session:
        session.execute(
            text("DELETE FROM reading WHERE series_id = :id AND time >= :a AND time < :b"),
            {"id": long.id, "a": late + timedelta(hours=20), "b": late + timedelta(hours=30)},
        )
    expected = raw_days(purged.engine, long)
    pending = stored(purged.engine, long)
    assert view_days(purged.engine, long) == expected
    rollups.refresh(purged.engine)
    assert view_days(purged.engine, long) == expected
    assert stored(purged.engine, long) == pending
    assert stored(purged.engine, short) == kept


def test_a_second_late_change_of_the_same_hour_counts_too(purged: Twin) -> None:
    late = START + timedelta(days=10)
    for value in (500.0, 600.0):
        write(purged.engine, purged.series["rain"], late, value)
        rollups.refresh(purged.engine)
        assert view_days(purged.engine, purged.series["rain"]) == raw_days(
            purged.engine, purged.series["rain"]
        )


def test_chunks_go_when_no_series_needs_them_any_more(twin: Twin) -> None:
    before = stored(twin.engine, *twin.all)
    there = chunks(twin.engine)
    retention.apply(twin.engine, NOW)
    assert chunks(twin.engine) == there
    with transaction(twin.engine) as session:
        retention.set(session, RetentionClass(name="default", keep_days=30))
    retention.apply(twin.engine, NOW)
    assert chunks(twin.engine) < there
    assert {first_raw(twin.engine, twin.series[name]) for name in ("rain", "energy")} == {HORIZON}
    assert stored(twin.engine, *twin.all) == before


def test_a_reading_below_the_horizon_is_refused_plainly_and_spoils_nothing(purged: Twin) -> None:
    before = stored(purged.engine, *purged.all)
    batch = batch_of(purged.series["temperature"], [HORIZON, HORIZON - STEP], [1.0, 2.0])
    with (
        pytest.raises(Invalid, match="one/temperature before 2026-03-12 have been") as refused,
        transaction(purged.engine) as session,
    ):
        readings.write(session, batch)
    (violation,) = refused.value.violations
    assert (violation["series"], violation["row"]) == ("one/temperature", 1)
    assert stored(purged.engine, *purged.all) == before
    write(purged.engine, purged.series["temperature"], HORIZON, 1.0)


FORBIDDEN = [
    "INSERT INTO reading (series_id, time, value) VALUES (:id, :old, 1)",
    "UPDATE reading SET time = :old WHERE series_id = :id AND time = :new",
    "UPDATE reading SET value = 1 WHERE series_id = :id AND time = :left_over",
    "DELETE FROM reading WHERE series_id = :id AND time = :left_over",
]


def test_nothing_below_the_horizon_can_be_changed_in_sql_either(twin: Twin) -> None:
    """A reading is left over where a purge was killed before it had removed everything."""
    with twin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CALL reading_raise_horizon('short', :h)"), {"h": HORIZON})
    times = {
        "old": HORIZON - timedelta(minutes=1),
        "new": HORIZON + timedelta(hours=1),
        "left_over": HORIZON - STEP,
    }
    for statement in FORBIDDEN:
        with (
            pytest.raises(DBAPIError, match="dropped by retention") as refused,
            twin.engine.begin() as connection,
        ):
            connection.execute(text(statement), {"id": twin.series["temperature"].id, **times})
        assert getattr(refused.value.orig, "sqlstate", None) == "DT001"
    retention.apply(twin.engine, NOW)
    assert first_raw(twin.engine, twin.series["temperature"]) == HORIZON


def test_a_longer_keep_or_another_class_does_not_open_what_was_dropped(twin: Twin) -> None:
    retention.apply(twin.engine, NOW)
    with transaction(twin.engine) as session:
        retention.assign(session, "temperature", "default")
        retention.set(session, RetentionClass(name="short", keep_days=None))
    with pytest.raises(Invalid, match="dropped"):
        write(twin.engine, twin.series["temperature"], START, 1.0)


def test_a_new_sensor_may_bring_its_history_which_then_lives_on_in_aggregates(purged: Twin) -> None:
    with transaction(purged.engine) as session:
        newcomer = add_sensor(session, "two")["temperature"]
        fill(session, newcomer)
    expected = raw_days(purged.engine, newcomer)
    kept = stored(purged.engine, purged.series["temperature"])
    retention.apply(purged.engine, NOW)
    assert first_raw(purged.engine, newcomer) == HORIZON
    assert view_days(purged.engine, newcomer) == expected
    assert stored(purged.engine, purged.series["temperature"]) == kept


def test_nothing_is_dropped_while_a_refresh_is_under_way(twin: Twin) -> None:
    with twin.engine.connect() as refreshing:
        refreshing.execute(text("SELECT pg_advisory_lock('reading'::regclass::oid::int, 7231)"))
        refreshing.commit()
        with running(Thread(target=retention.apply, args=(twin.engine, NOW))):
            wait_for_locks(twin.engine, 1)
            assert first_raw(twin.engine, twin.series["temperature"]) == START
            with transaction(twin.engine) as session:
                assert retention.horizons(session, [twin.series["temperature"].id]) == {}
            refreshing.execute(text("SELECT pg_advisory_unlock_all()"))
    assert first_raw(twin.engine, twin.series["temperature"]) == HORIZON


def test_a_refresh_that_fails_leaves_no_lock_behind(twin: Twin) -> None:
    write(twin.engine, twin.series["energy"], START, 3.0)
    impatient = create_engine(twin.engine.url, connect_args={"options": "-c lock_timeout=50"})
    with twin.engine.connect() as other:
        other.execute(text("LOCK TABLE reading_inside"))
        with pytest.raises(Unavailable, match="something else holds"):
            rollups.refresh(impatient)
    eventually(lambda: nothing_is_left(twin))  # its connection is closed, and its server ends it
    impatient.dispose()


def nothing_is_left(twin: Twin) -> bool:
    rollups.refresh(twin.engine)
    with transaction(twin.engine) as session:
        return rollups.backlog(session).pending == 0


def test_a_chart_of_dropped_readings_falls_back_on_aggregates(purged: Twin) -> None:
    span = TimeRange.of(START, START + timedelta(days=2))
    automatic = Automatic(1_500, zone("UTC"), (Aggregate.MEAN,), Fill.NONE)
    with transaction(purged.engine) as session:
        plan = asking.plan(session, asking.of(purged.series["temperature"]), span, automatic)
    assert plan.bucketing == automatic.into(Bucket.parse("1h"))


def test_a_measure_that_becomes_a_counter_gains_from_its_stored_readings(twin: Twin) -> None:
    with transaction(twin.engine) as session:
        change_statistic(session, "rain", Statistic.COUNTER)
    rollups.refresh(twin.engine)
    gained = [row[1:] for row in stored(twin.engine, twin.series["rain"])[2]]
    assert gained == [row[1:] for row in stored(twin.engine, twin.series["energy"])[2]]
    assert len(gained) == 100 * 24


def test_a_dropped_measure_that_becomes_a_counter_keeps_its_aggregates(purged: Twin) -> None:
    before = stored(purged.engine, purged.series["temperature"])[:2]
    with transaction(purged.engine) as session:
        change_statistic(session, "temperature", Statistic.COUNTER)
    rollups.refresh(purged.engine)
    hours, days, gains = stored(purged.engine, purged.series["temperature"])
    assert (hours, days) == before
    assert gains[0][1] == HORIZON


def test_a_statistic_that_a_measure_cannot_carry_is_refused(purged: Twin) -> None:
    with transaction(purged.engine) as session:
        add_sensor(session)
    for name, statistic in (("state", Statistic.COUNTER), ("rain", Statistic.CIRCULAR)):
        with pytest.raises(Invalid, match=str(statistic)), transaction(purged.engine) as session:
            change_statistic(session, name, statistic)
    with pytest.raises(NotFound), transaction(purged.engine) as session:
        change_statistic(session, "nothing", Statistic.MEAN)


def test_unknown_classes_and_measures_are_refused(purged: Twin) -> None:
    for measure, name in (("temperature", "nothing"), ("nothing", "default")):
        with pytest.raises(NotFound), transaction(purged.engine) as session:
            retention.assign(session, measure, name)


def ask(twin: Twin, start: datetime, end: datetime, bucket: str, zone: str = "UTC") -> Answered:
    """Return the range that a query of counts of temperatures covers, and the counts."""
    how = Bucketing(Bucket.parse(bucket), ZoneInfo(zone), (Aggregate.COUNT,), Fill.NONE)
    wanted = asking.of(twin.series["temperature"])
    with transaction(twin.engine) as session:
        plan = asking.plan(session, wanted, TimeRange.of(start, end), how)
        (found,) = values.read(session, plan)
    return plan.span, found.values[Aggregate.COUNT].tolist()


HALF = timedelta(minutes=30)


def test_below_the_horizon_ranges_are_widened_to_the_whole_hours_that_are_left(
    purged: Twin,
) -> None:
    span, counts = ask(purged, START + HALF, START + 3 * HOUR + HALF, "1h")
    assert span == TimeRange.of(START, START + 4 * HOUR)
    assert counts == [3.0] * 4
    span, counts = ask(purged, START + HALF, HORIZON + HALF, "1d")
    assert span == TimeRange.of(START, HORIZON + HALF)
    assert counts == [72.0] * 70 + [2.0]


def test_above_the_horizon_ranges_stay_as_they_are(purged: Twin) -> None:
    span, counts = ask(purged, HORIZON + HALF, HORIZON + HOUR + HALF, "1h")
    assert span == TimeRange.of(HORIZON + HALF, HORIZON + HOUR + HALF)
    assert counts == [1.0, 2.0]


@pytest.mark.parametrize(
    ("bucket", "zone"), [("10m", "UTC"), ("90m", "UTC"), ("1d", "Asia/Kolkata")]
)
def test_what_only_dropped_readings_could_tell_is_refused(
    purged: Twin, bucket: str, zone: str
) -> None:
    with pytest.raises(Invalid, match="before 2026-03-12 have been dropped by retention"):
        ask(purged, HORIZON - HALF, HORIZON + HOUR, bucket, zone)
    assert ask(purged, HORIZON, HORIZON + HOUR, bucket, zone)[1]
