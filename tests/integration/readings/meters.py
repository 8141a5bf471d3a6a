"""Levels, meters and states in the database, and the same readings in a dictionary."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Engine, create_engine

from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.measures import Datatype, Measure, Options, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.database import driver_url, transaction
from dtbase.storage.readings import readings
from dtbase.storage.registry import sensor_types, sensors, series
from tests import asking
from tests.conftest import Servers
from tests.databases import fresh_database
from tests.factories import batch_of
from tests.integration.readings import meters_model, model
from tests.integration.readings.mirror import Mirror

START = datetime(2026, 3, 7, tzinfo=UTC)
"""The day before New York's clocks go forward."""

MINUTES = 2 * 24 * 60
KINDS = {
    "level": (Statistic.LEVEL, None),
    "level_of_minutes": (Statistic.LEVEL, Options(holds="40m")),
    "counter": (Statistic.COUNTER, None),
    "counter_with_top": (Statistic.COUNTER, Options(top=1000.0)),
    "counter_with_rate": (Statistic.COUNTER, Options(rate=300.0, dip=1.0)),
    "counter_with_resets": (
        Statistic.COUNTER,
        Options(resets=[START + timedelta(hours=hour) for hour in (7.5, 24, 40.25)]),
    ),
    "counter_of_each_day": (
        Statistic.COUNTER,
        Options(restarts="day", timezone="Asia/Kolkata"),
    ),
    "net": (Statistic.NET, None),
    "net_of_each_day": (Statistic.NET, Options(restarts="day")),
}
TRUTHS = {"door": None, "door_of_minutes": Options(holds="40m")}
MODE = Measure(
    name="mode",
    datatype=Datatype.STRING,
    statistic=Statistic.STATE,
    options=Options(holds="9h"),
)
TYPE = SensorType(
    name="meters",
    measures=(
        *(
            Measure(name=name, statistic=statistic, options=options)
            for name, (statistic, options) in KINDS.items()
        ),
        *(
            Measure(
                name=name, datatype=Datatype.BOOLEAN, statistic=Statistic.STATE, options=options
            )
            for name, options in TRUTHS.items()
        ),
        MODE,
    ),
)
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]


@contextmanager
def own_database(servers: Servers) -> Iterator[Engine]:
    """Make a database of levels, meters and states that tests may commit to."""
    with fresh_database(driver_url(servers.database_url)) as address:
        engine = create_engine(address, pool_size=10)
        with transaction(engine) as session:
            sensor_types.add(session, TYPE)
        yield engine
        engine.dispose()


class Twin(Mirror):
    """One series in the database and the same readings in a dictionary."""

    start = START

    @classmethod
    def of(cls, engine: Engine, measure: str) -> "Twin":
        name = f"m-{uuid4().hex[:12]}"
        with transaction(engine) as session:
            sensors.add(session, NewSensor(identifier=name, type=TYPE.name))
            (one,) = series.find(session, [(name, measure)]).values()
        return cls(engine, one)

    def write(self, points: list[tuple[int, float]]) -> None:
        """Write points to both."""
        times = [START + timedelta(minutes=minute) for minute, _ in points]
        with transaction(self.engine) as session:
            values = [value for _, value in points]
            readings.write(session, batch_of(self.series, times, values))
        self.held |= {time: value for time, (_, value) in zip(times, points, strict=True)}

    def grow(self, first: int, every: int, count: int) -> None:
        """Write a stand that grows, as meters do."""
        self.write([(first + n * every, 400.0 + n * 0.5) for n in range(count)])

    def check(self, span: tuple[datetime, datetime], bucket: str, zone: ZoneInfo) -> None:
        """Compare what steps tell of every bucket."""
        level = self.series.statistic is Statistic.LEVEL
        total = Aggregate.INTEGRAL if level else Aggregate.SUM
        names = (Aggregate.MEAN, total, Aggregate.MIN, Aggregate.MAX, Aggregate.COUNT)
        how = Bucketing(Bucket.parse(bucket), zone, names, Fill.NONE)
        with transaction(self.engine) as session:
            subject, asked = asking.of(self.series), TimeRange.of(*span)
            (found,) = asking.read(session, subject, asked, how)
            (alone,) = asking.read(session, subject, asked, how._replace(aggregates=names[:2]))
        compare_alone(found, alone)
        statistic, options = self.series.statistic, self.series.options
        steps = meters_model.steps_of(self.held, statistic, options, span[1])
        told = meters_model.shared(steps, self.held, span, bucket, zone)
        read = model.bucketed(self.held, span, bucket, zone, Statistic.MEAN)
        starts = [time.replace(tzinfo=UTC) for time in found.times.astype(datetime)]
        assert starts == sorted({*told, *read})
        for place, start in enumerate(starts):
            answer = {str(name): float(found.values[name][place]) for name in names}
            assert answer["count"] == (read[start]["count"] if start in read else 0)
            compare(answer, told.get(start), read.get(start), level=level)


def compare_alone(found: Columns, alone: Columns) -> None:
    """Compare what steps alone are asked for with the same beside what single readings tell."""
    assert alone.times.tolist() == found.times.tolist()
    for name, column in alone.values.items():
        np.testing.assert_array_equal(column, found.values[name])


def compare(
    answer: dict[str, float],
    told: meters_model.Bucket | None,
    read: model.Aggregates | None,
    *,
    level: bool,
) -> None:
    """Compare the answer for one bucket."""
    total = answer["integral" if level else "sum"]
    if told is None:
        assert math.isnan(answer["mean"])
        assert math.isnan(total)
        return
    assert total == pytest.approx(told.amount, abs=1e-7)
    mean = told.amount / told.hours if level else told.amount
    assert answer["mean"] == pytest.approx(mean, abs=1e-7)
    stands = () if read is None else (read["min"], read["max"])
    known = [each for each in (*stands, *(told.values if level else ())) if each is not None]
    if known:
        assert (answer["min"], answer["max"]) == (min(known), max(known))
    else:
        assert math.isnan(answer["min"])
