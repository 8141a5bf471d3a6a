"""Forecasting the last weeks as if they had not been seen, to learn how far off we are."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jobs.forecasting import arima
from jobs.forecasting.calibrate import conformal
from jobs.forecasting.outcome import Scores
from jobs.forecasting.prepare import DAY, Floats, Grid

LONGEST_DAYS = 35.0
FOLDS = 5
ORIGINS_PER_DAY = 8
POOL_SECONDS = 6 * 3600


@dataclass(frozen=True)
class Backtest:
    """Truth minus prediction of a method and of the seasonal naive: origins by leads."""

    errors: Floats
    naive: Floats
    folds: NDArray[np.int64]
    days: float
    pool: int


def run(
    grid: Grid, cycles: arima.Cycles, order: arima.Order, start: Floats, steps: int
) -> Backtest:
    """Backtest a dynamic harmonic regression: five folds, each fitted on what came before it.

    `start` are the parameters of the fit on everything; they only shorten the search.
    """
    days = min(LONGEST_DAYS, 0.6 * grid.days)
    length = len(grid.raw)
    bounds = np.linspace(length - days * DAY / grid.step, length - 1, FOLDS + 1).astype(int)
    stride = max(1, grid.per_day // ORIGINS_PER_DAY)
    errors, naive, folds = [], [], []
    for fold, (begin, end) in enumerate(pairwise(bounds)):
        past = replace(grid, raw=grid.raw[:begin], values=grid.values[:begin])
        fitted = arima.fit(past, cycles, order, start)
        origins = np.arange(begin - 1, end - 1, stride)
        truth = ahead(grid.raw, origins, steps)
        errors.append(truth - arima.rolling(fitted, grid, origins, steps))
        naive.append(truth - seasonal_naive(grid, origins, steps))
        folds.append(np.full(len(origins), fold))
    pool = max(1, int(POOL_SECONDS // grid.step))
    return Backtest(np.vstack(errors), np.vstack(naive), np.concatenate(folds), days, pool)


def ahead(values: Floats, origins: NDArray[np.int64], steps: int) -> Floats:
    """Return the `steps` values after each origin; NaN beyond the end."""
    padded = np.concatenate((values, np.full(steps, np.nan)))
    return np.asarray(padded[origins[:, None] + 1 + np.arange(steps)[None, :]])


def seasonal_naive(grid: Grid, origins: NDArray[np.int64], steps: int) -> Floats:
    """Predict each time of day by its last value before the origin."""
    day = grid.per_day
    back = day - 1 - np.arange(steps) % day
    places = origins[:, None] - back[None, :]
    return np.where(places >= 0, grid.values[np.maximum(places, 0)], np.nan)


def score(test: Backtest, grid: Grid, scale: Floats, levels: tuple[float, ...]) -> Scores | None:
    """Score a backtest; coverage is cross-checked: a fold never calibrates its own interval."""
    mae, naive = mean_size(test.errors), mean_size(test.naive)
    if mae is None:
        return None
    yesterday = mean_size(grid.values[grid.per_day :] - grid.values[: -grid.per_day])
    return Scores(
        origins=len(test.errors),
        days=round(test.days, 1),
        mae=mae,
        rmse=float(np.sqrt(np.nanmean(test.errors**2))),
        mase=mae / yesterday if yesterday else None,
        skill=1 - mae / naive if naive else None,
        coverage={f"{level:g}": coverage(test, scale, level) for level in levels},
    )


def mean_size(errors: Floats) -> float | None:
    """Return the mean absolute error, or None without any."""
    known = errors[~np.isnan(errors)]
    return float(np.abs(known).mean()) if len(known) else None


def coverage(test: Backtest, scale: Floats, level: float) -> float | None:
    """Return the percentage of truths inside intervals that other folds calibrated."""
    inside, total = 0, 0
    for fold in range(FOLDS):
        own = test.folds == fold
        band = conformal(test.errors[~own], scale, level, test.pool, test.days * (1 - 1 / FOLDS))
        errors = test.errors[own]
        inside += int(((errors >= band.lower) & (errors <= band.upper)).sum())
        total += int((~np.isnan(errors)).sum())
    return round(100 * inside / total, 1) if total else None
