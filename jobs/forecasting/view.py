"""What a model family sees: a series without holes, its clock, and where to forecast from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jobs.forecasting.clock import utc_offsets
from jobs.forecasting.prepare import DAY, Floats, Grid, season_of

Ints = NDArray[np.int64]

HOUR = 3600.0


@dataclass(frozen=True)
class View:
    """A grid, and the places to forecast from: the last of them is now, the others the past.

    Origins are places (o,) whose value is known, ascending; each is forecast `leads` bins ahead,
    from nothing but what was known there. `regressors` are (n + leads, k), and `regressors_ahead`
    (o, leads, k) as they were foreseen at each origin.
    """

    grid: Grid
    origins: Ints
    leads: int
    timezone: str
    regressors: Floats
    regressors_ahead: Floats

    @cached_property
    def length(self) -> int:
        """Return how many bins there are, with those ahead."""
        return len(self.grid.values) + self.leads

    @cached_property
    def season(self) -> int:
        """Return the bins of the shortest cycle: a day, or a week where bins are days."""
        return season_of(self.grid.step)

    @cached_property
    def week(self) -> int | None:
        """Return the bins of a week, unless that is the season itself."""
        return 7 * self.season if self.grid.step < DAY else None

    @cached_property
    def local(self) -> Floats:
        """Return what the site's clocks show in the middle of each bin, in seconds (length,)."""
        middle = self.grid.start + self.grid.step * (np.arange(self.length) + 0.5)
        return np.asarray(middle + utc_offsets(self.timezone, np.asarray(middle)))

    @cached_property
    def clock(self) -> Ints:
        """Return by how many bins clocks are ahead of the first bin's, (length,)."""
        if HOUR % self.grid.step:
            return np.zeros(self.length, dtype=np.int64)
        bins = self.local / self.grid.step - np.arange(self.length)
        return np.asarray(np.round(bins - bins[0]).astype(np.int64))

    @cached_property
    def changes(self) -> bool:
        """Tell whether the clocks change within the view."""
        return bool(self.clock.any())

    def before(self, bins: int) -> Ints:
        """Return for each place the one with the same clock time so many bins before, (length,)."""
        places = np.arange(self.length) - bins
        if not self.changes:
            return places
        return np.asarray(places + self.clock - self.clock[np.maximum(places, 0)])

    @cached_property
    def ahead(self) -> Ints:
        """Return the places that each origin looks at, (o, leads)."""
        return np.asarray(self.origins[:, None] + 1 + np.arange(self.leads)[None, :])

    @cached_property
    def filled(self) -> Floats:
        """Return the values with long gaps filled by the season before, from the past alone."""
        values = self.grid.values.copy()
        missing = np.flatnonzero(np.isnan(values))
        if len(missing) == 0:
            return values
        first = values[np.argmin(np.isnan(values))]
        before = self.before(self.season)
        for place in missing:
            earlier = values[before[place]] if before[place] >= 0 else first
            values[place] = earlier
        return values

    @cached_property
    def read(self) -> Floats:
        """Return what was read ahead of each origin, (o, leads); NaN where nothing was."""
        padded = np.concatenate((self.grid.raw, np.full(self.leads, np.nan)))
        return np.asarray(padded[self.ahead])

    @cached_property
    def truth(self) -> Floats:
        """Return what was read ahead of each origin and is no fault, (o, leads)."""
        padded = np.concatenate((self.grid.faulty, np.zeros(self.leads, dtype=np.bool_)))
        return np.where(padded[self.ahead], np.nan, self.read)
