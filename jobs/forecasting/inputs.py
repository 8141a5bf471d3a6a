"""From readings to what a family sees: the grid, the past origins, the regressors."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from jobs.forecasting import autoregression
from jobs.forecasting.autoregression import Lag, Spec
from jobs.forecasting.outcome import Regressor
from jobs.forecasting.outliers import outliers
from jobs.forecasting.prepare import DAY, Floats, Grid, binned, season_of
from jobs.forecasting.view import HOUR, Ints, View

LONGEST_DAYS = 35.0
LONGEST_STEPS = 100
SHARE = 0.6
STRIDE = 12 * HOUR


def trimmed(grid: Grid) -> Grid:
    """Return a grid that ends with its last known value, from where forecasts start."""
    end = int(np.flatnonzero(~np.isnan(grid.values))[-1]) + 1
    return replace(grid, raw=grid.raw[:end], values=grid.values[:end], faulty=grid.faulty[:end])


def backtest_days(grid: Grid) -> float:
    """Return how many of the last days are forecast as if they had not been seen."""
    return min(max(LONGEST_DAYS, LONGEST_STEPS * grid.step / DAY), SHARE * grid.days)


def origins_of(grid: Grid) -> Ints:
    """Return the places to forecast from, every half day, the last one now; all are known."""
    last = len(grid.values) - 1
    stride = max(1, round(STRIDE / grid.step))
    wanted = np.arange(last, last - backtest_days(grid) * DAY / grid.step, -stride)[::-1]
    known = np.flatnonzero(~np.isnan(grid.values))
    return np.unique(known[np.searchsorted(known, wanted, side="right") - 1])


def view_of(grid: Grid, leads: int, zone: str, regressors: Sequence[Regressor]) -> View:
    """Return the view of a grid; regressors are binned on it, and forecast where unknown."""
    origins = origins_of(grid)
    none = np.zeros((len(grid.values) + leads, 0))
    bare = View(grid, origins, leads, zone, none, np.zeros((len(origins), leads, 0)))
    aligned = [each for item in regressors if (each := align(bare, item)) is not None]
    if not aligned:
        return bare
    past, ahead = zip(*aligned, strict=True)
    return replace(bare, regressors=np.column_stack(past), regressors_ahead=np.stack(ahead, axis=2))


def align(view: View, regressor: Regressor) -> tuple[Floats, Floats] | None:
    """Return a regressor on a view's bins, (length,), and ahead of each origin, (o, leads).

    None when it says nothing: too few values, or always the same.
    """
    grid = view.grid
    times = np.array(regressor.times, dtype=np.float64)
    values = np.array(regressor.values, dtype=np.float64)
    bins = np.floor((times - grid.start) / grid.step)
    known = np.isfinite(values)
    known[known] = ~outliers(values[known])
    usable = known & (bins >= 0) & (bins < view.length)
    if usable.sum() < view.season or np.ptp(values[usable]) == 0:
        return None
    line = np.full(view.length, np.nan)
    means = binned(bins[usable].astype(np.int64), values[usable])
    line[: len(means)] = means
    there = np.flatnonzero(~np.isnan(line))
    line = np.interp(np.arange(view.length), there, line[there], left=np.nan)
    line = (line - np.nanmean(line)) / np.nanstd(line)
    if there[-1] >= view.length - max(2, view.leads // 10):
        return line, line[view.ahead]
    return line, foreseen(view, line)


def foreseen(view: View, line: Floats) -> Floats:
    """Forecast a regressor from each origin as nobody knows it beyond, (o, leads)."""
    past = line[: len(view.grid.values)]
    own = replace(view, grid=replace(view.grid, raw=past, values=past))
    season = season_of(view.grid.step)
    lags = (Lag(0, 1), Lag(0, 2), Lag(0, 3), Lag(1, 0), Lag(1, 1))
    rolled = autoregression.roll(own, Spec(lags if season > 3 else lags[:2], daily=3))  # noqa: PLR2004
    if rolled is None:
        return np.repeat(own.filled[view.origins][:, None], view.leads, axis=1)
    return rolled.paths
