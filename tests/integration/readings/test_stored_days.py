"""Days that are stored of levels and meters tell what their readings tell, whatever happens."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill, Grain
from dtbase.domain.registry.measures import Meant, Statistic
from dtbase.domain.registry.sensors import SensorChange
from dtbase.domain.timeranges import TimeRange
from dtbase.storage import values
from dtbase.storage.database import transaction
from dtbase.storage.registry import sensors
from tests import asking
from tests.conftest import Servers
from tests.factories import change_statistic
from tests.integration.readings import meters_model
from tests.integration.readings.meters import KINDS, START, TRUTHS, Twin, own_database

DAYS = 12
MINUTES = DAYS * 24 * 60
DAY = timedelta(days=1)
WHOLE = (START - DAY, START + (DAYS + 1) * DAY)
STORED = text("""
SELECT bucket, cardinality(first_at) AS hours FROM reading_inside
 WHERE series_id = :id ORDER BY bucket
""")


@pytest.fixture(scope="module")
def engine(servers: Servers) -> Iterator[Engine]:
    """Give the module a database that its tests may commit to."""
    with own_database(servers) as engine:
        yield engine


minutes = st.integers(0, MINUTES - 1)
stands = st.sampled_from([0.0, 0.5, 10.0, 10.5, 11.0, 400.0, 401.0, 402.5, 900.0, 999.0])
writes = st.tuples(st.just("write"), st.lists(st.tuples(minutes, stands), min_size=1, max_size=20))
grown = st.tuples(st.just("grow"), minutes, st.sampled_from([7, 60, 300]), st.integers(2, 60))
deletes = st.tuples(st.just("delete"), minutes, st.integers(1, 4 * 24 * 60))
refreshes = st.tuples(st.just("refresh"))
operations = st.lists(st.one_of(writes, grown, grown, deletes, refreshes), min_size=1, max_size=8)


def as_level(twin: Twin) -> Twin:
    """Return the twin of a state that is true or false as that of a level of ones and zeros."""
    return Twin(twin.engine, twin.series._replace(statistic=Statistic.LEVEL), twin.held)


def told_by_days(twin: Twin, days: int) -> dict[datetime, tuple[float, float]]:
    """Share the steps of a twin's readings out over days, in plain Python: amounts and hours."""
    found: dict[datetime, tuple[float, float]] = {}
    statistic, options = twin.series.statistic, twin.series.options
    for step in meters_model.steps_of(twin.held, statistic, options, WHOLE[1]):
        start = WHOLE[0]
        while start < WHOLE[1]:
            held = min(step.end, start + days * DAY, WHOLE[1]) - max(step.start, start)
            if held > timedelta(0):
                amount, hours = found.get(start, (0.0, 0.0))
                share = step.amount * (held / (step.end - step.start))
                found[start] = amount + share, hours + held / timedelta(hours=1)
            start += days * DAY
    return found


def check_days(twin: Twin) -> None:
    """Compare each day that is read from stored days with its readings."""
    total = Aggregate.INTEGRAL if twin.series.statistic is Statistic.LEVEL else Aggregate.SUM
    how = Bucketing(Bucket.parse("1d"), ZoneInfo("UTC"), (total, Aggregate.MEAN), Fill.NONE)
    with transaction(twin.engine) as session:
        plan = asking.plan(session, asking.of(twin.series), TimeRange.of(*WHOLE), how)
        (found,) = values.read(session, plan)
    assert plan.grain is Grain.DAY
    times = [time.replace(tzinfo=UTC) for time in found.times.astype(datetime)]
    amounts = dict(zip(times, found.values[total].tolist(), strict=True))
    expected = told_by_days(twin, 1)
    known = {time: amount for time, amount in amounts.items() if not np.isnan(amount)}
    assert known == pytest.approx({time: amount for time, (amount, _) in expected.items()})
    if total is Aggregate.INTEGRAL:
        means = dict(zip(times, found.values["mean"].tolist(), strict=True))
        assert {time: means[time] for time in known} == pytest.approx(
            {time: amount / hours for time, (amount, hours) in expected.items()}
        )


def check_times(twin: Twin) -> None:
    """Compare the times in states, as stored days tell them, with readings, twice."""
    how = Bucketing(Bucket.parse("1d"), ZoneInfo("UTC"), (Aggregate.TIME,), Fill.NONE)
    slow = how._replace(aggregates=(Aggregate.TIME, Aggregate.CHANGES))
    with transaction(twin.engine) as session:
        asked = asking.of(twin.series), TimeRange.of(*WHOLE)
        (found,) = asking.read(session, *asked, how)
        (read,) = asking.read(session, *asked, slow)
    assert found.times.tolist() == read.times.tolist()
    for name, column in found.values.items():
        np.testing.assert_allclose(column, read.values[name], atol=1e-5)
    expected = told_by_days(as_level(twin), 1)
    times = [time.replace(tzinfo=UTC) for time in found.times.astype(datetime)]
    none = np.zeros(len(times))
    pairs = zip(
        found.values.get("time:true", none), found.values.get("time:false", none), strict=True
    )
    told = {time: pair for time, pair in zip(times, pairs, strict=True) if any(pair)}
    assert sorted(told) == sorted(expected)
    for time, (amount, hours) in expected.items():
        assert told[time] == pytest.approx((amount * 3_600, (hours - amount) * 3_600), abs=1e-5)


