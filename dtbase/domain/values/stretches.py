"""Stretches of time in which something holds: sorted, apart from each other, half-open."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import to_utc

Flags = NDArray[np.bool_]
EMPTY: Times = np.empty(0, "datetime64[us]")


@dataclass(frozen=True)
class Stretches:
    """From `starts` to `ends`, each later than the one before."""

    starts: Times
    ends: Times

    def __len__(self) -> int:
        return len(self.starts)

    def at_least(self, length: timedelta) -> "Stretches":
        """Return those that are so long."""
        long = self.ends - self.starts >= np.timedelta64(length)
        return Stretches(self.starts[long], self.ends[long])

    def within(self, start: np.datetime64, end: np.datetime64) -> "Stretches":
        """Return what of them lies in a range."""
        starts, ends = np.maximum(self.starts, start), np.minimum(self.ends, end)
        kept = starts < ends
        return Stretches(starts[kept], ends[kept])


NONE = Stretches(EMPTY, EMPTY)


def joined(starts: Times, ends: Times) -> Stretches:
    """Return sorted stretches, those that touch or lie over each other as one."""
    if not len(starts):
        return NONE
    reached = np.maximum.accumulate(ends)
    begins = np.concatenate([[True], starts[1:] > reached[:-1]])
    lasts = np.concatenate([np.flatnonzero(begins)[1:] - 1, [len(starts) - 1]])
    return Stretches(starts[begins], reached[lasts])


def coarsened(found: Stretches, most: int) -> Stretches:
    """Return at most so many stretches that hold all of some: only the longest gaps are kept."""
    if len(found) <= most:
        return found
    gaps = found.starts[1:] - found.ends[:-1]
    kept = np.sort(np.argpartition(gaps, -(most - 1))[-(most - 1) :])
    starts = np.concatenate([found.starts[:1], found.starts[1:][kept]])
    ends = np.concatenate([found.ends[:-1][kept], found.ends[-1:]])
    return Stretches(starts, ends)


def common(one: Stretches, other: Stretches) -> Stretches:
    """Return where both hold."""
    times = np.concatenate([one.ends, other.ends, one.starts, other.starts])
    ends = len(one) + len(other)
    order = np.argsort(times, kind="stable")  # of what is at once, ends come first
    both = np.cumsum(np.where(order < ends, -1, 1)) == 2  # noqa: PLR2004 - both of two
    begins = np.flatnonzero(both)
    ordered = times[order]
    return Stretches(ordered[begins], ordered[begins + 1])


def holding(times: Times, holds: Flags, reach: timedelta, step: timedelta) -> Stretches:
    """Return for how long each reading holds: until the next one, unless that is long in coming.

    Where none comes within `reach`, nobody knows: it holds for the usual step.
    """
    if not len(times):
        return NONE
    until = times + np.timedelta64(step)
    near = np.diff(times) <= np.timedelta64(reach)
    until[:-1][near] = times[1:][near]
    return joined(times[holds], until[holds])


def changing(times: Times, holds: Flags, reach: timedelta) -> Stretches:
    """Return the steps between readings for which something holds, unless they are too long."""
    near = holds & (np.diff(times) <= np.timedelta64(reach))
    return joined(times[:-1][near], times[1:][near])


@dataclass(frozen=True)
class Hours:
    """Hours of the day, from until before midnight or over it, on some days of the week."""

    first: float
    last: float
    days: frozenset[int]
    """Monday is 0; over midnight it is the day on which they begin."""

    zone: ZoneInfo

    @property
    def always(self) -> bool:
        """Tell whether they are all there are."""
        return len(self.days) == 7 and self.first == 0 and self.last == 24  # noqa: PLR2004

    def during(self, found: Stretches) -> Stretches:
        """Return what of some stretches lies in these hours."""
        if self.always or not len(found):
            return found
        windows = [self.window(day) for day in days_of(found) if day.weekday() in self.days]
        starts = np.array([start for start, _ in windows], "datetime64[us]")
        ends = np.array([end for _, end in windows], "datetime64[us]")
        real = starts < ends
        return common(found, joined(starts[real], ends[real]))

    def window(self, day: date) -> tuple[datetime, datetime]:
        """Return the hours of a day, in UTC without saying so."""
        hours = self.last - self.first if self.last > self.first else self.last + 24 - self.first
        midnight = datetime.combine(day, time())
        start = midnight + timedelta(hours=self.first)
        begins, ends = (to_utc(at, self.zone) for at in (start, start + timedelta(hours=hours)))
        return begins.replace(tzinfo=None), ends.replace(tzinfo=None)


def days_of(found: Stretches) -> list[date]:
    """Return all days of UTC in which there is any of some stretches, and those beside them."""
    firsts, lasts = (times.astype("M8[D]").astype("i8") for times in (found.starts, found.ends))
    first = int(firsts[0]) - 2
    covers = np.zeros(int(lasts[-1]) - first + 3, "i8")
    np.add.at(covers, firsts - 2 - first, 1)
    np.add.at(covers, lasts + 2 - first, -1)
    days: list[date] = (np.flatnonzero(np.cumsum(covers)) + first).astype("M8[D]").tolist()
    return days
