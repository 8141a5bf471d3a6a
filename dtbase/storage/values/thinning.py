"""What a model learns from: one value for each minute, however fast a sensor speaks."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import Bucket, naive
from dtbase.domain.readings.columns import Columns, mean_of
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.statistics import METERS, STEPPED
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import located, statements
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.plans import HOURLY, Plan, one, within_reach
from dtbase.storage.values.reads import read
from dtbase.storage.values.sources import DuringStays, Found, Readings

MINUTE = np.timedelta64(1, "m")
MINUTE_SECONDS = 60.0
JITTER = 0.98
"""Readings that come a little too soon still come once a bucket."""

STEADY = tuple(
    Bucket.parse(name) for name in ("1m", "5m", "10m", "15m", "30m", "1h", "2h", "6h", "12h", "1d")
)
NEWEST = 200
STEPS = text(f"""
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY step), avg(step) FROM (
  SELECT extract(epoch FROM time - lead(time) OVER (ORDER BY time DESC)) AS step FROM (
    SELECT time FROM reading WHERE series_id = :id AND time >= :start AND time < :end
     ORDER BY time DESC LIMIT {NEWEST}) newest) steps
""")  # noqa: S608 - a number of ours
"""How far apart the newest readings of a series are: mostly, and on average."""


def minutes_of(
    session: Session, series: Resolved, span: TimeRange, place: str | None = None
) -> Columns:
    """Return the numbers of a series, those of one minute taken together at their mean time.

    What they make together says the measure's statistic: directions are averaged on the circle,
    amounts are summed; a level is weighted by time, and of a meter it is what was used, in buckets
    about as far apart as its readings. So the newest 60 days never are more than 86,400 numbers.
    With a place, they are those of all sensors that measured it there, each while it was there.
    """
    found = Found(Readings(), [series], [series.labels])
    if place is not None:
        found = located.named(session, [SeriesKey(sensor=place, measure=series.measure)], span)
    if series.statistic in STEPPED:
        return buckets_of(session, found, series, span)
    if not isinstance(found.source, DuringStays):
        return minutes_between(session, series, series.id, span)
    stays = sorted(found.source.stays, key=lambda stay: stay.span.start)
    return joined([minutes_between(session, series, each.series_id, each.span) for each in stays])


def joined(found: Sequence[Columns]) -> Columns:
    """Put what several sensors measured together, in order of time."""
    times = np.concatenate([NO_TIMES, *(each.times for each in found)])
    values = np.concatenate([np.empty(0), *(each.values["value"] for each in found)])
    order = np.argsort(times, kind="stable")
    return Columns(times[order], {"value": values[order]})


NO_TIMES = np.empty(0, "datetime64[us]")


def minutes_between(session: Session, series: Resolved, id_: int, span: TimeRange) -> Columns:
    """Return the numbers of what one sensor measured, minute by minute."""
    statistic = series.statistic
    names = statements.needed((Aggregate.MEAN,), {statistic})
    asked = {"id": id_, "start": span.start, "end": span.end}
    with column_cursor(session) as cursor:
        times, *columns = one(cursor, statements.minutes(names), asked)
    if times is None:
        return Columns(NO_TIMES, {"value": np.empty(0)})
    stored = dict(zip(names, columns, strict=True))
    values = mean_of(statistic, stored)
    kept = ~np.isnan(values)
    if statistic is Statistic.TOTAL and stored["n"].max() > 1:
        kept &= whole(times, span)
    return Columns(times[kept], {"value": values[kept]})


def buckets_of(session: Session, found: Found, series: Resolved, span: TimeRange) -> Columns:
    """Return what a level or a meter came to in each bucket whose end is known."""
    bucket = bucket_for(session, series, span)
    how = Bucketing(bucket, ZoneInfo("UTC"), (Aggregate.MEAN,), Fill.NONE)
    reach = within_reach(session, found, span, how)
    (columns,) = read(session, Plan(*found, reach, how, span.end, {}))
    last = columns.provisional_from if series.statistic in METERS else span.end
    starts, values = columns.times, columns.values[Aggregate.MEAN]
    ends = starts + np.timedelta64(round(bucket.seconds), "s")
    first, until = naive(span.start), naive(last or span.end)
    kept = (starts >= first) & (ends <= until) & ~np.isnan(values)
    return Columns(starts[kept], {"value": values[kept]})


def bucket_for(session: Session, series: Resolved, span: TimeRange) -> Bucket:
    """Return the finest bucket in which a meter is read mostly, or a level changes."""
    asked = {"id": series.id, "start": span.start, "end": span.end}
    median, mean = session.execute(STEPS, asked).one()
    step = mean if series.statistic is Statistic.LEVEL else median
    seconds = HOURLY.seconds if step is None else max(float(step) * JITTER, MINUTE_SECONDS)
    return next((each for each in STEADY if each.seconds >= seconds), STEADY[-1])


def whole(times: Times, span: TimeRange) -> NDArray[np.bool_]:
    """Tell which minutes lie within a range from end to end: half a minute holds half an amount."""
    start, end = naive(span.start), naive(span.end)
    minutes = times.astype("datetime64[m]")
    return (minutes >= start) & (minutes + MINUTE <= end)
