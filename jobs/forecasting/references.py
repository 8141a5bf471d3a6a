"""What forecasts are held against: what was read, and the seasonal naive as known at the issue."""

import numpy as np

from jobs.forecasting.prepare import DAY, Floats
from jobs.forecasting.scores import seasonal_scale


def observed(times: Floats, values: Floats, targets: Floats, cadence: float) -> Floats:
    """Return the mean reading within half a cadence of each target; NaN where there is none.

    Times are ascending epoch seconds, targets epoch seconds, the cadence is in seconds.
    """
    means = np.full(len(targets), np.nan)
    if len(targets) == 0:
        return means
    wanted, back = np.unique(targets, return_inverse=True)
    place = np.searchsorted(wanted - cadence / 2, times, side="right") - 1
    near = np.isfinite(values) & (place >= 0)
    near &= times < wanted[np.maximum(place, 0)] + cadence / 2
    counts = np.bincount(place[near], minlength=len(wanted))[back]
    sums = np.bincount(place[near], weights=values[near], minlength=len(wanted))[back]
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def seasonal_naive(
    times: Floats, values: Floats, targets: Floats, cadence: float, season: float = DAY
) -> Floats:
    """Predict each target by the reading a whole number of seasons before it, the newest one.

    Pass only what was known at the issue: ascending epoch seconds. NaN where that reading is
    missing, unless the season before has one.
    """
    if len(times) == 0:
        return np.full(len(targets), np.nan)
    behind = np.maximum(np.ceil((targets - times[-1] - cadence / 2) / season), 1) * season
    newest = observed(times, values, targets - behind, cadence)
    older = observed(times, values, targets - behind - season, cadence)
    return np.where(np.isnan(newest), older, newest)


def scale_of(times: Floats, values: Floats, cadence: float, season: float = DAY) -> float | None:
    """Return the seasonal naive's mean absolute error within a history, for MASE."""
    if len(times) == 0:
        return None
    ticks = np.arange(times[0], times[-1] + cadence / 2, cadence)
    return seasonal_scale(observed(times, values, ticks, cadence), max(1, round(season / cadence)))
