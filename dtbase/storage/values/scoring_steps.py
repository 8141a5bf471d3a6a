"""What forecasts of levels and meters are scored against: what came between readings.

A prediction tells of the bucket that begins at its time: the mean of a level over it, what a meter
used in it. A bucket is true once a reading lies behind it; until then the next one can change it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import Bucket, naive
from dtbase.domain.readings.cuts import Cuts
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.readings.stepped import Meaning, told
from dtbase.domain.readings.steps import Numbers
from dtbase.domain.timeranges import EARLIEST, TimeRange, zone
from dtbase.storage.registry import series as series_storage
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import scoring_sql
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.limits import MOST_VALUES
from dtbase.storage.values.plans import Plan, retention_horizon_of
from dtbase.storage.values.sources import Found, Readings
from dtbase.storage.values.stepping import runs_of

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_AT_ONCE = 100
"""Outputs that are scored by one statement."""


class Output(NamedTuple):
    """An output of a level or a meter, from the first bucket that it predicts to the last's end."""

    id: int
    series_id: int
    step: timedelta
    first: datetime
    end: datetime

    @property
    def grid(self) -> tuple[int, timedelta, timedelta]:
        """Return what outputs share that are told by the same buckets."""
        return self.series_id, self.step, (self.first - EPOCH) % self.step


class Truth(NamedTuple):
    """What came of some outputs of one series, bucket by bucket."""

    ids: Sequence[int]
    series: int
    times: Times
    values: Numbers


def truths_of(session: Session, ids: Sequence[int], window: timedelta) -> Iterator[Truth]:
    """Give what came of the levels and meters among some outputs, and before them."""
    rows = session.execute(scoring_sql.OF_OUTPUTS, {"ids": [*ids]}).all()
    outputs = sorted((Output(*row) for row in rows), key=lambda each: each.grid)
    for _, group in groupby(outputs, key=lambda each: each.grid):
        alike = [*group]
        for place in range(0, len(alike), MOST_AT_ONCE):
            yield truth_of(session, alike[place : place + MOST_AT_ONCE], window)


def truth_of(session: Session, outputs: Sequence[Output], window: timedelta) -> Truth:
    """Return the buckets of outputs that share a grid, as far as they are known."""
    one = outputs[0]
    first = min(each.first for each in outputs)
    span = TimeRange(
        start=max(first - -(-(window + timedelta(days=1)) // one.step) * one.step, EARLIEST),
        end=max(each.end for each in outputs),
    )
    series = series_storage.by_id(session, one.series_id)
    times, values = buckets_of(session, series, one.step, span)
    return Truth([each.id for each in outputs], one.series_id, times, values)


def buckets_of(
    session: Session, series: Resolved, step: timedelta, span: TimeRange
) -> tuple[Times, Numbers]:
    """Return what steps come to in each bucket of a range behind which a reading lies."""
    found = Found(Readings(), [series], [series.labels])
    whole = step % HOUR == timedelta(0) and (span.start - EPOCH) % HOUR == timedelta(0)
    how = Bucketing(
        Bucket.parse("1h" if whole else "1m"), zone("UTC"), (Aggregate.MEAN,), Fill.NONE
    )
    horizon = retention_horizon_of(session, found, span.start)
    if horizon is not None and not whole:
        behind = -(-(horizon - span.start) // step) * step
        span = TimeRange(start=min(span.start + behind, span.end), end=span.end)
    width = np.timedelta64(step)
    bounds = np.arange(naive(span.start), naive(span.end) + width, width).astype("datetime64[us]")
    bounds = bounds[bounds <= naive(span.end)]
    plan = Plan(*found, span, how, span.end)
    with column_cursor(session) as cursor:
        runs = [*runs_of(cursor, plan, how, series, MOST_VALUES)]
    if len(bounds) < 2 or not any(len(run.points) for run in runs):  # noqa: PLR2004 - one bucket
        return np.empty(0, "datetime64[us]"), np.empty(0)
    found_in = told(Meaning(series.statistic, series.options), runs, Cuts(bounds, bounds[:-1]))
    values = found_in.value(Aggregate.MEAN, series.statistic)
    assert values is not None
    assert found_in.last is not None
    known = found_in.times + width <= found_in.last
    return found_in.times[known], values[known]
