"""The periods in which conditions held, with what was read meanwhile."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.readings.buckets import naive
from dtbase.domain.readings.queries import Aggregate, Fill
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.domain.values.periods import Period, PeriodsAnswer, PeriodsQuery, Trace
from dtbase.domain.values.queries import Automatic, OfSeries, ValuesQuery
from dtbase.domain.values.stretches import Stretches
from dtbase.storage.values.finding import Looked, Searched, search
from dtbase.storage.values.plans import plan
from dtbase.storage.values.reads import read
from dtbase.storage.values.searched import utc

POINTS = 400
"""The most points of a trace."""


def find_periods(session: Session, query: PeriodsQuery, now: datetime) -> PeriodsAnswer:
    """Return when conditions held, of all the periods those that began last."""
    conditions = query.conditions
    found = search(session, conditions, query.start, query.end or now, query.length)
    stretches = query.hours.during(found.stretches).at_least(query.length)
    first = max(0, len(stretches) - query.limit)
    shown = Stretches(stretches.starts[first:], stretches.ends[first:])
    numbers = range(first + 1, len(stretches) + 1)
    periods = [
        period_of(number, span, found)
        for number, span in zip(numbers, spans_of(shown), strict=True)
    ]
    seconds = (stretches.ends - stretches.starts).sum() / np.timedelta64(1, "s")
    return PeriodsAnswer(
        start=found.span.start,
        end=found.span.end,
        conditions=[condition.text for condition in conditions],
        unit=found.series.unit,
        count=len(stretches),
        seconds=float(seconds),
        readings=found.readings,
        periods=traced(session, query, found, periods, now),
    )


class Bounds(NamedTuple):
    """From when to when."""

    start: np.datetime64
    end: np.datetime64


def spans_of(stretches: Stretches) -> Sequence[Bounds]:
    return [Bounds(*pair) for pair in zip(stretches.starts, stretches.ends, strict=True)]


def period_of(number: int, span: Bounds, found: Searched) -> Period:
    extremes = extremes_of(span, found.first)
    end = utc(span.end)
    return Period(
        number=number,
        start=utc(span.start),
        end=end,
        seconds=float((span.end - span.start) / np.timedelta64(1, "s")),
        running=end >= found.span.end,
        readings=extremes.readings,
        lowest=extremes.lowest,
        lowest_at=extremes.lowest_at,
        highest=extremes.highest,
        highest_at=extremes.highest_at,
    )


class Extremes(NamedTuple):
    """What was read in a period."""

    readings: int = 0
    lowest: float | None = None
    lowest_at: datetime | None = None
    highest: float | None = None
    highest_at: datetime | None = None


def extremes_of(span: Bounds, looked: Looked) -> Extremes:
    first, last = np.searchsorted(looked.times, [span.start, span.end])
    if first == last or looked.values is None:
        return Extremes(int(last - first))
    values = looked.values[first:last]
    low, high = int(values.argmin()), int(values.argmax())
    return Extremes(
        len(values),
        float(values[low]),
        utc(looked.times[first + low]),
        float(values[high]),
        utc(looked.times[first + high]),
    )


def traced(
    session: Session,
    query: PeriodsQuery,
    found: Searched,
    periods: Sequence[Period],
    now: datetime,
) -> list[Period]:
    """Add what was read around the newest periods to these."""
    if not query.traces or found.series.datatype is Datatype.STRING:
        return list(periods)
    plain, last = periods[: -query.traces], periods[-query.traces :]
    with_traces = [
        period.model_copy(update={"trace": trace_of(session, query, found, period, now)})
        for period in last
    ]
    return [*plain, *with_traces]


def trace_of(
    session: Session, query: PeriodsQuery, found: Searched, period: Period, now: datetime
) -> Trace:
    before, after = query.margins
    start, end = max(period.start - before, EARLIEST), min(period.end + after, LATEST)
    points = Automatic(POINTS, query.hours.zone, (Aggregate.MEAN,), Fill.NONE)
    asked = ValuesQuery(OfSeries((found.series.key,)), start, end, points, now)
    (columns,) = read(session, plan(session, asked))
    (values,) = columns.values.values()
    since = columns.times - naive(period.start)
    numbers = np.asarray(values, float)
    return Trace(
        seconds=(since / np.timedelta64(1, "s")).tolist(),
        values=[None if np.isnan(value) else value for value in numbers.tolist()],
    )
