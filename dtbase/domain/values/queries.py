"""What a query of values asks for: of which series, from when to when, and how finely."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dtbase.domain.forecasts.selections import Selection
from dtbase.domain.readings.buckets import INSTANT, Bucket, finest
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange

DEFAULT_SPAN = timedelta(days=7)
MOST_SERIES = 200
"""The most series that one query is about."""


class OfSeries(NamedTuple):
    """Readings of series by name."""

    keys: tuple[SeriesKey, ...]


class AtLocation(NamedTuple):
    """Readings of the sensors that were at a location or anywhere in it, while they were there.

    All their measures if none is named; combined, one series for each measure of all sensors.
    """

    location: str
    measures: tuple[str, ...] = ()
    combined: bool = False


class Predicted(NamedTuple):
    """Predictions of series by name; of one run, all that it predicts if none is named."""

    selection: Selection
    keys: tuple[SeriesKey, ...] = ()


class Quality(StrEnum):
    """Which readings are asked for: all that are believed, or those that are not suspect."""

    BELIEVED = "believed"
    GOOD = "good"


Subject = OfSeries | AtLocation | Predicted


class Automatic(NamedTuple):
    """Raw values if they are at most so many points, else the finest buckets that are."""

    points: int
    zone: ZoneInfo
    aggregates: tuple[Aggregate, ...]
    fill: Fill

    def suit(self, span: TimeRange, first: datetime, last: datetime) -> Bucket:
        """Return the finest bucket for values between two times, or if filled for all the range."""
        if self.fill is Fill.NONE:
            span = TimeRange(start=max(first, span.start), end=min(last + INSTANT, span.end))
        return finest(span, self.points, self.zone)

    def into(self, bucket: Bucket) -> Bucketing:
        return Bucketing(bucket, self.zone, self.aggregates, self.fill)


Resolution = Bucketing | Automatic | None
"""Into which buckets values go; None: they are read as they are stored."""


@dataclass(frozen=True)
class ValuesQuery:
    """Which values to read; the range is half-open, [start, end)."""

    subject: Subject
    start: datetime | None
    end: datetime | None
    resolution: Resolution
    now: datetime
    quality: Quality = Quality.BELIEVED
    flags: bool = False

    @cached_property
    def span(self) -> TimeRange:
        """Return the range asked for: by default the last seven days."""
        return TimeRange.asked(self.start, self.end, self.now, DEFAULT_SPAN)
