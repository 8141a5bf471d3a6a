"""Autoregressions with Fourier terms, fitted at every origin and rolled ahead from all at once.

Each is a regression of a value on lagged values, harmonics of the local day and week, and
regressors. Because it is linear in its coefficients, the sums of squares up to each origin are
running totals: refitting at seventy origins costs hardly more than fitting once.
"""

from dataclasses import dataclass

import numpy as np

from jobs.forecasting.prepare import DAY, Floats
from jobs.forecasting.view import Ints, View

RIDGE = 1e-5
FEWEST_ROWS = 3
CLIPPED_EVERY = 24
FAR = 1e6
"""Standard deviations that no prediction passes, lest an unstable fit overflow."""


@dataclass(frozen=True)
class Lag:
    """A lag: so many seasons and weeks by the local clock, and so many bins more."""

    seasons: int
    bins: int


@dataclass(frozen=True)
class Spec:
    """What an autoregression regresses on; `differenced` models the change on the season."""

    lags: tuple[Lag, ...]
    daily: int = 0
    weekly: int = 0
    differenced: bool = False
    regressors: bool = False


@dataclass(frozen=True)
class Rolled:
    """Paths from each origin (o, leads) and the coefficients at the last one."""

    paths: Floats
    coefficients: Floats


def harmonics(view: View, spec: Spec) -> Floats:
    """Return constant and Fourier terms in local time, (length, 1 + 2·harmonics)."""
    parts = [np.ones(view.length)]
    day = view.season * view.grid.step
    weekly = 0 if view.week is None else spec.weekly
    for period, wanted in ((day, spec.daily), (7 * DAY, weekly)):
        most = int((period / view.grid.step - 1) // 2)
        for harmonic in range(1, min(wanted, most) + 1):
            angle = 2 * np.pi * harmonic / period * view.local
            parts += [np.sin(angle), np.cos(angle)]
    return np.column_stack(parts)


def lag_places(view: View, spec: Spec) -> Ints:
    """Return the place of each lag of each bin, (length, lags); negative before the start."""
    columns = [view.before(lag.seasons * view.season) - lag.bins for lag in spec.lags]
    return np.column_stack(columns)


def roll(view: View, spec: Spec) -> Rolled | None:
    """Fit at every origin on what came before it, and forecast; None where that is too little."""
    centre, spread = scale_of(view)
    known = (view.grid.values - centre) / spread
    whole = (view.filled - centre) / spread
    before = view.before(view.season)
    if spec.differenced:
        known, whole = differences(known, before), np.nan_to_num(differences(whole, before))
    fixed, ahead = fixed_terms(view, spec)
    places = lag_places(view, spec)
    fits = coefficients(view, known, fixed, places)
    if fits is None:
        return None
    width = fixed.shape[1]
    base = np.einsum("olc,oc->ol", ahead, fits[:, :width])
    paths = recursion(view, whole, base, fits[:, width:], places)
    if spec.differenced:
        paths = integrated(view, paths, (view.filled - centre) / spread, before)
    return Rolled(limited(view, centre + spread * paths), fits[-1])


def fixed_terms(view: View, spec: Spec) -> tuple[Floats, Floats]:
    """Return what needs no prediction, (length, columns), and as foreseen, (o, leads, columns)."""
    fixed = harmonics(view, spec)
    ahead = fixed[view.ahead]
    if not spec.regressors:
        return fixed, ahead
    return (
        np.column_stack((fixed, view.regressors)),
        np.concatenate((ahead, view.regressors_ahead), axis=2),
    )


def scale_of(view: View) -> tuple[float, float]:
    """Return centre and spread of what was known at the first origin."""
    past = view.filled[: view.origins[0] + 1]
    return float(past.mean()), float(past.std()) or 1.0


def differences(values: Floats, before: Ints) -> Floats:
    """Return the change on the season before; NaN where there is none."""
    places = before[: len(values)]
    return np.where(places >= 0, values - values[np.maximum(places, 0)], np.nan)


def coefficients(view: View, known: Floats, fixed: Floats, places: Ints) -> Floats | None:
    """Solve the regression at each origin, (o, columns), by running sums of squares.

    A slight ridge keeps stretches that never change solvable.
    """
    count = len(known)
    lagged = known[np.maximum(places[:count], 0)]
    design = np.column_stack((fixed[:count], lagged))
    usable = ~np.isnan(known) & (places[:count] >= 0).all(axis=1) & ~np.isnan(design).any(axis=1)
    rows = np.flatnonzero(usable)
    ends = np.searchsorted(rows, view.origins, side="right")
    width = design.shape[1]
    if ends[0] < FEWEST_ROWS * width:
        return None
    whole = np.column_stack((design[rows], known[rows]))
    squares = np.empty((len(ends), width + 1, width + 1))
    total = np.zeros((width + 1, width + 1))
    begin = 0
    for place, end in enumerate(ends):
        total = total + whole[begin:end].T @ whole[begin:end]
        squares[place], begin = total, end
    left = squares[:, :width, :width]
    left[:, np.arange(width), np.arange(width)] *= 1 + RIDGE
    left[:, np.arange(width), np.arange(width)] += RIDGE
    return np.asarray(np.linalg.solve(left, squares[:, :width, width:])[:, :, 0])


def recursion(view: View, whole: Floats, base: Floats, weights: Floats, places: Ints) -> Floats:
    """Predict bin after bin from all origins, each prediction feeding the next, (o, leads).

    `base` (o, leads) is what the fixed terms add up to, `weights` (o, lags) are the lags'.
    """
    reach = int((np.arange(view.length)[:, None] - places).max())
    start = view.origins + 1 - reach
    back = start[None, :] + np.arange(reach)[:, None]
    memory = np.zeros((reach + view.leads, len(start)))
    memory[:reach] = np.where(back >= 0, whole[np.maximum(back, 0)], 0.0)
    weights, base = np.ascontiguousarray(weights.T), np.ascontiguousarray(base.T)
    # Unless clocks change, the lags of all origins stand equally far back.
    first = places[view.origins[0] + 1] - start[0]
    moving = (places[view.ahead] - start[:, None, None]).T if view.changes else None
    columns = np.arange(len(start))
    for lead in range(view.leads):
        at = first + lead
        terms = memory[at] if moving is None else memory[moving[:, lead], columns]
        memory[reach + lead] = base[lead] + np.einsum("lo,lo->o", terms, weights)
        if lead % CLIPPED_EVERY == 0:
            np.clip(memory[reach + lead], -FAR, FAR, out=memory[reach + lead])
    return np.ascontiguousarray(memory[reach:].T)


def integrated(view: View, paths: Floats, whole: Floats, before: Ints) -> Floats:
    """Add predicted changes to the values of the season before, known or predicted."""
    result = np.empty_like(paths)
    origins, rows = view.origins, np.arange(len(view.origins))
    for lead in range(view.leads):
        places = before[origins + 1 + lead]
        earlier = np.minimum(places, origins)
        own = result[rows, np.clip(places - origins - 1, 0, lead)]
        result[:, lead] = paths[:, lead] + np.where(places > origins, own, whole[earlier])
    return result


def limited(view: View, paths: Floats) -> Floats:
    """Keep paths within what was ever seen and half of its range beyond."""
    highest = np.maximum.accumulate(view.filled)[view.origins][:, None]
    lowest = np.minimum.accumulate(view.filled)[view.origins][:, None]
    margin = (highest - lowest) / 2
    return np.asarray(np.clip(paths, lowest - margin, highest + margin))
