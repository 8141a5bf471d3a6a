"""What a query of readings asks for, and from where it is answered."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.buckets import DAY, HOUR, Bucket, offsets, origin
from dtbase.domain.timeranges import TimeRange


class Aggregate(StrEnum):
    """One value for all readings of a bucket; what `mean` means is the measure's statistic."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    FIRST = "first"
    LAST = "last"
    INTEGRAL = "integral"
    TIME = "time"
    CHANGES = "changes"


TIME_IN = "time:"
"""With what the columns of the time in each state begin."""


class Fill(StrEnum):
    """What stands in a bucket that has no readings."""

    NONE = "none"
    NULL = "null"
    PREVIOUS = "previous"
    LINEAR = "linear"


class Level(StrEnum):
    """How coarse what is read is."""

    RAW = "raw"
    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """Return the length of a stored bucket."""
        return {Level.RAW: 0, Level.HOUR: HOUR, Level.DAY: DAY}[self]


class Bucketing(NamedTuple):
    """Into which buckets of which zone readings go."""

    bucket: Bucket
    zone: ZoneInfo
    aggregates: tuple[Aggregate, ...]
    fill: Fill


class Part(Frozen):
    """A stretch of time and the level at which it is read."""

    level: Level
    span: TimeRange


def level_for(bucket: Bucket, span: TimeRange, zone: ZoneInfo) -> Level:
    """Return the coarsest level whose edges include all edges of the buckets."""
    if bucket.fixed:  # counted from an instant, whatever the offset has been since
        hours = bucket.seconds % HOUR == 0 and origin(zone).timestamp() % HOUR == 0
        return Level.HOUR if hours else Level.RAW
    seen = offsets(span, zone)
    calendar = bucket.months is not None or bucket.seconds % DAY == 0
    if calendar and seen == {0.0}:
        return Level.DAY
    hourly = bucket.months is not None or bucket.seconds % HOUR == 0
    if hourly and all(offset % HOUR == 0 for offset in seen):
        return Level.HOUR
    return Level.RAW


def parts_of(span: TimeRange, level: Level) -> list[Part]:
    """Cut a range into what whole stored buckets cover and the finer rest at both ends."""
    if level is Level.RAW:
        return [Part(level=level, span=span)]
    finer = Level.HOUR if level is Level.DAY else Level.RAW
    start = span.start.timestamp()
    end = span.end.timestamp()
    first = -(-start // level.seconds) * level.seconds
    last = end // level.seconds * level.seconds
    if first >= last:
        return parts_of(span, finer)
    whole = TimeRange.model_validate(
        {"start": datetime.fromtimestamp(first, UTC), "end": datetime.fromtimestamp(last, UTC)}
    )
    parts = [Part(level=level, span=whole)]
    if span.start < whole.start:
        rest = TimeRange.model_validate({"start": span.start, "end": whole.start})
        parts = parts_of(rest, finer) + parts
    if whole.end < span.end:
        rest = TimeRange.model_validate({"start": whole.end, "end": span.end})
        parts += parts_of(rest, finer)
    return parts


def coarsest(parts: Iterable[Part]) -> Level:
    return max((part.level for part in parts), key=lambda level: level.seconds)
