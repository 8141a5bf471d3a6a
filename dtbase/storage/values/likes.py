"""Finding the likes of a stretch in the whole history of its series."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.readings.buckets import LADDER, Bucket, naive
from dtbase.domain.readings.columns import Columns, Numbers
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.likeness import (
    LONGEST,
    SHORTEST,
    Like,
    LikesAnswer,
    LikesQuery,
    Near,
    distances,
    nearest,
)
from dtbase.domain.values.periods import Trace
from dtbase.domain.values.queries import OfSeries, ValuesQuery
from dtbase.errors import Invalid
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.limits import MOST_VALUES
from dtbase.storage.values.plans import plan, refuse_strings
from dtbase.storage.values.reads import read
from dtbase.storage.values.searched import subjects_of, usual_of, utc

UTC = ZoneInfo("UTC")
JITTER = 0.98
MOST_POINTS_OF_A_SHAPE = 2_000
"""By auto; a longer stretch is compared by wider buckets."""


def find_likes(session: Session, query: LikesQuery, now: datetime) -> LikesAnswer:
    """Return the likes of a stretch, the closest first."""
    (subject,) = subjects_of(session, [SeriesKey.parse(query.series)])
    found = subject.series
    refuse_strings([found])
    if found.statistic is Statistic.CIRCULAR:
        raise Invalid(f"{found.key} is a direction, which has no shape", field="series")
    wanted = TimeRange.of(query.start, query.end)
    usual = usual_of(session, subject, now)
    start = query.search_start or usual.first or wanted.start
    span = TimeRange.of(min(start, wanted.start), max(query.search_end or now, wanted.end))
    bucket = bucket_of(query, wanted, span, usual.step)
    check_size(span, bucket)
    columns = grid_of(session, found, span, bucket, now)
    values = columns.values[Aggregate.MEAN]
    first, last = held_within(columns, values, wanted)
    shape = shape_of(values[first:last])
    looked = outside_left_out(distances(values, shape), columns, query, len(shape))
    near = nearest(looked, first, len(shape), query.limit)
    return LikesAnswer(
        series=query.series,
        unit=found.unit,
        bucket=str(bucket),
        start=span.start,
        end=span.end,
        compared=int(np.isfinite(looked).sum()),
        wanted=trace_of(columns, first, len(shape)),
        likes=[like_of(rank, each, columns, len(shape)) for rank, each in enumerate(near, 1)],
    )


def bucket_of(query: LikesQuery, wanted: TimeRange, span: TimeRange, step: timedelta) -> Bucket:
    """Return by which buckets shapes are compared: no finer than readings come."""
    if query.bucket == "auto":
        enough = max(wanted.seconds / MOST_POINTS_OF_A_SHAPE, span.seconds / MOST_VALUES)
        least = max(step.total_seconds() * JITTER, enough)
        return next((each for each in LADDER if each.seconds >= least), LADDER[-1])
    bucket = Bucket.parse(query.bucket)
    if not bucket.fixed:
        raise Invalid("shapes are compared by buckets of at most 1h", field="bucket")
    return bucket


def check_size(span: TimeRange, bucket: Bucket) -> None:
    if span.seconds / bucket.seconds > MOST_VALUES:
        rule = f"more than {MOST_VALUES} buckets of {bucket}; choose a wider one"
        raise Invalid(rule, field="bucket")


def grid_of(
    session: Session, found: Resolved, span: TimeRange, bucket: Bucket, now: datetime
) -> Columns:
    """Return the means of a series on a grid, with its gaps."""
    how = Bucketing(bucket, UTC, (Aggregate.MEAN,), Fill.NULL)
    asked = ValuesQuery(OfSeries((found.key,)), span.start, span.end, how, now)
    (columns,) = read(session, plan(session, asked))
    return columns


def held_within(columns: Columns, values: Numbers, wanted: TimeRange) -> tuple[int, int]:
    """Return from where to where a stretch has values; its ends may be empty."""
    first, last = np.searchsorted(columns.times, [naive(wanted.start), naive(wanted.end)])
    known = np.flatnonzero(~np.isnan(values[first:last]))
    if not len(known):
        return int(first), int(first)
    return int(first + known[0]), int(first + known[-1] + 1)


def shape_of(values: Numbers) -> Numbers:
    """Return the stretch that was marked, or refuse one without a shape."""
    if not SHORTEST <= len(values) <= LONGEST:
        rule = f"the stretch has {len(values)} values; it needs {SHORTEST} to {LONGEST}"
        raise Invalid(rule, field="end")
    if np.isnan(values).any():
        rule = "the stretch has gaps; mark one without, or choose a wider bucket"
        raise Invalid(rule, field="start")
    if values.std() == 0:
        raise Invalid("the stretch is level, and has no shape", field="start")
    return values


def outside_left_out(far: Numbers, columns: Columns, query: LikesQuery, m: int) -> Numbers:
    """Leave out what lies outside the range that is searched."""
    ends = columns.times[m - 1 :]
    if query.search_start is not None:
        far[columns.times[: len(far)] < naive(query.search_start)] = np.inf
    if query.search_end is not None:
        far[ends >= naive(query.search_end)] = np.inf
    return far


def trace_of(columns: Columns, first: int, m: int) -> Trace:
    part = columns.part(first, first + m)
    since = (part.times - part.times[0]) / np.timedelta64(1, "s")
    return Trace(seconds=since.tolist(), values=part.values[Aggregate.MEAN].tolist())


def like_of(rank: int, near: Near, columns: Columns, m: int) -> Like:
    width = columns.times[1] - columns.times[0]
    return Like(
        rank=rank,
        start=utc(columns.times[near.place]),
        end=utc(columns.times[near.place + m - 1] + width),
        distance=near.distance,
        correlation=1 - near.distance**2 / (2 * m),
        trace=trace_of(columns, near.place, m),
    )
