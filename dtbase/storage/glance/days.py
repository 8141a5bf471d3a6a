"""The day behind every series, and whether it stood still, from hours and days that are stored."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.glance.overview import HOURS
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.columns import Columns, Numbers
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.queries import OfSeries, ValuesQuery
from dtbase.storage import values
from dtbase.storage.registry.series import Resolved

HOURLY = Bucketing(
    Bucket.parse("1h"),
    ZoneInfo("UTC"),
    (Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.COUNT),
    Fill.NULL,
)
DIGITS = 5
"""A sparkline is 132 pixels wide: more digits would only be carried."""

STILL_HOURS = 12


class Day(NamedTuple):
    """What the hours of a day were for one series."""

    means: tuple[float | None, ...]
    counts: tuple[int, ...]
    still_since: int | None
    """The place of the hour since which its value is the same, if it is so for long."""


def find(session: Session, series: Sequence[Resolved], span: TimeRange) -> Mapping[int, Day]:
    """Return the days by the ids of their series; texts have none."""
    numeric = [
        each
        for each in series
        if each.datatype is not Datatype.STRING and each.statistic is not Statistic.STATE
    ]
    if not numeric:
        return {}
    keys = tuple(each.key for each in numeric)
    asked = ValuesQuery(OfSeries(keys), span.start, span.end, HOURLY, span.end)
    read = values.read(session, values.plan(session, asked))
    return {each.id: day_of(each, columns) for each, columns in zip(numeric, read, strict=True)}


def hours_until(now: datetime) -> TimeRange:
    """Return the hours that a sparkline shows: the present one is the last."""
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return TimeRange(start=end - timedelta(hours=HOURS), end=end)


def day_of(series: Resolved, columns: Columns) -> Day:
    counts = np.nan_to_num(columns.values["count"]).astype(int)
    means = rounded(columns.values["mean"])
    still = still_since(columns) if series.statistic is Statistic.MEAN else None
    return Day(means, tuple(counts.tolist()), still)


def rounded(numbers: Numbers) -> tuple[float | None, ...]:
    """Return values with the digits that can be seen; NaN is none."""
    return tuple(
        None if math.isnan(value) else float(f"{value:.{DIGITS}g}") for value in numbers.tolist()
    )


def still_since(columns: Columns) -> int | None:
    """Return from which hour on the value has not moved, if for at least half a day."""
    present = np.flatnonzero(columns.values["count"] > 0)
    if present.size < STILL_HOURS:
        return None
    lows, highs = columns.values["min"][present], columns.values["max"][present]
    moved = np.flatnonzero((lows != lows[-1]) | (highs != lows[-1]))
    first = int(moved[-1]) + 1 if moved.size else 0
    return int(present[first]) if present.size - first >= STILL_HOURS else None
