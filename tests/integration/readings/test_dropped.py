"""What is asked of times before a horizon: only what was dropped is missing, and nothing else."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text

from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.flags import QualityFlag
from dtbase.domain.readings.quality import QualityQuery
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.readings.retention import RetentionClass
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.domain.values.queries import AtLocation, Automatic
from dtbase.errors import Invalid
from dtbase.storage import values
from dtbase.storage.database import transaction
from dtbase.storage.readings import retention, rollups
from dtbase.storage.registry import installations, locations
from tests import asking
from tests.conftest import Servers
from tests.factories import add_sensor, change_statistic
from tests.integration.readings.purged import (
    HORIZON,
    HOUR,
    NOW,
    START,
    Twin,
    fill,
    first_raw,
    own_database,
    stored,
    write,
)

ASIDE = text("""
INSERT INTO reading_aside (series_id, sensor, measure, time, raw, rule)
VALUES (:id, 'one', 'temperature', :time, 'x', :rule)
""")
AGGREGATES = (Aggregate.MEAN, Aggregate.COUNT)


@pytest.fixture
def twin(servers: Servers) -> Iterator[Twin]:
    """Give a test a twin of its own, from which nothing has been dropped."""
    with own_database(servers) as engine:
        yield Twin.make(engine)


@pytest.fixture
def purged(twin: Twin) -> Twin:
    """Drop the twin's old temperatures."""
    retention.apply(twin.engine, NOW)
    return twin


def test_a_dropped_measure_that_becomes_a_counter_has_no_gains_where_it_was_dropped(
    purged: Twin,
) -> None:
    with transaction(purged.engine) as session:
        change_statistic(session, "temperature", Statistic.COUNTER)
    rollups.refresh(purged.engine)
    span = TimeRange.of(START, START + timedelta(days=100))
    for filling in (Fill.NONE, Fill.NULL):
        how = Bucketing(Bucket.parse("1d"), zone("UTC"), AGGREGATES, filling)
        with transaction(purged.engine) as session:
            wanted = asking.of("one/temperature", "one/energy")
            found, kept = (columns.values for columns in asking.read(session, wanted, span, how))
        assert found[Aggregate.COUNT].tolist() == kept[Aggregate.COUNT].tolist() == [72.0] * 100
        assert np.isnan(found[Aggregate.MEAN][:70]).all()
        assert found[Aggregate.MEAN][71:].tolist() == kept[Aggregate.MEAN][71:].tolist()


def test_of_a_location_only_what_was_dropped_there_matters(purged: Twin) -> None:
    span = TimeRange.of(START, NOW)
    how = Bucketing(Bucket.parse("10m"), zone("UTC"), AGGREGATES, Fill.NONE)
    with transaction(purged.engine) as session:
        for place, since in (("new", HORIZON + HOUR), ("old", HORIZON - HOUR)):
            locations.add(session, Location(identifier=place, name=place))
            fill(session, add_sensor(session, f"at-{place}")["temperature"])
            new = NewInstallation(sensor=f"at-{place}", location=place, since=since)
            installations.add(session, new)
    retention.apply(purged.engine, NOW)
    automatic = Automatic(1_000_000, zone("UTC"), AGGREGATES, Fill.NONE)
    with transaction(purged.engine) as session:
        there = AtLocation("new", ("temperature",))
        assert asking.plan(session, there, span, how).span == span
        assert asking.plan(session, there, span, automatic).bucketing is None
        there = AtLocation("old", ("temperature",))
        for resolution in (how, automatic):
            with pytest.raises(Invalid, match="dropped by retention"):
                asking.plan(session, there, span, resolution)


def test_nothing_is_purged_whose_aggregates_a_killed_run_left_pending(twin: Twin) -> None:
    """Nor where the class has been told meanwhile to keep all."""
    temperature = twin.series["temperature"]
    write(twin.engine, temperature, START + timedelta(days=3, minutes=7), 1000.0)
    before = stored(twin.engine, temperature)
    with twin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CALL reading_raise_horizon('short', :h)"), {"h": HORIZON})
    with transaction(twin.engine) as session:
        retention.set(session, RetentionClass(name="short", keep_days=None))
    for _ in range(2):
        retention.apply(twin.engine, NOW)
        assert stored(twin.engine, temperature) == before
        rollups.refresh(twin.engine)
        assert stored(twin.engine, temperature) == before
    assert first_raw(twin.engine, temperature) == HORIZON


def test_flags_and_completeness_outlive_the_readings(twin: Twin) -> None:
    series, early = twin.series["temperature"], START + timedelta(days=3)
    sent = [(early + n * HOUR, n % 2) for n in range(6)]
    with transaction(twin.engine) as session:
        suspect = "UPDATE reading SET mark = 1 WHERE series_id = :id AND value = 49"
        session.execute(text(suspect), {"id": series.id})
        for time, nothing in sent:
            aside = {"id": series.id, "time": time, "rule": "placeholders" if nothing else "fail"}
            session.execute(ASIDE, aside)
    wanted = QualityQuery(series=["one/temperature"], start=START, end=NOW)
    with transaction(twin.engine) as session:
        (before,) = values.quality_of(session, wanted, NOW)
    assert (
        before.months[0].flags[QualityFlag.FAIL],
        before.months[0].flags[QualityFlag.MISSING],
    ) == (3, 3)
    assert sum(month.flags[QualityFlag.SUSPECT] for month in before.months) == 100 * 72 // 50
    for _ in range(2):  # whoever drops again counts nothing twice
        retention.apply(twin.engine, NOW)
        with transaction(twin.engine) as session:
            (after,) = values.quality_of(session, wanted, NOW)
        assert [(each.flags, each.completeness) for each in after.months] == [
            (each.flags, each.completeness) for each in before.months
        ]
    with transaction(twin.engine) as session:
        assert session.scalar(text("SELECT count(*) FROM reading_aside")) == 0
