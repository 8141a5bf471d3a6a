"""The least and the most of many short segments, which mostly say that all is well with them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.numbers import LARGEST, SMALLEST
from dtbase.domain.readings.batches import END_OF_TIME, FIRST_TIME, Batch, Segment, Times
from dtbase.domain.registry.stamps import NOTHING_SAID

MOST_AT_ONCE = 100_000
"""Larger batches are looked at one segment after another: one more copy of them would be large."""


class Extremes(NamedTuple):
    """Extremes by segment; `least` is the smallest size that is not zero."""

    first: Times
    last: Times
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    least: NDArray[np.float64]

    def usual(self) -> Sequence[bool]:
        """Tell of each segment whether no time and no number of it is absurd."""
        timely = (self.first >= FIRST_TIME) & (self.last < END_OF_TIME)
        sized = (self.least >= SMALLEST) & (self.low >= -LARGEST) & (self.high <= LARGEST)
        usual: list[bool] = (timely & sized).tolist()
        return usual

    def span(self, places: Sequence[int]) -> tuple[np.datetime64, np.datetime64]:
        """Return the first and the last time of some segments."""
        return self.first[places].min(), self.last[places].max()

    def bounds(self, places: Sequence[int]) -> tuple[float, float]:
        return float(self.low[places].min()), float(self.high[places].max())


def floats_of(segment: Segment) -> NDArray[np.float64] | None:
    """Return values that are floats already, also where they were written as text."""
    values = segment.numbers if segment.text else segment.values
    return values if values is not None and values.dtype == np.float64 else None


def extremes_of(batch: Batch) -> Extremes | None:
    """Look at all segments at once, where there are several and nothing is said of them."""
    segments = batch.segments
    if len(segments) < 2 or len(batch) > MOST_AT_ONCE:  # noqa: PLR2004 - one is as quick by itself
        return None
    floats = [floats_of(each) for each in segments if each.said == NOTHING_SAID and len(each)]
    columns = [each for each in floats if each is not None]
    if len(columns) < len(segments):
        return None
    starts = np.cumsum([0, *map(len, columns[:-1])])
    times = np.concatenate([segment.times for segment in segments])
    values = np.concatenate(columns)
    sizes = np.where(values == 0, np.inf, np.abs(values))
    return Extremes(
        np.minimum.reduceat(times, starts),
        np.maximum.reduceat(times, starts),
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
        np.minimum.reduceat(sizes, starts),
    )
