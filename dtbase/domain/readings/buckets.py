"""Buckets of time: their names, their edges in a zone, and which one suits a range."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.batches import Times
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid

RULE = (
    "must be raw, auto, or a number from 1 to 99999 and s, m, h, d, w, mo or y, such as 10m, 1h"
    " or 1mo"
)
LONGEST_YEARS = 1_000
"""Of a longer bucket the edges around 1900 and 2200 would lie where no calendar reaches."""
MOST = 1_000_000
"""The largest number of buckets that one answer may have for a series."""

INSTANT = timedelta(microseconds=1)
HOUR = 3_600
DAY = 24 * HOUR
MONDAY = datetime(2000, 1, 3)  # noqa: DTZ001 - an edge in local time, whatever the zone
JANUARY = datetime(2000, 1, 1)  # noqa: DTZ001


class Unit(StrEnum):
    """What a bucket's length is counted in."""

    SECOND = "s"
    MINUTE = "m"
    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "mo"
    YEAR = "y"


SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: HOUR, Unit.DAY: DAY, Unit.WEEK: 7 * DAY}
MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12}
MONTH_SECONDS = 30.436875 * DAY


class Bucket(Frozen):
    """A span such as 10m, 1h or 1mo.

    Up to one hour the edges are equally far apart; longer ones follow the wall clock of a
    zone, so a day has 23 or 25 hours where the clocks change.
    """

    count: int
    unit: Unit

    @classmethod
    @lru_cache(maxsize=256)
    def parse(cls, text: str) -> Self:
        """Read a bucket's name."""
        found = re.fullmatch(r"([1-9][0-9]{0,4})(s|m|h|d|w|mo|y)", text)
        if found is None:
            raise Invalid(f"bucket {text!r} {RULE}", field="bucket")
        bucket = cls(count=int(found[1]), unit=Unit(found[2]))
        if bucket.seconds > LONGEST.seconds:
            raise Invalid(
                f"bucket {text!r} must be no longer than {LONGEST_YEARS} years", field="bucket"
            )
        return bucket

    def __str__(self) -> str:
        """Write the bucket's name."""
        return f"{self.count}{self.unit}"

    @property
    def months(self) -> int | None:
        """Return the length in months, for those that are counted so."""
        months = MONTHS.get(self.unit)
        return months and months * self.count

    @property
    def seconds(self) -> float:
        """Return the length, of months on average."""
        if self.months is not None:
            return self.months * MONTH_SECONDS
        return SECONDS[self.unit] * self.count

    @property
    def fixed(self) -> bool:
        """Tell whether the edges are equally far apart, whatever the clocks do."""
        return self.months is None and self.seconds <= HOUR

    @property
    def interval(self) -> timedelta | str:
        """Return the length as PostgreSQL takes it."""
        if self.months is not None:
            return f"{self.months} months"
        return timedelta(seconds=self.seconds)


LONGEST = Bucket(count=LONGEST_YEARS, unit=Unit.YEAR)

LADDER = tuple(
    Bucket(count=count, unit=unit)
    for unit, counts in (
        (Unit.SECOND, (1, 2, 5, 10, 15, 30)),
        (Unit.MINUTE, (1, 2, 5, 10, 15, 30)),
        (Unit.HOUR, (1, 2, 3, 6, 12)),
        (Unit.DAY, (1, 2)),
        (Unit.WEEK, (1, 2)),
        (Unit.MONTH, (1, 3)),
        (Unit.YEAR, (1, 5, 10, 20, 50, 100, 500)),
    )
    for count in counts
)
"""The buckets that auto chooses from, finest first.

Of the last ones any range touches at most two, and two only where it holds the start of 2000.
"""


