"""What a search reads: the readings of a series, or of all sensors that stood at a place."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import naive
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.stretches import EMPTY, Stretches
from dtbase.errors import Invalid
from dtbase.storage.registry.placed_series import EVER
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import located
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.plans import one
from dtbase.storage.values.sources import DuringStays, Found

MOST_READ = 3_000_000
"""The most readings that one search looks at."""

PATIENCE = 2.5
"""For so many of its usual steps a reading holds where none follows."""

STEADY = 200
"""From the steps between so many readings it is told what is usual."""

HOUR = timedelta(hours=1)

EXTENT = SQL("""
SELECT least((SELECT time FROM reading WHERE series_id = %(id)s AND time >= %(since)s
                 AND time < %(end)s ORDER BY time LIMIT 1),
             (SELECT greatest(bucket, %(since)s) FROM reading_hour WHERE series_id = %(id)s
                 AND bucket > %(since)s::timestamptz - interval '1 hour' AND bucket < %(end)s
               ORDER BY bucket LIMIT 1)),
       (SELECT extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY step))::float8
          FROM (SELECT time - lead(time) OVER (ORDER BY time DESC) AS step FROM (
                  SELECT time FROM reading WHERE series_id = %(id)s AND time >= %(since)s
                     AND time < %(end)s ORDER BY time DESC LIMIT %(steady)s) newest) steps)
""").as_bytes()
"""When a series begins, and how far apart its readings usually are."""

HOURS = SQL("""
SELECT array_agg(bucket ORDER BY bucket) FROM reading_hour
 WHERE series_id = %(id)s AND bucket > %(start)s::timestamptz - interval '1 hour'
   AND bucket < %(end)s AND max >= %(low)s AND min <= %(high)s
""").as_bytes()
"""The hours in which some reading may lie within bounds; in no other one does any."""

VALUES = {
    False: SQL("""
SELECT array_agg(time), array_agg(value) FROM (
  SELECT r.time, r.value FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS wanted (start, until)
   CROSS JOIN LATERAL (SELECT time, value FROM reading WHERE series_id = %(id)s
     AND time >= wanted.start AND time < wanted.until AND value IS NOT NULL ORDER BY time) r
   ORDER BY r.time LIMIT %(most)s) found
""").as_bytes(),
    True: SQL("""
SELECT array_agg(time), array_agg(text) FROM (
  SELECT time, coalesce(text, '') AS text FROM reading WHERE series_id = %(id)s
     AND time >= (%(starts)s::timestamptz[])[1] AND time < (%(ends)s::timestamptz[])[1]
   ORDER BY time LIMIT %(most)s) found
""").as_bytes(),
}
TIMES = SQL("""
SELECT array_agg(time) FROM (
  SELECT time FROM reading WHERE series_id = %(id)s AND time >= coalesce(
    (SELECT time FROM reading WHERE series_id = %(id)s AND time >= %(since)s AND time < %(start)s
      ORDER BY time DESC LIMIT 1), %(start)s) AND time < %(end)s
   ORDER BY time LIMIT %(most)s) known
""").as_bytes()
"""When was read, from the last time before the range on."""


class Stay(NamedTuple):
    """A sensor's series, and when its readings count."""

    id: int
    whole: TimeRange


class Subject(NamedTuple):
    """The series that a condition is about, and the sensors that it is read from."""

    series: Resolved
    stays: Sequence[Stay]


class Usual(NamedTuple):
    """How a series speaks: since when, and how often."""

    first: datetime | None
    step: timedelta

    @property
    def reach(self) -> timedelta:
        return self.step * PATIENCE


class Seen(NamedTuple):
    """Readings in order of time, and which stay each is of."""

    times: Times
    values: NDArray[Any]
    stays: NDArray[np.intp]


NOTHING = Seen(EMPTY, np.empty(0), np.empty(0, dtype=np.intp))


