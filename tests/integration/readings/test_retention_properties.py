"""Whatever is written, deleted, refreshed, compressed and dropped, aggregates remember it all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text

from dtbase.domain.readings.retention import RetentionClass
from dtbase.domain.registry.measures import Statistic
from dtbase.errors import Invalid
from dtbase.storage.database import driver_url, transaction
from dtbase.storage.readings import lifecycle, readings, retention, rollups
from dtbase.storage.registry.series import Resolved
from tests.conftest import Servers
from tests.databases import fresh_database
from tests.factories import add_sensor, batch_of
from tests.integration.readings import model

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
START = datetime(2000, 1, 1, tzinfo=UTC)
APART = timedelta(days=120)
"""Examples lie so far apart that one's horizons are below the next one's readings."""

NUMBERED = count()
DAYS = 50
"""More than a chunk, so that chunks are dropped too."""

DAY_MINUTES = 24 * 60
ZONE = ZoneInfo("UTC")
KEEP = {"temperature": 10, "rain": 30}

minutes = st.one_of(
    st.integers(0, DAYS * DAY_MINUTES - 1),
    st.builds(
        lambda day, minute: day * DAY_MINUTES + minute,
        st.sampled_from([3, 33]),
        st.integers(0, 180),
    ),
)
names = st.sampled_from([*KEEP, "direction"])
values = st.sampled_from([0.0, 1.5, -3.0, 90.0, 359.5])
points = st.lists(st.tuples(minutes, values), min_size=1, max_size=20)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), names, points),
        st.tuples(st.just("write"), names, points),
        st.tuples(st.just("delete"), names, minutes, st.integers(1, 5 * DAY_MINUTES)),
        st.tuples(st.just("refresh")),
        st.tuples(st.just("compress"), st.integers(0, DAYS + 40)),
        st.tuples(st.just("drop"), st.integers(0, DAYS + 35)),
    ),
    min_size=2,
    max_size=12,
)


@pytest.fixture(scope="module")
def own_engine(servers: Servers) -> Iterator[Engine]:
    """Give the module a database that its tests may commit to."""
    with fresh_database(driver_url(servers.database_url)) as address:
        engine = create_engine(address)
        with transaction(engine) as session:
            add_sensor(session)
            for name, days in KEEP.items():
                retention.set(session, RetentionClass(name=name, keep_days=days))
                retention.assign(session, name, name)
        yield engine
        engine.dispose()


@dataclass
class Remembered:
    """A series, everything it was ever told, and from when on its raw readings are there."""

    series: Resolved
    start: datetime
    held: model.Readings = field(default_factory=dict)
    horizon: datetime = LONG_AGO

    def write(self, engine: Engine, points: list[tuple[int, float]]) -> None:
        """Write to both, or see it refused."""
        times = [self.start + timedelta(minutes=minute) for minute, _ in points]
        batch = batch_of(self.series, times, [value for _, value in points])
        if min(times) < self.horizon:
            with pytest.raises(Invalid, match="dropped"), transaction(engine) as session:
                readings.write(session, batch)
            return
        with transaction(engine) as session:
            readings.write(session, batch)
        self.held.update(zip(times, [value for _, value in points], strict=True))

    def delete(self, engine: Engine, start: datetime, end: datetime) -> None:
        """Delete a range from both: below the horizon there is nothing left to delete."""
        with transaction(engine) as session:
            session.execute(
                text("DELETE FROM reading WHERE series_id = :id AND time >= :a AND time < :b"),
                {"id": self.series.id, "a": start, "b": end},
            )
        first = max(start, self.horizon)
        self.held = {time: v for time, v in self.held.items() if not first <= time < end}

    def drop(self, horizon: datetime) -> None:
        """Forget the raw readings before a horizon, if there are any."""
        if any(self.horizon <= time < horizon for time in self.held):
            self.horizon = max(self.horizon, horizon)

    def check(self, engine: Engine) -> None:
        """Compare what the views and the raw table hold."""
        span = (self.start, self.start + timedelta(days=DAYS))
        for view, bucket in (("reading_hour", "1h"), ("reading_day", "1d")):
            expected = model.bucketed(self.held, span, bucket, ZONE, Statistic.MEAN)
            assert read(engine, view, self.series) == [
                (start, each["count"], pytest.approx(each["sum"]), each["min"], each["max"])
                for start, each in expected.items()
            ]
        raw = sorted(time for time in self.held if time >= self.horizon)
        assert raw_times(engine, self.series) == raw


def read(engine: Engine, view: str, series: Resolved) -> list[tuple[object, ...]]:
    """Return what a view answers."""
    query = f"SELECT bucket, n, sum, min, max FROM {view} WHERE series_id = :id ORDER BY 1"  # noqa: S608
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"id": series.id})]


def raw_times(engine: Engine, series: Resolved) -> list[datetime]:
    """Return the times of the raw readings."""
    query = text("SELECT time FROM reading WHERE series_id = :id ORDER BY 1")
    with engine.connect() as connection:
        return list(connection.scalars(query, {"id": series.id}))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps)
def test_aggregates_remember_what_was_dropped_and_count_what_comes_late(
    own_engine: Engine, steps: list[tuple[object, ...]]
) -> None:
    with transaction(own_engine) as session:
        found = add_sensor(session)
    start = START + next(NUMBERED) * APART
    twin = {name: Remembered(found[name], start) for name in (*KEEP, "direction")}
    for step in steps:
        take(own_engine, twin, start, step)
        for each in twin.values():
            each.check(own_engine)
    rollups.refresh(own_engine)
    for each in twin.values():
        each.check(own_engine)


def take(
    engine: Engine, twin: dict[str, Remembered], base: datetime, step: tuple[object, ...]
) -> None:
    """Take one step."""
    match step:
        case ("write", str(name), list(points)):
            twin[name].write(engine, points)
        case ("delete", str(name), int(first), int(length)):
            start = base + timedelta(minutes=first)
            twin[name].delete(engine, start, start + timedelta(minutes=length))
        case ("compress", int(day)):
            lifecycle.compress(engine, base + timedelta(days=day))
        case ("drop", int(day)):
            now = base + timedelta(days=day, hours=7)
            retention.apply(engine, now)
            for name, days in KEEP.items():
                twin[name].drop(base + timedelta(days=day - days))
        case _:
            rollups.refresh(engine)
