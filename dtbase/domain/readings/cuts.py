"""Where buckets begin and end, as instants: what is shared over time is cut there."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import (
    INSTANT,
    Bucket,
    edge_before,
    edges,
    naive,
    offset_of,
    to_utc,
)
from dtbase.domain.timeranges import TimeRange

WEEK = timedelta(weeks=1)
SECOND = timedelta(seconds=1)


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


NO_CUTS = Cuts(np.empty(0, "datetime64[us]"), np.empty(0, "datetime64[us]"))


def cuts_of(bucket: Bucket, span: TimeRange, zone: ZoneInfo) -> Cuts:
    """Cut a range at the edges of its buckets."""
    start, end = naive(span.start), naive(span.end)
    if bucket.fixed:
        labels = edges(bucket, span, zone)
        return Cuts(np.concatenate([[start], labels[1:], [end]]), labels)
    instants = {span.start, *turns(span, zone), *passed(bucket, span, zone)}
    inside = sorted(time for time in instants if span.start <= time < span.end)
    labels = np.array(
        [naive(to_utc(edge_before(bucket, time, zone), zone)) for time in inside], "datetime64[us]"
    )
    bounds = np.array([*map(naive, inside), end], "datetime64[us]")
    return Cuts(bounds, labels)


def passed(bucket: Bucket, span: TimeRange, zone: ZoneInfo) -> set[datetime]:
    """Return the instants at which clocks show an edge, both where they show it twice."""
    labels = edges(bucket, span, zone)
    found = set()
    for label in labels.tolist():
        local = label.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        found |= {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return found


def turns(span: TimeRange, zone: ZoneInfo) -> list[datetime]:
    """Return the instants within a range at which the clocks of a zone change."""
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
