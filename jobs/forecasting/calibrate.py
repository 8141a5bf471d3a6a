"""Honest intervals: how far a method's own backtest was off, at each lead time and hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.forecasting.combine import FOLDS, folds_of
from jobs.forecasting.prepare import DAY, Floats
from jobs.forecasting.scores import Bounds
from jobs.forecasting.view import HOUR, View

ANCHORS = 12
FEWEST_ERRORS = 20
POOL_HOURS = 6
HALF_LIFE = 7.0
"""After so many days an error tells half as much about what errors are like at present."""

DAYS_OF_ALL = 8.0
"""Days of the whole backtest that stand beside the recent ones."""

LARGE = 0.8
FEWEST_STRETCHES = 6
MOST_PER_DAY = 1.4
"""Tomorrow differs from the backtest's weeks more than they differ from one another."""

WEIGHT_OF_ALL = 20
"""Errors of the whole day that stand beside those of one hour, when hours are compared."""


@dataclass(frozen=True)
class Band:
    """Lower and upper distance from a prediction that should hold `level` percent of truth."""

    level: float
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Aim:
    """A level to publish, and the one to aim at so that it holds."""

    level: float
    at: float


@dataclass(frozen=True)
class Calibration:
    """Bands (leads,) for the forecast, and bounds (o, leads) around the backtest's paths."""

    bands: tuple[Band, ...]
    bounds: tuple[Bounds, ...]


def calibrate(
    view: View, errors: Floats, paths: Floats, aims: Sequence[Aim], days: float
) -> Calibration:
    """Learn intervals from backtest errors, truth minus prediction, (o, leads).

    Errors are divided by the usual size at their hour of the day and of late, pooled over
    ± 6 h of lead time, and their quantiles taken at level·(n+1)/n with n the number of
    independent errors: at least its days (or weeks, of daily values), since overlapping origins
    tell much the same. Bounds around the backtest's own paths come from the other fifths of it,
    so that their coverage is what a new forecast's will be.
    """
    sizes = usual_sizes(view, errors)
    sizes = sizes * of_late(view, errors / sizes[:-1], days)[:, None]
    standard = errors / sizes[:-1]
    count = independent(view, standard, days)
    tails = tails_of(aims, count)
    live = offsets(view, standard, tails) * sizes[-1][:, None]
    lower, upper = (np.empty((len(aims), *errors.shape)) for _ in range(2))
    folds = folds_of(len(errors))
    for fold in range(FOLDS):
        own = folds == fold
        found = offsets(view, standard[~own], tails_of(aims, count * (1 - 1 / FOLDS)))
        for place in range(len(aims)):
            lower[place, own] = paths[own] + found[:, 2 * place] * sizes[:-1][own]
            upper[place, own] = paths[own] + found[:, 2 * place + 1] * sizes[:-1][own]
    return Calibration(
        bands=tuple(
            Band(aim.level, live[:, 2 * place], live[:, 2 * place + 1])
            for place, aim in enumerate(aims)
        ),
        bounds=tuple(
            Bounds(aim.level, lower[place], upper[place]) for place, aim in enumerate(aims)
        ),
    )


def independent(view: View, standard: Floats, days: float) -> float:
    """Return how many independent errors (o, leads) are worth as much: at least one a season.

    Were they independent, the share of large ones would hardly differ from one stretch of the
    backtest to another: the variance between stretches tells how many they count for.
    """
    least = days * DAY / (view.season * view.grid.step)
    size = np.abs(standard)
    known = ~np.isnan(size)
    stretches = view.origins[:-1] // max(view.leads, view.season)
    groups = stretches - stretches[0] if len(stretches) else stretches
    counts = np.bincount(groups, weights=known.sum(axis=1))
    if np.count_nonzero(counts) < FEWEST_STRETCHES:
        return least
    large = size > np.quantile(size[known], LARGE)
    shares = np.bincount(groups, weights=large.sum(axis=1))[counts > 0] / counts[counts > 0]
    variance = float(shares.var(ddof=1)) / len(shares)
    return float(np.clip(LARGE * (1 - LARGE) / max(variance, 1e-9), least, MOST_PER_DAY * days))