@lru_cache(maxsize=256)
def offsets(span: TimeRange, zone: ZoneInfo) -> frozenset[float]:
    """Return the offsets from UTC, in seconds, that a zone has during a range."""
    weeks = int(span.seconds // (7 * DAY)) + 1
    times = [span.start + timedelta(weeks=week) for week in range(weeks)] + [span.end]
    return frozenset(offset_of(time, zone) for time in times)


def offset_of(time: datetime, zone: ZoneInfo) -> float:
    """Return a zone's offset from UTC at a time, in seconds."""
    offset = time.astimezone(zone).utcoffset()
    assert offset is not None
    return offset.total_seconds()


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a wall-clock time, as PostgreSQL resolves it.

    Of two instants it is the second, in standard time; in a gap it is that of the old offset.
    """
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return max(first, second)


@lru_cache(maxsize=256)
def origin(zone: ZoneInfo) -> datetime:
    """Return the instant from which fixed buckets are counted in a zone."""
    return to_utc(JANUARY, zone)


def edge_before(bucket: Bucket, time: datetime, zone: ZoneInfo) -> datetime:
    """Return the edge at or before a time: an instant if fixed, else a naive wall-clock time."""
    if bucket.fixed:
        start = origin(zone)
        return time - (time - start) % timedelta(seconds=bucket.seconds)
    local = time.astimezone(zone).replace(tzinfo=None)
    if bucket.months is None:
        return local - (local - MONDAY) % timedelta(seconds=bucket.seconds)
    months = (local.year - 2000) * 12 + local.month - 1
    return add_months(JANUARY, months - months % bucket.months)


def finest(span: TimeRange, points: int, zone: ZoneInfo) -> Bucket:
    """Return the finest bucket that divides a range into at most so many points."""
    for bucket in LADDER:
        if touched(bucket, span, zone) <= points:
            return bucket
    return LADDER[-1]


def touched(bucket: Bucket, span: TimeRange, zone: ZoneInfo) -> int:
    """Return how many buckets a range touches; where clocks jump, it may be fewer."""
    first, last = (edge_before(bucket, time, zone) for time in (span.start, span.end - INSTANT))
    if bucket.months is None:
        return (last - first) // timedelta(seconds=bucket.seconds) + 1
    months = (last.year - first.year) * 12 + last.month - first.month
    return months // bucket.months + 1


def add_months(start: datetime, months: int) -> datetime:
    """Return the first of a month so many months later."""
    years, month = divmod(start.month - 1 + months, 12)
    return start.replace(year=start.year + years, month=month + 1)


def refuse_too_many(bucket: Bucket, span: TimeRange) -> None:
    """Refuse to divide a range into more points than can be held."""
    if span.seconds / bucket.seconds > MOST:
        raise Invalid(
            f"a bucket of {bucket} divides this range into more than {MOST} points;"
            " choose a wider one or a shorter range",
            field="bucket",
        )


def edges(bucket: Bucket, span: TimeRange, zone: ZoneInfo) -> Times:
    """Return the starts of all buckets that a range touches."""
    refuse_too_many(bucket, span)
    first = edge_before(bucket, span.start, zone)
    if bucket.fixed:
        step = np.timedelta64(round(bucket.seconds * 1e6), "us")
        return np.arange(naive(first), naive(span.end), step)
    return np.array(
        [naive(time) for time in wall_clock_edges(bucket, first, span.end, zone)],
        dtype="datetime64[us]",
    )


def wall_clock_edges(
    bucket: Bucket, first: datetime, end: datetime, zone: ZoneInfo
) -> list[datetime]:
    """Return the instants of edges that follow the wall clock, each once.

    One that comes twice is passed the first time already, and one in a gap where the clocks jump,
    so that both can lie at the end or after it.
    """
    found: list[datetime] = []
    local = first
    last = edge_before(bucket, end - INSTANT, zone)
    while local <= last or local.replace(tzinfo=zone, fold=0).astimezone(UTC) < end:
        instant = to_utc(local, zone)
        if not found or instant > found[-1]:
            found.append(instant)
        if bucket.months is None:
            local += timedelta(seconds=bucket.seconds)
        else:
            local = add_months(local, bucket.months)
    return found


def naive(time: datetime) -> np.datetime64:
    """Return an instant as numpy holds it."""
    return np.datetime64(time.astimezone(UTC).replace(tzinfo=None), "us")


def aware(time: np.datetime64) -> datetime:
    """Return an instant of numpy's as everybody else holds it."""
    found: datetime = time.astype("datetime64[us]").astype(datetime)
    return found.replace(tzinfo=UTC)
