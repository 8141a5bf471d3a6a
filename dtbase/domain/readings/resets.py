"""When a meter was set to zero: because somebody says so, or because it starts over each day."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import INSTANT, Bucket, aware, edges, naive
from dtbase.domain.readings.steps import HOUR, Numbers, Places
from dtbase.domain.registry.statistics import Options
from dtbase.domain.timeranges import TimeRange

BUCKETS = {"day": "1d", "week": "1w", "month": "1mo", "year": "1y"}

APART = HOUR
"""The clock of a meter that starts over may be so far from the time."""

MOST = 0.5
"""One that starts over falls to less than this share of where it stood."""


def said_times(rules: Options) -> Times:
    """Return when a meter was set to zero by somebody who said so."""
    return np.array([naive(time) for time in rules.resets or ()], "datetime64[us]")


def usual_times(rules: Options, first: np.datetime64, last: np.datetime64) -> Times:
    """Return when a meter starts over by itself, from just before one time to after another."""
    if rules.restarts is None:
        return np.empty(0, "datetime64[us]")
    width = timedelta(hours=1)
    found = edges_of(
        rules.restarts, rules.timezone or "UTC", aware(first) - width, aware(last) + width + INSTANT
    )
    return found[found > first - APART]


@lru_cache(maxsize=64)
def edges_of(restarts: str, zone: str, start: datetime, end: datetime) -> Times:
    """Return the starts of days, weeks, months or years of a zone."""
    bucket = Bucket.parse(BUCKETS[restarts])
    return edges(bucket, TimeRange(start=start, end=end), ZoneInfo(zone))


def first_after(times: Times, values: Numbers, rules: Options) -> Places:
    """Return the places of the first readings after resets, if there are any before these."""
    if not len(times):
        return np.empty(0, dtype=np.intp)
    said = np.searchsorted(times, said_times(rules))
    usual = [starts_over(times, values, time) for time in usual_times(rules, times[0], times[-1])]
    places = np.unique(np.concatenate([said, np.array(usual, dtype=np.intp)])).astype(np.intp)
    return places[(places > 0) & (places < len(times))]


def starts_over(times: Times, values: Numbers, time: np.datetime64) -> int:
    """Return the first reading after a meter started over: where it fell near then, else then."""
    first = max(int(np.searchsorted(times, time - APART, side="right")), 1)
    last = min(int(np.searchsorted(times, time + APART, side="right")), len(times) - 1)
    before, after = np.abs(values[first - 1 : last]), np.abs(values[first : last + 1])
    fell = np.flatnonzero(after < MOST * before)
    return first + int(fell[0]) if len(fell) else int(np.searchsorted(times, time))
