"""Reading what steps are told from: whole hours by what is stored of them, the rest as it is."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import naive
from dtbase.domain.readings.counters import FEW
from dtbase.domain.readings.queries import Level, Part
from dtbase.domain.readings.stepped import Meaning, longest
from dtbase.domain.readings.steps import HOUR, NO_POINTS, Numbers, Points
from dtbase.domain.registry.statistics import Statistic
from dtbase.domain.timeranges import EARLIEST, LATEST, TimeRange
from dtbase.storage.values import statements
from dtbase.storage.values.sources import Readings, Source

Cursor = psycopg.Cursor[Any]

AROUND = 2 * (FEW + 1)
"""Readings before and after a range that are read, too."""

BESIDE = timedelta(hours=2)
"""And all that lie so close to it: what steps are told from reaches no further."""

ZEROS = timedelta(days=4)
"""Beyond a run of zeros it is looked for what stood before and after them."""

NO_TIME = timedelta(0)

FOLLOWING = FEW + 2
"""Hours after one where a stand fell that can take it back."""

MOST_STRETCHES = 50
"""More stretches of hours than this are read at once, with what lies between them."""


SECONDS = 3_600

Pair = tuple[datetime, datetime]


class Wanted(NamedTuple):
    """Of which series points are wanted: a part of its range, within all that may be looked at."""

    source: Source
    id: int
    meaning: Meaning
    span: TimeRange
    reach: TimeRange = TimeRange(start=EARLIEST, end=LATEST)


class Hours(NamedTuple):
    """What is stored of hours, column by column."""

    bucket: Times
    first_at: Times
    first: Numbers
    last_at: Times
    last: Numbers
    weighted: Numbers
    gap: Numbers
    steepest: Numbers
    falls: NDArray[np.bool_]
    increase: Numbers

    @property
    def size(self) -> int:
        return len(self.bucket)

    def where(self, kept: NDArray[np.bool_]) -> "Hours":
        """Return some of the hours."""
        columns: Any = [column[kept] for column in self]
        return Hours(*columns)


NO_TIMES = np.empty(0, "datetime64[us]")
NO_HOURS = Hours(
    *(NO_TIMES, NO_TIMES, np.empty(0), NO_TIMES),
    *(np.empty(0), np.empty(0), np.empty(0), np.empty(0)),
    *(np.empty(0, dtype=bool), np.empty(0)),
)


def points_of(cursor: Cursor, wanted: Wanted, parts: Sequence[Part], most: int) -> Points:
    """Return the readings of a range, each of its whole hours by its first and its last one."""
    stored = [part for part in parts if part.level is not Level.RAW]
    if not stored:
        return with_last_before(cursor, wanted, raw(cursor, wanted, wanted.span, most))
    start, end = stored[0].span.start, stored[-1].span.end
    before = raw(cursor, wanted, (wanted.span.start, start), most)
    before = with_last_before(cursor, wanted, between(before, None, start))
    after = between(raw(cursor, wanted, (end, wanted.span.end), most), end, None)
    hours = read_hours(cursor, wanted, (start, end), most)
    inside = of_hours(cursor, wanted, hours, suspects(wanted.meaning, before, hours), most)
    return joined([before, inside, after])


def raw(cursor: Cursor, wanted: Wanted, span: TimeRange | Pair, most: int) -> Points:
    """Return readings one by one, with those around them."""
    start, end = (span.start, span.end) if isinstance(span, TimeRange) else span
    asked = {
        "id": wanted.id,
        "start": start,
        "end": end,
        "since": wanted.reach.start,
        "until": wanted.reach.end,
        "around": AROUND,
        "beside": BESIDE,
        "zeros": ZEROS if wanted.meaning.statistic is Statistic.COUNTER else NO_TIME,
        "most": most,
        **statements.parameters_of(wanted.source),
    }
    row = cursor.execute(statements.POINTS_OF[type(wanted.source)], asked).fetchone()
    return NO_POINTS if row is None or row[0] is None else Points.of(row[0], row[1])


def with_last_before(cursor: Cursor, wanted: Wanted, points: Points) -> Points:
    """Put the last reading before the range first, where retention has left its hour alone."""
    start = wanted.span.start
    if not isinstance(wanted.source, Readings) or (len(points) and points.times[0] < naive(start)):
        return points
    hour = start.replace(minute=0, second=0, microsecond=0)
    row = cursor.execute(statements.HOUR_BEFORE, {"id": wanted.id, "start": hour}).fetchone()
    if row is None:
        return points
    last = Points.of(np.array([naive(row[0])]), np.array([row[1]]))
    return joined([last, points])


def read_hours(cursor: Cursor, wanted: Wanted, span: Pair, most: int) -> Hours:
    asked = {"id": wanted.id, "start": span[0], "end": span[1], "most": most}
    row = cursor.execute(statements.HOURS, asked).fetchone()
    return NO_HOURS if row is None or row[0] is None else Hours(*row)


def suspects(meaning: Meaning, before: Points, hours: Hours) -> NDArray[np.bool_]:
    """Tell which hours must be read one by one: their first and last reading do not tell all."""
    if not hours.size or meaning.statistic is Statistic.NET:
        return np.zeros(hours.size, dtype=bool)
    if meaning.statistic is Statistic.LEVEL:
        return hours.gap > longest(meaning.options) / np.timedelta64(1, "s")
    rate = (meaning.options and meaning.options.rate) or np.inf
    marked = hours.falls | (hours.steepest > rate) | ((hours.first <= 0) & (hours.last > 0))
    marked[1:] |= odd(
        hours.last_at[:-1], hours.last[:-1], hours.first_at[1:], hours.first[1:], rate
    )
    edge = joined([before, Points.of(hours.first_at[:1], hours.first[:1])])
    marked[0] |= odd(edge.times[:-1], edge.values[:-1], edge.times[1:], edge.values[1:], rate).any()
    return np.convolve(marked, np.ones(FOLLOWING + 1))[: len(marked)] > 0


def odd(
    times: Times, values: Numbers, next_times: Times, next_values: Numbers, rate: float
) -> NDArray[np.bool_]:
    """Tell where a stand falls, or rises by more than can be counted."""
    rise = next_values - values
    return (rise < 0) | (rise > rate * ((next_times - times) / HOUR))


def of_hours(
    cursor: Cursor, wanted: Wanted, hours: Hours, alone: NDArray[np.bool_], most: int
) -> Points:
    """Return the points of hours, some of them reading by reading where these are still there."""
    found = [
        raw(cursor, wanted._replace(reach=reach), reach, most) for reach in stretches(hours, alone)
    ]
    read = joined(found)
    known = np.isin(hours.bucket, read.times.astype("datetime64[h]")) & alone
    read = read.where(np.isin(read.times.astype("datetime64[h]"), hours.bucket[known]))
    return joined([read, thinned(wanted.meaning, hours.where(~known))])


def stretches(hours: Hours, alone: NDArray[np.bool_]) -> Iterator[TimeRange]:
    """Return the unbroken stretches of hours that are read one by one."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], alone, [False]])))
    firsts, lasts = hours.bucket[turns[::2]], hours.bucket[turns[1::2] - 1]
    if len(firsts) > MOST_STRETCHES:
        firsts, lasts = firsts[:1], lasts[-1:]
    for first, last in zip(firsts, lasts, strict=True):
        yield TimeRange(start=aware(first), end=aware(last + HOUR))


