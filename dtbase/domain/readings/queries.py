"""What a query of readings asks for, and from where it is answered."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
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


KEPT = 256
"""Of so many ranges it is kept how they are read: one request asks that several times."""

TIME_IN = "time:"
"""With what the columns of the time in each state begin."""


class Fill(StrEnum):
    """What stands in a bucket that has no readings."""

    NONE = "none"
    NULL = "null"
    PREVIOUS = "previous"
    LINEAR = "linear"


class Grain(StrEnum):
    """How coarse what is read is."""

    RAW = "raw"
    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """Return the length of a stored bucket."""
        return {Grain.RAW: 0, Grain.HOUR: HOUR, Grain.DAY: DAY}[self]


class Bucketing(NamedTuple):
    """Into which buckets of which zone readings go."""

    bucket: Bucket
    zone: ZoneInfo
    aggregates: tuple[Aggregate, ...]
    fill: Fill


class Part(Frozen):
    """A stretch of time and the grain at which it is read."""

    grain: Grain
    span: TimeRange


@lru_cache(maxsize=KEPT)
def grain_for(bucket: Bucket, span: TimeRange, zone: ZoneInfo) -> Grain:
    """Return the coarsest grain whose edges include all edges of the buckets."""
    if bucket.fixed:  # counted from an instant, whatever the offset has been since
        hours = bucket.seconds % HOUR == 0 and origin(zone).timestamp() % HOUR == 0
        return Grain.HOUR if hours else Grain.RAW
    seen = offsets(span, zone)
    calendar = bucket.months is not None or bucket.seconds % DAY == 0
    if calendar and seen == {0.0}:
        return Grain.DAY
    hourly = bucket.months is not None or bucket.seconds % HOUR == 0
    if hourly and all(offset % HOUR == 0 for offset in seen):
        return Grain.HOUR
    return Grain.RAW


@lru_cache(maxsize=KEPT)
def parts_of(span: TimeRange, grain: Grain) -> Sequence[Part]:
    """Cut a range into what whole stored buckets cover and the finer rest at both ends."""
    if grain is Grain.RAW:
        return (Part(grain=grain, span=span),)
    finer = Grain.HOUR if grain is Grain.DAY else Grain.RAW
    start = span.start.timestamp()
    end = span.end.timestamp()
    first = -(-start // grain.seconds) * grain.seconds
    last = end // grain.seconds * grain.seconds
    if first >= last:
        return parts_of(span, finer)
    whole = TimeRange.model_validate(
        {"start": datetime.fromtimestamp(first, UTC), "end": datetime.fromtimestamp(last, UTC)}
    )
    parts: Sequence[Part] = (Part(grain=grain, span=whole),)
    if span.start < whole.start:
        rest = TimeRange.model_validate({"start": span.start, "end": whole.start})
        parts = (*parts_of(rest, finer), *parts)
    if whole.end < span.end:
        rest = TimeRange.model_validate({"start": whole.end, "end": span.end})
        parts = (*parts, *parts_of(rest, finer))
    return parts


def coarsest(parts: Iterable[Part]) -> Grain:
    return max((part.grain for part in parts), key=lambda grain: grain.seconds)
