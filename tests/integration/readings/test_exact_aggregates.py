"""Whatever is written, replaced, deleted or comes late, every read equals plain Python's answer."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import errors as pg
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.timeranges import TimeRange
from dtbase.storage import values
from dtbase.storage.database import driver_url, transaction
from dtbase.storage.readings import readings, rollups
from dtbase.storage.readings.readings import OnConflict
from dtbase.storage.registry.series import Resolved
from tests import asking
from tests.conftest import Servers
from tests.databases import fresh_database
from tests.factories import add_sensor, batch_of
from tests.integration.readings import model
from tests.integration.readings.against_raw import mismatches
from tests.integration.readings.mirror import Mirror, assert_equal
from tests.threads import running, wait_for_locks

START = datetime(2026, 3, 7, tzinfo=UTC)
"""The day before New York's clocks go forward."""

MINUTES = 3 * 24 * 60
ALL = model.PLAIN
ZONES = [ZoneInfo(name) for name in ("UTC", "America/New_York", "Europe/London", "Asia/Kolkata")]
NUMBERED = count()


@pytest.fixture(scope="module")
def own_engine(servers: Servers) -> Iterator[Engine]:
    """Give the module a database that its tests may commit to."""
    with fresh_database(driver_url(servers.database_url)) as address:
        engine = create_engine(address, pool_size=10)
        yield engine
        engine.dispose()


minutes = st.integers(0, MINUTES - 1)
numbers = st.sampled_from([0.0, 1.0, 2.5, -3.0, 10.0, 90.0, 270.0, 359.5])
writes = st.tuples(
    st.just("write"),
    st.lists(st.tuples(minutes, numbers), min_size=1, max_size=30),
    st.sampled_from([OnConflict.REPLACE, OnConflict.KEEP]),
)
deletes = st.tuples(st.just("delete"), minutes, st.integers(1, 36 * 60))
refreshes = st.tuples(st.just("refresh"))
operations = st.lists(st.one_of(writes, writes, deletes, refreshes), min_size=1, max_size=10)


class Twin(Mirror):
    """One series in the database and the same readings in a dictionary."""

    start = START

    def write(self, points: list[tuple[int, float]], on_conflict: OnConflict) -> None:
        """Write points to both."""
        times = [START + timedelta(minutes=minute) for minute, _ in points]
        batch = batch_of(self.series, times, [value for _, value in points])
        with transaction(self.engine) as session:
            counts = readings.write(session, batch, on_conflict)
        assert counts.received == len(points)
        for time, (_, value) in zip(times, points, strict=True):
            if on_conflict is OnConflict.REPLACE or time not in self.held:
                self.held[time] = value

    def check(self, span: tuple[datetime, datetime], bucket: str, zone: ZoneInfo) -> None:
        """Compare every aggregate of every bucket."""
        how = Bucketing(Bucket.parse(bucket), zone, ALL, Fill.NONE)
        with transaction(self.engine) as session:
            asked = TimeRange.of(*span)
            (found,) = asking.read(session, asking.of(self.series), asked, how)
        expected = model.bucketed(self.held, span, bucket, zone, self.series.statistic)
        starts = [time.replace(tzinfo=UTC) for time in found.times.astype(datetime)]
        assert starts == list(expected)
        for place, answer in enumerate(expected.values()):
            for name in ALL:
                assert_equal(float(found.values[name][place]), answer[name], name, self.series)


