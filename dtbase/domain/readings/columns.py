"""Series on their way out: columns of numbers and the arithmetic of their aggregates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.queries import TIME_IN, Aggregate, Fill
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.statistics import METERS

Numbers = NDArray[np.float64]

NOTHING = frozenset({Aggregate.COUNT, Aggregate.CHANGES})
"""What is 0 in buckets without readings."""

NO_DIRECTION = 1e-9
"""Below this mean resultant length a direction is not defined: the vectors cancel out."""

FULL_CIRCLE = 360.0


@dataclass(frozen=True)
class Columns:
    """UTC times in microseconds, and for each name a value at each of them (NaN or None: none).

    From `provisional_from` on, buckets of a level or a meter can change with the next reading.
    """

    times: Times
    values: dict[str, NDArray[Any]]
    provisional_from: datetime | None = None

    def __len__(self) -> int:
        return len(self.times)

    def part(self, start: int, end: int | None = None) -> "Columns":
        """Return the columns from one place to before another."""
        where = slice(start, end)
        values = {name: column[where] for name, column in self.values.items()}
        return Columns(self.times[where], values, self.provisional_from)


def mean_direction(sum_sin: Numbers, sum_cos: Numbers, n: Numbers) -> Numbers:
    """Return the mean direction in degrees, [0, 360); NaN where the directions cancel out.

    The direction of the sum of unit vectors (Mardia & Jupp, Directional Statistics, 2000, 2.2).
    """
    degrees = np.degrees(np.arctan2(sum_sin, sum_cos)) % FULL_CIRCLE
    degrees[degrees >= FULL_CIRCLE] = 0.0
    degrees[np.hypot(sum_sin, sum_cos) < NO_DIRECTION * n] = np.nan
    return degrees


def mean_of(statistic: Statistic, stored: dict[str, Numbers]) -> Numbers:
    """Return what the mean of a bucket is for a statistic, from its stored sums."""
    if statistic is Statistic.CIRCULAR:
        return mean_direction(stored["sum_sin"], stored["sum_cos"], stored["n"])
    if statistic is Statistic.TOTAL:
        return stored["sum"]
    return stored["sum"] / stored["n"]


def fill_gaps(columns: Columns, edges: Times, fill: Fill, statistic: Statistic) -> Columns:
    """Put the buckets on a grid without gaps, and fill those that were missing.

    Counts become 0 and amounts stay empty; the others are filled from known values in the grid.
    """
    places = np.searchsorted(edges, columns.times)
    known = np.zeros(len(edges), dtype=bool)
    known[places] = True
    values = {}
    for name, column in columns.values.items():
        if column.dtype == object:
            values[name] = np.full(len(edges), None, dtype=object)
            values[name][places] = column
            continue
        grid = np.full(len(edges), 0.0 if name in NOTHING else np.nan)
        grid[places] = column
        circular = statistic is Statistic.CIRCULAR
        if name not in {*NOTHING, Aggregate.SUM} and not is_amount(name, statistic):
            grid = filled(grid, fill, circular=circular)
        values[name] = grid
    return Columns(edges, values, columns.provisional_from)


def is_amount(name: str, statistic: Statistic) -> bool:
    """Tell whether a column holds amounts, which no bucket without readings has."""
    if name == Aggregate.INTEGRAL or name.startswith(TIME_IN):
        return True
    return name == Aggregate.MEAN and statistic in {Statistic.TOTAL, *METERS}


def filled(grid: Numbers, fill: Fill, *, circular: bool) -> Numbers:
    """Fill the gaps of one column from its first known value on, by lines up to its last one."""
    known = np.flatnonzero(~np.isnan(grid))
    if fill is Fill.NULL or not len(known):
        return grid
    if fill is Fill.PREVIOUS:
        last = np.maximum.accumulate(np.where(np.isnan(grid), -1, np.arange(len(grid))))
        return np.where(last >= 0, grid[last], np.nan)
    ends = slice(known[0], known[-1] + 1)
    at = np.arange(known[0], known[-1] + 1)
    out = grid.copy()
    if circular:
        turns = np.unwrap(grid[known], period=FULL_CIRCLE)
        out[ends] = np.interp(at, known, turns) % FULL_CIRCLE
    else:
        out[ends] = np.interp(at, known, grid[known])
    return out


def even_step(times: Times) -> float | None:
    """Return the distance between times in seconds, if it is always the same."""
    if len(times) < 2:  # noqa: PLR2004 - one time has no distance
        return None
    steps = times[1:] - times[:-1]
    if (steps != steps[0]).any():
        return None
    return float(steps[0] / np.timedelta64(1, "us")) / 1e6
