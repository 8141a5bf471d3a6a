"""The same answers in plain Python: slow, obvious, and free of SQL."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.registry.measures import Statistic

PLAIN = (
    Aggregate.MEAN,
    Aggregate.MIN,
    Aggregate.MAX,
    Aggregate.SUM,
    Aggregate.COUNT,
    Aggregate.FIRST,
    Aggregate.LAST,
)
"""What can be asked of any number."""

Readings = dict[datetime, float]
Aggregates = dict[str, float | None]


def bucket_start(time: datetime, bucket: str, zone: ZoneInfo) -> datetime:
    """Return the start of a reading's bucket, by the wall clock from two hours on."""
    minutes = {"10m": 10, "30m": 30, "1h": 60}.get(bucket)
    if minutes is not None:
        origin = datetime(2000, 1, 1, tzinfo=zone).astimezone(UTC)
        return time - (time - origin) % timedelta(minutes=minutes)
    local = time.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match bucket:
        case "3h" | "6h" | "12h":
            hours = int(bucket[:-1])
            start = midnight.replace(hour=local.hour // hours * hours)
        case "1d":
            start = midnight
        case "1w":
            day = midnight.date() - timedelta(days=midnight.weekday())
            start = datetime(day.year, day.month, day.day, tzinfo=zone)
        case "1mo":
            start = midnight.replace(day=1)
        case _:
            raise AssertionError(bucket)
    return start.astimezone(UTC)


def aggregates(times: list[datetime], readings: Readings, statistic: Statistic) -> Aggregates:
    """Return every aggregate of the readings of one bucket."""
    values = [readings[time] for time in sorted(times)]
    answer: Aggregates = {
        "count": len(values),
        "sum": math.fsum(values),
        "min": min(values),
        "max": max(values),
        "first": values[0],
        "last": values[-1],
    }
    answer["mean"] = mean(values, statistic)
    return answer


def mean(values: list[float], statistic: Statistic) -> float | None:
    """Return what the mean of a bucket is for a statistic."""
    match statistic:
        case Statistic.TOTAL:
            return math.fsum(values)
        case Statistic.CIRCULAR:
            sines = math.fsum(math.sin(math.radians(value)) for value in values)
            cosines = math.fsum(math.cos(math.radians(value)) for value in values)
            if math.hypot(sines, cosines) < 1e-9 * len(values):
                return None
            return math.degrees(math.atan2(sines, cosines)) % 360
        case _:
            return math.fsum(values) / len(values)


def bucketed(
    readings: Readings,
    span: tuple[datetime, datetime],
    bucket: str,
    zone: ZoneInfo,
    statistic: Statistic,
) -> dict[datetime, Aggregates]:
    """Return the aggregates of every bucket that has readings within [start, end)."""
    groups: dict[datetime, list[datetime]] = defaultdict(list)
    for time in readings:
        if span[0] <= time < span[1]:
            groups[bucket_start(time, bucket, zone)].append(time)
    return {
        start: aggregates(times, readings, statistic) for start, times in sorted(groups.items())
    }
