"""How complete and how good the readings of a series are, month by month."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.buckets import naive
from dtbase.domain.readings.flags import QualityFlag
from dtbase.domain.timeranges import AwareTime, TimeRange

MOST_SERIES = 50
LONGEST = timedelta(days=3_660)
USUALLY = timedelta(days=366)
HOUR = timedelta(hours=1)

Hours = NDArray[np.datetime64]
Counts = NDArray[np.int64]
SeriesName = Annotated[str, StringConstraints(max_length=201, pattern=r"^[^\x00]*$")]


class QualityQuery(Frozen):
    """Of which series, and from when to when; whole months by UTC are told."""

    series: list[SeriesName] = Field(
        min_length=1, max_length=MOST_SERIES, description="sensor/measure, once for each series"
    )
    start: AwareTime | None = Field(None, description="by default a year before the end")
    end: AwareTime | None = Field(None, description="by default now")


class Silence(Frozen):
    """Readings that are no nearer to each other than these times."""

    start: datetime
    end: datetime
    seconds: float


class MonthQuality(Frozen):
    """A month of a series.

    `readings` and `expected` are counted from the first reading on, and not beyond now. `flags`
    counts good, not_evaluated and suspect readings, and those set aside as fail and missing; of
    readings that retention has dropped too.
    """

    month: date
    readings: int
    expected: int
    completeness: float = Field(description="1 where in no hour fewer came than usual.")
    flags: dict[QualityFlag, int]
    longest_silence: Silence | None = Field(
        None, description="The longest of over an hour, and over the usual step, that touches it."
    )


class SeriesQuality(Frozen):
    """How complete and how good a series is; of one that has no readings there is nothing."""

    sensor: str
    measure: str
    cadence: float | None = Field(None, description="The usual seconds between two readings.")
    months: tuple[MonthQuality, ...] = ()


class Rhythm(NamedTuple):
    """What is usual: so many readings in an hour that has any, and so many hours from one on."""

    each: int
    hours: int

    @property
    def cadence(self) -> float:
        return 3_600 * self.hours / self.each


class Between(NamedTuple):
    """The hours between which nothing came: the last with a reading, and the next."""

    last: np.datetime64
    next: np.datetime64

    @property
    def hours(self) -> int:
        """Count the hours without any."""
        return int((self.next - self.last) / np.timedelta64(1, "h")) - 1


def rhythm_of(hours: Hours, counts: Counts) -> Rhythm:
    """Return how often a series usually reports, from the hours in which it has readings."""
    steps = np.diff(hours) / np.timedelta64(1, "h")
    return Rhythm(
        each=max(1, int(np.median(counts))),
        hours=max(1, int(np.median(steps))) if len(steps) else 1,
    )


def months_of(span: TimeRange) -> Iterator[tuple[date, TimeRange]]:
    """Yield the months of a range, and what of the range lies in each."""
    first = datetime(span.start.year, span.start.month, 1, tzinfo=UTC)
    while first < span.end:
        following = (first + timedelta(days=32)).replace(day=1)
        yield first.date(), TimeRange(start=max(first, span.start), end=min(following, span.end))
        first = following


def expected_in(span: TimeRange, usual: Rhythm) -> int:
    """Return how many readings are usual in a range."""
    return max(1, round((span.end - span.start) / HOUR / usual.hours * usual.each))


def completeness_of(counts: Counts, expected: int, usual: Rhythm) -> float:
    """Return the share of expected readings that came; many in one hour make up for no other."""
    return min(1.0, float(np.minimum(counts, usual.each).sum()) / expected)


def longest_in(hours: Hours, span: TimeRange, usual: Rhythm) -> Between | None:
    """Return the silence, longer than usual, that covers most of a range."""
    if len(hours) < 2:  # noqa: PLR2004 - a silence lies between two
        return None
    low, high = (naive(each).astype("datetime64[h]") for each in (span.start, span.end))
    starts, ends = hours[:-1] + np.timedelta64(1, "h"), hours[1:]
    silent = ends - hours[:-1] > np.timedelta64(usual.hours, "h")
    inside = np.minimum(ends, high) - np.maximum(starts, low)
    inside = np.where(silent, inside, np.timedelta64(0, "h"))
    place = int(inside.argmax())
    if inside[place] <= np.timedelta64(0, "h"):
        return None
    return Between(hours[place], hours[place + 1])
