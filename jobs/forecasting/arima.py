"""Dynamic harmonic regression: Fourier terms for day and week, ARIMA errors around them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.sarimax import SARIMAX

from jobs.forecasting.prepare import DAY, Floats, Grid

WEEK = 7 * DAY
WEEKS_TO_LEARN = 3
Order = tuple[int, int, int]


@dataclass(frozen=True)
class Cycles:
    """How many harmonics of the day and of the week the mean follows."""

    daily: int
    weekly: int

    def columns(self, times: Floats) -> Floats:
        """Return the regressors (one row a time, 1 + 2·harmonics columns) at epoch seconds."""
        parts = [np.ones(len(times))]
        for period, harmonics in ((DAY, self.daily), (WEEK, self.weekly)):
            for harmonic in range(1, harmonics + 1):
                angle = 2 * np.pi * harmonic * times / period
                parts += [np.sin(angle), np.cos(angle)]
        return np.column_stack(parts)


@dataclass(frozen=True)
class Fit:
    """What was fitted: the mean's coefficients, the ARIMA parameters, and how it went."""

    cycles: Cycles
    order: Order
    coefficients: Floats
    scale: float
    parameters: Floats
    converged: bool
    iterations: int


@dataclass(frozen=True)
class Path:
    """A predicted mean and its standard error at each lead time."""

    mean: Floats
    error: Floats


def choose_cycles(step: float, days: float, daily: int, weekly: int) -> Cycles:
    """Return the harmonics that the cadence can show and the window can support."""
    shortest = 2 * step
    return Cycles(
        daily=min(daily, int((DAY - 1) // shortest)),
        weekly=min(weekly, int((WEEK - 1) // shortest)) if days >= WEEKS_TO_LEARN * 7 else 0,
    )


def fit(grid: Grid, cycles: Cycles, order: Order, start: Floats | None = None) -> Fit:
    """Fit mean and errors to a grid; `start` are the ARIMA parameters of an earlier fit.

    The mean is solved by least squares, the errors by maximum likelihood (Kalman filter), so
    gaps need no filling. Raises ValueError or LinAlgError when the errors cannot be fitted.
    """
    columns = cycles.columns(times_of(grid))
    known = ~np.isnan(grid.values)
    solution = np.linalg.lstsq(columns[known], grid.values[known], rcond=None)
    coefficients: Floats = solution[0].astype(np.float64)
    residuals = grid.values - columns @ coefficients
    scale = float(np.nanstd(residuals)) or 1.0
    result = maximise(residuals / scale, order, start)
    if start is not None and not np.isfinite(result.params).all():
        result = maximise(residuals / scale, order, None)
    search = getattr(result, "mle_retvals", None) or {"converged": True, "iterations": 0}
    return Fit(
        cycles=cycles,
        order=order,
        coefficients=coefficients,
        scale=scale,
        parameters=np.asarray(result.params, dtype=np.float64),
        converged=bool(search["converged"]),
        iterations=int(search["iterations"]),
    )


def maximise(residuals: Floats, order: Order, start: Floats | None) -> Any:
    """Return statsmodels' results of the likeliest ARIMA parameters."""
    with quietly():
        model = SARIMAX(residuals, order=order, concentrate_scale=True)
        if not model.param_names:
            return model.filter([])
        # Parameters on the border of the stable region have no finite image to start from.
        nudged = None if start is None else 0.98 * start
        return model.fit(start_params=nudged, disp=0, maxiter=60)


@contextmanager
def quietly() -> Iterator[None]:
    """Silence what the search says on its way: whoever calls reads how it ended."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Non-(stationary|invertible) starting")
        yield


def predict(fitted: Fit, grid: Grid, steps: int) -> Path:
    """Predict the `steps` bins after the grid's end."""
    result = smooth(fitted, grid).get_forecast(steps)
    ahead = grid.end + grid.step * np.arange(steps, dtype=np.float64)
    mean = fitted.cycles.columns(ahead) @ fitted.coefficients
    return Path(
        mean=mean + fitted.scale * np.asarray(result.predicted_mean),
        error=fitted.scale * np.asarray(result.se_mean),
    )


def rolling(fitted: Fit, grid: Grid, origins: np.ndarray[Any, Any], steps: int) -> Floats:
    """Predict from many origins at once: row i holds the bins after grid place origins[i].

    With fixed parameters the forecast is Z·T^h·a, where a is the filtered state at the origin,
    so all origins share one pass of the Kalman filter.
    """
    filtered = smooth(fitted, grid).filter_results
    transition, design = filtered.transition[:, :, 0], filtered.design[:, :, 0]
    state = filtered.filtered_state[:, origins]
    errors = np.empty((len(origins), steps))
    for lead in range(steps):
        state = transition @ state
        errors[:, lead] = (design @ state)[0]
    places = origins[:, None] + 1 + np.arange(steps)[None, :]
    ahead = grid.start + grid.step * places.ravel().astype(np.float64)
    mean = (fitted.cycles.columns(ahead) @ fitted.coefficients).reshape(places.shape)
    return np.asarray(mean + fitted.scale * errors)


def smooth(fitted: Fit, grid: Grid) -> Any:
    """Run the Kalman filter with the fitted parameters over a grid."""
    mean = fitted.cycles.columns(times_of(grid)) @ fitted.coefficients
    residuals = (grid.values - mean) / fitted.scale
    with quietly():
        model = SARIMAX(residuals, order=fitted.order, concentrate_scale=True)
        return model.filter(fitted.parameters)


def times_of(grid: Grid) -> Floats:
    """Return the epoch second of each bin."""
    return grid.start + grid.step * np.arange(len(grid.values), dtype=np.float64)