turned = st.tuples(
    st.just("write"),
    st.lists(st.tuples(minutes, st.booleans()), min_size=1, max_size=20),
)


@pytest.mark.parametrize("measure", TRUTHS)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.one_of(turned, turned, deletes, refreshes), min_size=1, max_size=8))
def test_days_of_states_are_exact_after_every_change(
    engine: Engine, measure: str, steps: list[tuple[object, ...]]
) -> None:
    twin = Twin.of(engine, measure)
    for name, *arguments in steps:
        getattr(twin, str(name))(*arguments)
        check_times(twin)
    twin.refresh()
    check_times(twin)


@pytest.mark.parametrize("measure", KINDS)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=operations)
def test_days_are_exact_after_every_change(
    engine: Engine, measure: str, steps: list[tuple[object, ...]]
) -> None:
    twin = Twin.of(engine, measure)
    for name, *arguments in steps:
        getattr(twin, str(name))(*arguments)
        check_days(twin)
    twin.refresh()
    check_days(twin)
    with engine.connect() as connection:
        rows = connection.execute(STORED, {"id": twin.series.id}).all()
    hours = {time.replace(minute=0) for time in twin.held}
    assert {row.bucket: row.hours for row in rows} == {
        day: sum(hour.date() == day.date() for hour in hours)
        for day in sorted({hour.replace(hour=0) for hour in hours})
    }


def test_what_is_stored_follows_a_change_of_the_statistic(engine: Engine) -> None:
    twin = Twin.of(engine, "net")
    twin.grow(0, 10, 500)
    twin.grow(600, 10, 100)
    twin.refresh()
    for statistic in (Statistic.LEVEL, Statistic.MEAN, Statistic.COUNTER, Statistic.NET):
        with transaction(engine) as session:
            change_statistic(session, "net", statistic)
        changed = Twin(engine, twin.series._replace(statistic=statistic), twin.held)
        for _ in range(2):
            if statistic is not Statistic.MEAN:
                check_days(changed)
            twin.refresh()


def step(engine: Engine, revision: str) -> None:
    """Bring the schema to a revision."""
    config = Config("alembic.ini")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if revision == "head" else command.downgrade)(config, revision)
        connection.commit()
    engine.dispose()


def test_what_is_stored_follows_what_one_sensor_says(engine: Engine) -> None:
    twin = Twin.of(engine, "net")
    twin.grow(0, 10, 500)
    twin.write([(1_000, 3.0), (2_000, 900.0)])
    twin.refresh()
    for statistic in (Statistic.LEVEL, Statistic.COUNTER, Statistic.LEVEL, Statistic.NET):
        change = SensorChange(statistics={"net": Meant(statistic=statistic)})
        with transaction(engine) as session:
            sensors.update(session, twin.series.sensor, change)
        changed = Twin(engine, twin.series._replace(statistic=statistic), twin.held)
        for _ in range(2):
            check_days(changed)
            twin.refresh()


def test_states_of_before_have_stored_days_after_the_next_refresh(servers: Servers) -> None:
    with own_database(servers) as engine:
        twins = [Twin.of(engine, measure) for measure in TRUTHS]
        step(engine, "0030")
        for twin in twins:
            twin.write([(minute, minute % 3 > 0) for minute in range(0, 9_000, 70)])
            twin.refresh()
        step(engine, "head")
        for _ in range(2):
            for twin in twins:
                check_times(twin)
            twins[0].refresh()
        with engine.connect() as connection:
            for twin in twins:
                assert connection.execute(STORED, {"id": twin.series.id}).all()
        step(engine, "0030")
        with engine.connect() as connection:
            for twin in twins:
                assert not connection.execute(STORED, {"id": twin.series.id}).all()
        step(engine, "head")
        for twin in twins:
            check_times(twin)


def test_what_was_stored_by_the_hour_is_taken_along(servers: Servers) -> None:
    with own_database(servers) as engine:
        twins = [Twin.of(engine, measure) for measure in KINDS]
        for twin in twins:
            twin.grow(90, 7, 900)
            twin.write([(3_000, 1.0), (3_010, 900.0)])
            twin.refresh()
            twin.write([(4_000, 800.0), (17_000, 3.0)])  # pending when the step comes
        step(engine, "0024")
        step(engine, "head")
        for twin in twins:
            check_days(twin)
            twin.refresh()
            check_days(twin)
