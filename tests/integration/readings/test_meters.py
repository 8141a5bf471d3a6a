"""Whatever is written, deleted or comes late, levels and meters equal plain Python's answer."""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.database import transaction
from dtbase.storage.readings import deletions, readings, rollups
from tests import asking
from tests.conftest import Servers
from tests.factories import batch_of
from tests.integration.readings import meters_model
from tests.integration.readings.meters import KINDS, MINUTES, START, ZONES, Twin, own_database


@pytest.fixture(scope="module")
def engine(servers: Servers) -> Iterator[Engine]:
    """Give the module a database that its tests may commit to."""
    with own_database(servers) as engine:
        yield engine


minutes = st.integers(0, MINUTES - 1)
numbers = st.sampled_from([0.0, 0.5, 10.0, 10.5, 11.0, 400.0, 401.0, 402.5, 900.0, 999.0])
writes = st.tuples(st.just("write"), st.lists(st.tuples(minutes, numbers), min_size=1, max_size=30))
grown = st.tuples(st.just("grow"), minutes, st.integers(1, 90), st.integers(2, 80))
deletes = st.tuples(st.just("delete"), minutes, st.integers(1, 30 * 60))
refreshes = st.tuples(st.just("refresh"))
operations = st.lists(st.one_of(writes, grown, grown, deletes, refreshes), min_size=1, max_size=8)


@pytest.mark.parametrize("measure", KINDS)
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=operations,
    span=st.tuples(minutes, st.integers(1, MINUTES)),
    bucket=st.sampled_from(["10m", "30m", "1h", "3h", "6h", "1d", "1w"]),
    zone=st.sampled_from(ZONES),
)
def test_every_read_is_exact_after_every_change(
    engine: Engine,
    measure: str,
    steps: list[tuple[object, ...]],
    span: tuple[int, int],
    bucket: str,
    zone: str,
) -> None:
    twin = Twin.of(engine, measure)
    start = START + timedelta(minutes=span[0])
    some = (start, start + timedelta(minutes=span[1]))
    whole = (START - timedelta(days=2), START + timedelta(days=4))
    for name, *arguments in steps:
        getattr(twin, str(name))(*arguments)
        twin.check(some, bucket, ZoneInfo(zone))
    twin.check(whole, "1h", ZoneInfo("UTC"))
    twin.refresh()
    twin.check(whole, "1d", ZoneInfo("UTC"))
    twin.check(some, bucket, ZoneInfo(zone))


class Crowd:
    """Four writers, a deleter and a refresher that work on the same series at once."""

    ROUNDS = 8

    def __init__(self, engine: Engine, twins: list[Twin]) -> None:
        self.engine, self.twins = engine, twins
        self.done = Event()
        self.failures: list[Exception] = []

    def run(self) -> None:
        """Let all of them work until the writers and the deleter have ended."""
        ending = [Thread(target=self.guard, args=(self.write, number)) for number in range(4)]
        ending.append(Thread(target=self.guard, args=(self.delete, 0)))
        refresher = Thread(target=self.guard, args=(self.refresh, 0))
        for thread in (*ending, refresher):
            thread.start()
        for thread in ending:
            thread.join(timeout=120)
        self.done.set()
        refresher.join(timeout=120)
        assert not self.failures

    def guard(self, work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except Exception as error:
            self.failures.append(error)

    def write(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - the same each time
        for _ in range(self.ROUNDS):
            for twin in self.twins:
                first = chance.randrange(MINUTES)
                times = [START + timedelta(minutes=first + 7 * n) for n in range(40)]
                stands = [chance.choice([400.0, 0.0, 401.0, 402.0 + n]) for n in range(40)]
                with transaction(self.engine) as session:
                    readings.write(session, batch_of(twin.series, times, stands))

    def delete(self, _: int) -> None:
        chance = random.Random(99)  # noqa: S311 - the same each time
        for _ in range(self.ROUNDS):
            for twin in self.twins:
                start = START + timedelta(minutes=chance.randrange(MINUTES))
                span = TimeRange.of(start, start + timedelta(hours=5))
                with transaction(self.engine) as session:
                    deletions.delete(session, twin.series, span)

    def refresh(self, _: int) -> None:
        while not self.done.is_set():
            rollups.refresh(self.engine)


def test_four_writers_a_deleter_and_the_refresh_at_once_leave_every_read_exact(
    engine: Engine,
) -> None:
    twins = [Twin.of(engine, measure) for measure in KINDS]
    Crowd(engine, twins).run()
    span = (START - timedelta(days=1), START + timedelta(days=3))
    for twin in twins:
        with engine.connect() as connection:
            rows = connection.execute(
                text("SELECT time, value FROM reading WHERE series_id = :id"),
                {"id": twin.series.id},
            )
            twin.held = {time.astimezone(UTC): value for time, value in rows}
        assert twin.held
    for _ in range(2):
        for twin in twins:
            for bucket, zone in (("1h", "UTC"), ("1d", "UTC"), ("6h", "Australia/Lord_Howe")):
                twin.check(span, bucket, ZoneInfo(zone))
        rollups.refresh(engine)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    points=st.dictionaries(minutes, st.sampled_from(["off", "heat", "cool"]), min_size=1),
    span=st.tuples(minutes, st.integers(1, MINUTES)),
    bucket=st.sampled_from(["10m", "1h", "6h", "1d"]),
    zone=st.sampled_from(ZONES),
)
def test_states_are_told_minute_by_minute(
    engine: Engine, points: dict[int, str], span: tuple[int, int], bucket: str, zone: str
) -> None:
    twin = Twin.of(engine, "mode")
    times = [START + timedelta(minutes=minute) for minute in points]
    with transaction(engine) as session:
        readings.write(session, batch_of(twin.series, times, [*points.values()]))
    start = START + timedelta(minutes=span[0])
    end = start + timedelta(minutes=span[1])
    names = (Aggregate.TIME, Aggregate.CHANGES, Aggregate.LAST, Aggregate.COUNT)
    how = Bucketing(Bucket.parse(bucket), ZoneInfo(zone), names, Fill.NONE)
    with transaction(engine) as session:
        (found,) = asking.read(session, asking.of(twin.series), TimeRange.of(start, end), how)
    answers = {
        time.replace(tzinfo=UTC): {name: found.values[name][place] for name in found.values}
        for place, time in enumerate(found.times.astype(datetime))
    }
    held = dict(zip(times, points.values(), strict=True))
    expected = meters_model.states(held, (start, end), bucket, ZoneInfo(zone), timedelta(hours=9))
    assert answers == {start: with_all(each, found.values) for start, each in expected.items()}


def with_all(answer: dict[str, object], names: Iterable[str]) -> dict[str, object]:
    """Return an answer with a time for every state of the range."""
    return {name: answer.get(name, 0.0) for name in names}