def tails_of(aims: Sequence[Aim], count: float) -> list[float]:
    """Return the lower and upper quantile of each level, widened for few errors."""
    shares = [min(1.0, aim.at / 100 * (count + 1) / max(count, 1.0)) for aim in aims]
    return [tail for share in shares for tail in ((1 - share) / 2, (1 + share) / 2)]


def usual_sizes(view: View, errors: Floats) -> Floats:
    """Return the usual size of an error at each place of each path by its hour, (o + 1, leads).

    Where a day shows fewer than 24 bins, all hours are one.
    """
    size = np.abs(errors)
    known = ~np.isnan(size)
    overall = float(size[known].mean()) if known.any() else 1.0
    if not overall > 0 or view.grid.step > HOUR:
        return np.full((len(errors) + 1, errors.shape[1]), overall or 1.0)
    hours = (view.local[view.ahead] % DAY // HOUR).astype(np.int64)
    sums = np.bincount(hours[:-1][known], weights=size[known], minlength=24)
    counts = np.bincount(hours[:-1][known], minlength=24).astype(np.float64)
    usual = (smoothed(sums) + WEIGHT_OF_ALL * overall) / (smoothed(counts) + WEIGHT_OF_ALL)
    return np.asarray(usual[hours])


def of_late(view: View, standard: Floats, days: float) -> Floats:
    """Return how large errors known at each origin were of late, relative to all, (o + 1,).

    Seasons turn: a stormy fortnight widens the intervals that follow it, a calm one narrows them.
    """
    known = ~np.isnan(standard)
    counts = known.sum(axis=1)
    sizes = np.where(known, np.abs(standard), 0.0).sum(axis=1) / np.maximum(counts, 1)
    usual = sizes[counts > 0].mean() if counts.any() else 0.0
    if not usual > 0:
        return np.ones(len(view.origins))
    ended = view.origins[:-1] + view.leads
    age = (view.origins[:, None] - ended[None, :]) * view.grid.step / DAY
    worth = days / len(sizes)
    weights = np.where((age >= 0) & (counts > 0), worth * 0.5 ** (age / HALF_LIFE), 0.0)
    recent = weights @ sizes + DAYS_OF_ALL * usual
    return np.asarray(recent / (weights.sum(axis=1) + DAYS_OF_ALL) / usual)


def smoothed(hours: NDArray[Any]) -> Floats:
    """Return a day's hours, each with a quarter of its neighbours."""
    return np.asarray(hours / 2 + (np.roll(hours, 1) + np.roll(hours, -1)) / 4)


def offsets(view: View, standard: Floats, tails: Sequence[float]) -> Floats:
    """Return quantiles of errors per lead, (leads, tails): at a dozen leads, lines between."""
    leads = standard.shape[1]
    pool = max(1, int(POOL_HOURS * HOUR // view.grid.step))
    anchors = np.unique(np.linspace(0, leads - 1, min(leads, ANCHORS)).round().astype(int))
    found = np.array([quantiles(standard, lead, pool, tails) for lead in anchors])
    every = np.arange(leads)
    lines = [np.interp(every, anchors, found[:, tail]) for tail in range(len(tails))]
    lines[::2] = [np.minimum(line, 0) for line in lines[::2]]
    lines[1::2] = [np.maximum(line, 0) for line in lines[1::2]]
    return np.column_stack(lines) if lines else np.empty((leads, 0))


def quantiles(standard: Floats, lead: int, pool: int, tails: Sequence[float]) -> Floats:
    """Return the quantiles of the errors near a lead; the normal's when there are too few."""
    near = standard[:, max(0, lead - pool) : lead + pool + 1]
    known = near[~np.isnan(near)]
    if len(known) < FEWEST_ERRORS:
        size = np.sqrt(np.pi / 2)  # of a normal whose mean absolute value is one
        return np.array([size * normal(tail) for tail in tails])
    return np.asarray(np.quantile(known, tails))


def normal(tail: float) -> float:
    """Return the standard normal's quantile, within reason."""
    return NormalDist().inv_cdf(min(max(tail, 0.0005), 0.9995))


def gaussian(scale: Floats, aims: Sequence[Aim]) -> tuple[Band, ...]:
    """Return bands for normal errors of standard deviation `scale`, (leads,)."""
    reaches = [NormalDist().inv_cdf(0.5 + aim.at / 200) * scale for aim in aims]
    return tuple(Band(aim.level, -reach, reach) for aim, reach in zip(aims, reaches, strict=True))