def subjects_of(session: Session, keys: Sequence[SeriesKey]) -> Sequence[Subject]:
    """Find what names mean; a place's is what its sensors measured, one after another."""
    each = list(dict.fromkeys(keys))
    found = located.named(session, each, EVER)
    located.refuse_at_once(found)
    subjects = {
        key: Subject(series, stays_of(found, series))
        for key, series in zip(each, found.series, strict=True)
    }
    return [subjects[key] for key in keys]


def stays_of(found: Found, series: Resolved) -> Sequence[Stay]:
    """Return the sensors from which a series is read, in order of time."""
    if not isinstance(found.source, DuringStays):
        return [Stay(series.id, EVER)]
    own = [stay for stay in found.source.stays if stay.key == series.id]
    return [Stay(stay.series_id, stay.whole) for stay in sorted(own, key=lambda s: s.whole.start)]


def usual_of(session: Session, wanted: Subject, end: datetime) -> Usual:
    """Return when readings begin, and how often they usually come: at a place, now."""
    firsts: list[datetime] = []
    usual = HOUR
    with column_cursor(session) as cursor:
        for id_, whole in wanted.stays:
            asked = {"id": id_, "since": whole.start, "end": min(end, whole.end)}
            first, step = one(cursor, EXTENT, {**asked, "steady": STEADY})
            firsts += [] if first is None else [first]
            usual = timedelta(seconds=step) if step else usual
    return Usual(min(firsts, default=None), usual)


def hours_between(
    session: Session, wanted: Subject, span: tuple[datetime, datetime], low: float, high: float
) -> Times:
    """Return the hours in which some reading may lie within bounds."""
    found = [EMPTY]
    with column_cursor(session) as cursor:
        for id_, whole in wanted.stays:
            start, end = max(span[0], whole.start), min(span[1], whole.end)
            bounds = {"id": id_, "start": start, "end": end, "low": low, "high": high}
            (hours,) = one(cursor, HOURS, bounds)
            found += [] if hours is None else [hours]
    return np.unique(np.concatenate(found))


def values_in(session: Session, wanted: Subject, stretches: Stretches, most: int) -> Seen:
    """Read the readings of some stretches, or refuse when they are too many."""
    texts = wanted.series.datatype is Datatype.STRING
    found: list[Seen] = []
    with column_cursor(session) as cursor:
        for place, (id_, whole) in enumerate(wanted.stays):
            own = stretches.within(naive(whole.start), naive(whole.end))
            if not len(own):
                continue
            limits = {"starts": aware_all(own.starts), "ends": aware_all(own.ends)}
            times, values = one(cursor, VALUES[texts], {"id": id_, **limits, "most": most + 1})
            if times is not None:
                found.append(Seen(times, values, np.full(len(times), place)))
                refuse_too_many(sum(len(seen.times) for seen in found), most)
    if not found:
        return NOTHING
    return Seen(*(np.concatenate(column) for column in zip(*found, strict=True)))


def times_in(session: Session, wanted: Subject, span: TimeRange, most: int) -> Times:
    """Return when was read in a range, and the last time before it."""
    found = [EMPTY]
    with column_cursor(session) as cursor:
        for id_, whole in wanted.stays:
            end = min(span.end, whole.end)
            start = min(max(span.start, whole.start), end)
            asked = {"id": id_, "since": whole.start, "start": start, "end": end}
            (times,) = one(cursor, TIMES, {**asked, "most": most + 1})
            found += [] if times is None else [times]
    refuse_too_many(sum(map(len, found)), most)
    return np.concatenate(found)


def refuse_too_many(count: int, most: int) -> None:
    if count > most:
        raise Invalid(
            f"this would look at more than {MOST_READ} readings; choose a shorter range, or a"
            " condition that holds less often",
            field="condition",
        )


def aware_all(times: Times) -> list[datetime]:
    return [utc(at) for at in times]


def utc(at: np.datetime64) -> datetime:
    """Return a time of a column as an aware one."""
    time: datetime = at.astype("datetime64[us]").astype(datetime)
    return time.replace(tzinfo=UTC)