@pytest.mark.parametrize("measure", ["temperature", "rain", "direction"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=operations,
    span=st.tuples(minutes, st.integers(1, MINUTES)),
    bucket=st.sampled_from(["10m", "30m", "1h", "3h", "6h", "12h", "1d", "1w", "1mo"]),
    zone=st.sampled_from(ZONES[:3]),
)
@example(  # the hour in which the range begins holds nothing before it, but more after it
    steps=[("write", [(61, 1.0), (62, 0.0)], OnConflict.REPLACE)],
    span=(61, 1),
    bucket="10m",
    zone=ZONES[0],
)
def test_every_read_is_exact_after_every_change(
    own_engine: Engine,
    measure: str,
    steps: list[tuple[object, ...]],
    span: tuple[int, int],
    bucket: str,
    zone: ZoneInfo,
) -> None:
    with transaction(own_engine) as session:
        series = add_sensor(session)[measure]
    twin = Twin(own_engine, series)
    start = START + timedelta(minutes=span[0])
    some = (start, start + timedelta(minutes=span[1]))
    whole = (START - timedelta(days=40), START + timedelta(days=40))
    for name, *arguments in steps:
        getattr(twin, str(name))(*arguments)
        twin.check(some, bucket, zone)
    twin.check(whole, "1h", ZONES[0])
    twin.check(whole, "1d", ZONES[0])


def test_an_hour_is_cut_at_the_half_in_a_zone_with_a_half_hour_offset(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        series = add_sensor(session)["temperature"]
        times = [START + timedelta(minutes=minute) for minute in range(0, 120, 10)]
        readings.write(session, batch_of(series, times, [float(n) for n in range(12)]))
        how = Bucketing(Bucket.parse("1h"), ZONES[3], (Aggregate.COUNT,), Fill.NONE)
        span = TimeRange.of(START, START + timedelta(hours=2))
        plan = asking.plan(session, asking.of(series), span, how)
        (found,) = values.read(session, plan)
    assert found.values["count"].tolist() == [3, 6, 3]
    assert plan.grain == "raw"


class Crowd:
    """Writers, a deleter and a refresher that work on the same series at once."""

    def __init__(self, engine: Engine, series: list[Resolved]) -> None:
        self.engine = engine
        self.series = series
        self.done = Event()
        self.failures: list[Exception] = []

    def threads(self) -> list[Thread]:
        """Return those that end by themselves."""
        writers = [Thread(target=self.guard, args=(self.write, number)) for number in range(4)]
        return [*writers, Thread(target=self.guard, args=(self.delete,))]

    def guard(self, work: Callable[..., None], *arguments: int) -> None:
        """Do the work and keep what goes wrong."""
        try:
            work(*arguments)
        except Exception as error:
            self.failures.append(error)

    def write(self, writer: int) -> None:
        """Write overlapping batches of all series."""
        for turn in range(20):
            times = [START + timedelta(minutes=(turn * 37 + n * 11) % 2880) for n in range(40)]
            values = [float(writer + turn + n) for n in range(40)]
            order = self.series[:: 1 if writer % 2 else -1]
            parts = [batch_of(one, times, values).segments for one in order]
            with transaction(self.engine) as session:
                readings.write(session, Batch(sum(parts, ())))

    def delete(self) -> None:
        """Delete an hour and a half here and there."""
        for turn in range(15):
            series = self.series[turn % len(self.series)]
            Twin(self.engine, series).delete(turn * 97 % 2880, 90)

    def refresh(self) -> None:
        """Refresh until the others are done."""
        while not self.done.is_set():
            rollups.refresh(self.engine)


def test_reads_stay_exact_while_writers_a_deleter_and_the_refresh_run_at_once(
    own_engine: Engine,
) -> None:
    with transaction(own_engine) as session:
        series = [add_sensor(session)["temperature"] for _ in range(3)]
    crowd = Crowd(own_engine, series)
    refresher = Thread(target=crowd.guard, args=(crowd.refresh,))
    refresher.start()
    with running(*crowd.threads()):
        seen = [mismatches(own_engine) for _ in range(10)]
    crowd.done.set()
    refresher.join(timeout=60)
    rollups.refresh(own_engine)
    assert crowd.failures == []
    assert seen == [0] * 10
    assert mismatches(own_engine) == 0
    with transaction(own_engine) as session:
        assert rollups.backlog(session).pending == 0


LOCK = text("UPDATE reading SET value = value + 1 WHERE series_id = :id AND time = :time")


def test_a_write_that_falls_victim_to_a_deadlock_is_tried_again(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        series = add_sensor(session)["temperature"]
    twin = Twin(own_engine, series)
    twin.write([(0, 1.0), (1, 2.0)], OnConflict.REPLACE)
    while not falls_victim(twin, [(0, 5.0), (1, 6.0)]):
        twin.write([(0, 1.0), (1, 2.0)], OnConflict.REPLACE)
    twin.check((START, START + timedelta(hours=1)), "10m", ZONES[0])


def falls_victim(twin: Twin, write: list[tuple[int, float]]) -> bool:
    """Write what ends in a deadlock; False where the other one fell victim to it.

    Whoever has waited for a second looks whether there is a circle, and leaves it: mostly the
    writer, who waits first, but on a slow machine the circle may close too late for that.
    """
    early, late = START, START + timedelta(minutes=1)
    with twin.engine.connect() as other:
        other.execute(LOCK, {"id": twin.series.id, "time": late})
        with running(Thread(target=twin.write, args=(write, OnConflict.REPLACE))):
            wait_for_locks(twin.engine, 1)
            try:
                other.execute(LOCK, {"id": twin.series.id, "time": early})
                other.commit()
            except OperationalError as error:
                if not isinstance(error.orig, pg.DeadlockDetected):
                    raise
                other.rollback()
                return False
    return True


def test_the_largest_and_smallest_numbers_do_not_hold_up_the_refresh(own_engine: Engine) -> None:
    values = [1e150, -1e150, 1e150, 1e-150, -1e-150, 0.0] * 20
    times = [START + timedelta(minutes=30 * n) for n in range(len(values))]
    with transaction(own_engine) as session:
        found = add_sensor(session)
        for name in ("temperature", "rain", "energy", "direction"):
            readings.write(session, batch_of(found[name], times, values))
    rollups.refresh(own_engine)
    with transaction(own_engine) as session:
        assert rollups.backlog(session).pending == 0