def thinned(meaning: Meaning, hours: Hours) -> Points:
    """Return the first and the last reading of hours, and what lies between them."""
    several = hours.last_at > hours.first_at
    nothing = np.full(hours.size, np.nan)
    area = nothing
    if meaning.statistic is Statistic.LEVEL:
        area = np.where(several, hours.weighted / SECONDS, nothing)
    if meaning.statistic is Statistic.COUNTER:
        area = np.where(
            hours.falls & several, hours.increase, nothing
        )  # dropped, so nobody can tell better
    times = np.stack([hours.first_at, hours.last_at], axis=1).ravel()
    values = np.stack([hours.first, hours.last], axis=1).ravel()
    areas = np.stack([area, nothing], axis=1).ravel()
    kept = np.stack([np.ones(hours.size, dtype=bool), several], axis=1).ravel()
    return Points(times, values, areas).where(kept)


def between(points: Points, start: datetime | None, end: datetime | None) -> Points:
    """Return the points that lie in a range."""
    kept = np.ones(len(points), dtype=bool)
    if start is not None:
        kept &= points.times >= naive(start)
    if end is not None:
        kept &= points.times < naive(end)
    return points.where(kept)


def joined(found: Sequence[Points]) -> Points:
    """Put points together in order of time."""
    if not found:
        return NO_POINTS
    columns = zip(*((each.times, each.values, each.area) for each in found), strict=True)
    times, values, area = (np.concatenate(column) for column in columns)
    order = np.argsort(times, kind="stable")
    return Points(times[order], values[order], area[order])


def aware(time: np.datetime64) -> datetime:
    found: datetime = time.astype("datetime64[us]").astype(datetime)
    return found.replace(tzinfo=UTC)
