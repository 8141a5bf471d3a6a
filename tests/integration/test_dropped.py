"""What is asked of times before a horizon: only what was dropped is missing, and nothing else."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest

from dtbase.domain.buckets import Bucket
from dtbase.domain.measures import Statistic
from dtbase.domain.queries import Aggregate, Bucketing, Fill
from dtbase.domain.series import SeriesKey
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.storage import (
    measures,
    reading_queries,
    retention,
    rollups,
    series,
)
from dtbase.storage.database import transaction
from tests.conftest import Services
from tests.integration.test_retention import NOW, START, Twin, own_database

AGGREGATES = (Aggregate.MEAN, Aggregate.COUNT)


@pytest.fixture
def purged(services: Services) -> Iterator[Twin]:
    """Give a test a twin of its own, whose old temperatures have been dropped."""
    with own_database(services) as engine:
        twin = Twin.make(engine)
        retention.apply(engine, NOW)
        yield twin


def test_a_dropped_measure_that_becomes_a_counter_has_no_gains_where_it_was_dropped(
    purged: Twin,
) -> None:
    with transaction(purged.engine) as session:
        measures.set_statistic(session, "temperature", Statistic.COUNTER)
    rollups.refresh(purged.engine)
    span = TimeRange.of(START, START + timedelta(days=100))
    names = [SeriesKey.parse(name) for name in ("one/temperature", "one/energy")]
    for filling in (Fill.NONE, Fill.NULL):
        how = Bucketing(Bucket.parse("1d"), zone("UTC"), AGGREGATES, filling)
        with transaction(purged.engine) as session:
            wanted = series.resolve(session, names)
            found, kept = (
                columns.values
                for columns in reading_queries.bucketed(session, wanted, span, how).columns
            )
        assert found[Aggregate.COUNT].tolist() == kept[Aggregate.COUNT].tolist() == [72.0] * 100
        assert np.isnan(found[Aggregate.MEAN][:70]).all()
        assert found[Aggregate.MEAN][71:].tolist() == kept[Aggregate.MEAN][71:].tolist()
