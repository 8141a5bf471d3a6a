"""Honest intervals: how far a model's own backtest was off, at each lead time."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from jobs.forecasting.prepare import Floats

ANCHORS = 48
FEWEST_ORIGINS = 20


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bounds, of one shape, that should hold `level` percent of the truth."""

    level: float
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Band:
    """Lower and upper distance from a prediction that should hold `level` percent of truth."""

    level: float
    lower: Floats
    upper: Floats


def conformal(errors: Floats, scale: Floats, level: float, pool: int, days: float) -> Band:
    """Return offsets from the mean, per lead time, from backtest errors (a row an origin).

    Errors are divided by the model's own standard error at their lead (`scale`), pooled over
    ± `pool` leads, and their quantiles taken at level·(n+1)/n with n the backtest's days, since
    overlapping origins are not independent. Quantiles stand at up to 48 leads, lines between.
    """
    share = min(1.0, level / 100 * (days + 1) / max(days, 1.0))
    tails = [(1 - share) / 2, 1 - (1 - share) / 2]
    standard = errors / scale
    leads = errors.shape[1]
    anchors = np.unique(np.linspace(0, leads - 1, min(leads, ANCHORS)).round().astype(int))
    bounds = np.array([quantiles(standard, lead, pool, tails) for lead in anchors])
    every = np.arange(leads)
    lower, upper = (np.interp(every, anchors, bounds[:, side]) for side in (0, 1))
    return Band(level=level, lower=np.minimum(lower, 0) * scale, upper=np.maximum(upper, 0) * scale)


def quantiles(standard: Floats, lead: int, pool: int, tails: Sequence[float]) -> Floats:
    """Return the quantiles of the errors near a lead; the normal's when there are too few."""
    near = standard[:, max(0, lead - pool) : lead + pool + 1]
    known = near[~np.isnan(near)]
    if len(known) < FEWEST_ORIGINS:
        return np.array([NormalDist().inv_cdf(min(max(t, 0.0005), 0.9995)) for t in tails])
    return np.asarray(np.quantile(known, tails))


def gaussian(scale: Floats, level: float) -> Band:
    """Return offsets for normal errors of standard deviation `scale`."""
    reach = NormalDist().inv_cdf(0.5 + level / 200) * scale
    return Band(level=level, lower=-reach, upper=reach)
