"""What stands between readings: steps from one to the next, shared out over buckets by time."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]

HOUR = np.timedelta64(3_600_000_000, "us")


@dataclass(frozen=True)
class Points:
    """Readings of one series in order of time.

    Where an hour is told by its first and last reading alone, `area` holds what lies between the
    two, as value times hours; it is NaN where the next reading really is the next.
    """

    times: Times
    values: Numbers
    area: Numbers

    def __len__(self) -> int:
        return len(self.times)

    def where(self, kept: NDArray[np.bool_]) -> "Points":
        return Points(self.times[kept], self.values[kept], self.area[kept])

    @classmethod
    def of(cls, times: Times, values: Numbers) -> "Points":
        """Return readings of which none is left out."""
        return cls(times, values, np.full(len(times), np.nan))


NO_POINTS = Points.of(np.empty(0, "datetime64[us]"), np.empty(0))


class Steps(NamedTuple):
    """Stretches of time that do not overlap, in order, and the amount that each stands for."""

    starts: Times
    ends: Times
    amounts: Numbers


class Pieces(NamedTuple):
    """Steps cut at bounds: of which step each piece is, in which stretch, and how long."""

    step: Places
    stretch: Places
    hours: Numbers
    share: Numbers


def cut(starts: Times, ends: Times, bounds: Times) -> Pieces:
    """Cut steps at bounds; what lies outside the first and the last is left out."""
    inside = (starts < bounds[-1]) & (ends > bounds[0]) & (starts < ends)
    which = np.flatnonzero(inside)
    first = np.maximum(passed(bounds, starts[which], at=True) - 1, 0)
    last = np.minimum(passed(bounds, ends[which], at=False) - 1, len(bounds) - 2)
    counts = last - first + 1
    step = np.repeat(which, counts)
    before = np.repeat(np.cumsum(counts) - counts, counts)
    stretch = np.repeat(first, counts) + np.arange(len(step)) - before
    begin = np.maximum(starts[step], bounds[stretch])
    until = np.minimum(ends[step], bounds[stretch + 1])
    lengths = until - begin
    return Pieces(step, stretch, lengths / HOUR, lengths / (ends[step] - starts[step]))


def passed(bounds: Times, times: Times, *, at: bool) -> Places:
    """Return how many bounds lie before each of some times, or at it; both are in order.

    The fewer are looked for among the more: a year of states has many times a day.
    """
    if len(bounds) > len(times):
        return np.searchsorted(bounds, times, side="right" if at else "left")
    places = np.searchsorted(times, bounds, side="left" if at else "right")
    counts = np.diff(places, prepend=0, append=len(times))
    return np.repeat(np.arange(len(counts)), counts)


def level_steps(points: Points, holds: np.timedelta64, until: np.datetime64) -> Steps:
    """Return how long each value holds: until the next, at most so long, and not after a time."""
    following = np.append(points.times[1:], until)
    whole = ~np.isnan(points.area)
    ends = np.minimum(following, np.where(whole, following, points.times + holds))
    ends = np.minimum(ends, until)
    hours = (ends - points.times) / HOUR
    amounts = np.where(whole, points.area, points.values * hours)
    return Steps(points.times, np.maximum(ends, points.times), amounts)


def net_steps(points: Points, starts: Places) -> Steps:
    """Return by how much a meter changed from each reading to the next, up or down.

    `starts` are readings before which it had just started again from zero.
    """
    amounts = np.diff(points.values)
    amounts[starts - 1] = points.values[starts]
    return Steps(points.times[:-1], points.times[1:], amounts)
