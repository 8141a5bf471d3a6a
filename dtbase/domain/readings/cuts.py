"""Where buckets begin and end, as instants: what is shared over time is cut there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import (
    INSTANT,
    Bucket,
    aware,
    edge_before,
    edges,
    naive,
    offset_of,
    offsets,
    refuse_too_many,
    to_utc,
)
from dtbase.domain.readings.steps import passed
from dtbase.domain.timeranges import TimeRange

WEEK = timedelta(weeks=1)
SECOND = timedelta(seconds=1)
AROUND = np.timedelta64(2, "D")
"""Clocks never change by more than a day."""


class Cuts(NamedTuple):
    """Stretches of a range one after another, and the bucket that each belongs to.

    A bucket mostly is one stretch. Where clocks go back past its edge, it is left and entered anew.
    """

    bounds: Times
    labels: Times

    @property
    def places(self) -> tuple[Times, NDArray[np.intp]]:
        """Return each bucket once, and of each stretch the place of its bucket."""
        return np.unique(self.labels, return_inverse=True)

    def stretches_of(self, times: Times) -> NDArray[np.intp]:
        """Return in which stretch each time of the range lies; others are left out."""
        inside = times[(times >= self.bounds[0]) & (times < self.bounds[-1])]
        return passed(self.bounds, inside, at=True) - 1


NO_CUTS = Cuts(np.empty(0, "datetime64[us]"), np.empty(0, "datetime64[us]"))


def cuts_of(bucket: Bucket, span: TimeRange, zone: ZoneInfo) -> Cuts:
    """Cut a range at the edges of its buckets."""
    if bucket.fixed:
        labels = edges(bucket, span, zone)
        return Cuts(np.concatenate([[naive(span.start)], labels[1:], [naive(span.end)]]), labels)
    refuse_too_many(bucket, span)
    changes = turns(span, zone)
    starts = [span.start, *changes]
    inside = [
        edges_between(bucket, start, end, zone)
        for start, end in zip(starts, [*changes, span.end], strict=True)
    ]
    times = np.concatenate(inside)
    doubtful = near(times, [naive(start) for start in starts])
    labels = times.copy()
    for place in np.flatnonzero(doubtful):
        edge = edge_before(bucket, aware(times[place]), zone)
        labels[place] = naive(to_utc(edge, zone))
    return Cuts(np.append(times, naive(span.end)), labels)


def edges_between(bucket: Bucket, start: datetime, end: datetime, zone: ZoneInfo) -> Times:
    """Return a time and the edges from there to another; in between clocks do not change."""
    first = edge_before(bucket, start, zone)
    offset = np.timedelta64(round(offset_of(start, zone) * 1e6), "us")
    until = naive(end) + offset
    if bucket.months is None:
        step = np.timedelta64(round(bucket.seconds * 1e6), "us")
        local = np.arange(np.datetime64(first, "us") + step, until, step)
    else:
        month = np.datetime64(first, "M") + bucket.months
        last = until.astype("datetime64[M]") + 1
        local = np.arange(month, last, bucket.months).astype("datetime64[us]")
    return np.append(naive(start), local[local < until] - offset)


def near(times: Times, changes: Sequence[np.datetime64]) -> NDArray[np.bool_]:
    """Tell which times lie so close to a start or a change of the clocks that others label them."""
    found = np.zeros(len(times), dtype=bool)
    for change in changes:
        found |= abs(times - change) <= AROUND
    return found


def turns(span: TimeRange, zone: ZoneInfo) -> list[datetime]:
    """Return the instants within a range at which the clocks of a zone change."""
    if len(offsets(span, zone)) == 1:
        return []
    found = []
    start = span.start
    while start < span.end:
        end = min(start + WEEK, span.end)
        if offset_of(start, zone) != offset_of(end, zone):
            found.append(turn(start, end, zone))
        start = end
    return found


def turn(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the second at which the clocks change between two times."""
    old = offset_of(before, zone)
    while after - before > SECOND:
        middle = before + (after - before) / 2
        if offset_of(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0) if after - before >= INSTANT else after
