"""The default model: a pool of autoregressions, combined by how each did of late."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import Field

from jobs.forecasting import arima, autoregression, dmd
from jobs.forecasting.autoregression import Lag, Spec
from jobs.forecasting.candidates import seasonal_mean
from jobs.forecasting.combine import combine
from jobs.forecasting.family import UNFIT, CannotFit, Family, Fitted
from jobs.forecasting.leads import blocks
from jobs.forecasting.outcome import Options, Share
from jobs.forecasting.prepare import Floats
from jobs.forecasting.view import HOUR, View


class PoolOptions(Options):
    """What a run of the pool may choose."""

    challengers: tuple[Literal["arima", "dmd"], ...] = Field(
        default=("arima",), description="Other families that stand in the pool."
    )


@dataclass(frozen=True)
class Recipe:
    """An autoregression in hours: lags back from now, and lags around days and weeks before.

    `around` holds (days, hours): (7, 1) is a week and an hour ago.
    """

    hours: tuple[int, ...]
    around: tuple[tuple[int, int], ...]
    daily: int = 0
    weekly: int = 0
    differenced: bool = False
    root: bool = False
    regressors: bool = False


def near(*days: int) -> tuple[tuple[int, int], ...]:
    """Return the lags a step before, at and after the same time on earlier days."""
    return tuple((day, side) for day in days for side in (-1, 0, 1))


YESTERDAY = Recipe((1, 2, 3), ((1, 0), (1, 1)), daily=3)
WEEK = Recipe((1, 2, 3), ((1, 0), (1, 1), (7, 0), (7, 1)), daily=4, weekly=3)
RECIPES = {
    "yesterday": YESTERDAY,
    "half a day": Recipe((1, 2, 3, 4, 5, 6, 8, 10, 12), near(1), daily=3),
    "three days": Recipe((1, 2, 3, 4), near(1, 2, 3), daily=4),
    "last week": Recipe((1, 2, 3, 4), near(1, 2, 7), daily=3),
    "week's cycle": WEEK,
    "changes on yesterday": Recipe((1, 2, 3), ((1, 0), (1, 1), (2, 0)), differenced=True),
    "week's cycle of roots": replace(WEEK, root=True),
    "yesterday, regressors": replace(YESTERDAY, regressors=True),
    "week's cycle, regressors": replace(WEEK, regressors=True),
}
"""Autoregressions by what they look back on; the lags of a step are in spec_of."""

FAMILIES: dict[str, tuple[Family, Options]] = {
    "arima": (arima.roll, arima.ArimaOptions(refit=False)),
    "dmd": (dmd.roll, dmd.DmdOptions()),
}

Means = tuple[str, Callable[[View], int | None], int]
MEANS: tuple[Means, ...] = (
    ("seasonal naive", lambda view: view.season, 1),
    ("weekly naive", lambda view: view.week, 1),
    ("mean of two weeks", lambda view: view.season, 14),
)


@dataclass(frozen=True)
class Candidate:
    """One of the pool, with its paths (o, leads) and coefficients."""

    name: str
    paths: Floats
    coefficients: tuple[float, ...] = ()


def roll(view: View, options: PoolOptions) -> Fitted:
    """Roll out all candidates and combine them; raises CannotFit when none can be."""
    found = [each for each in candidates(view, options) if np.isfinite(each.paths).all()]
    if not found:
        raise CannotFit("no candidate of the pool has enough history")
    parts = blocks(view.grid.step, view.leads)
    combined = combine(np.stack([each.paths for each in found]), view.truth, parts)
    shares = tuple(
        Share(
            candidate=each.name,
            weights=tuple(round(float(weight), 4) for weight in weights),
            coefficients=each.coefficients,
        )
        for each, weights in zip(found, combined.weights, strict=True)
        if weights.any()
    )
    return Fitted(
        paths=combined.paths,
        method="pool of autoregressions",
        weights=shares,
    )


def candidates(view: View, options: PoolOptions) -> Iterator[Candidate]:
    """Give every candidate that the history suffices for."""
    for name, season, count in MEANS:
        bins = season(view)
        if bins is not None:
            yield Candidate(name, seasonal_mean(view, bins, count))
    for name, recipe in RECIPES.items():
        if found := autoregress(view, name, recipe):
            yield found
    for challenger in options.challengers:
        if found := challenge(view, challenger):
            yield found


def autoregress(view: View, name: str, recipe: Recipe) -> Candidate | None:
    """Roll out one autoregression, on square roots if the recipe says so."""
    if recipe.regressors and not view.regressors.shape[1]:
        return None
    if recipe.root and view.filled.min() < 0:
        return None
    seen = rooted(view) if recipe.root else view
    rolled = autoregression.roll(seen, spec_of(view, recipe))
    if rolled is None:
        return None
    paths = np.square(np.maximum(rolled.paths, 0)) if recipe.root else rolled.paths
    return Candidate(name, paths, tuple(round(float(each), 6) for each in rolled.coefficients))


def rooted(view: View) -> View:
    """Return a view of the square roots of values that are never negative."""
    grid = view.grid
    return replace(view, grid=replace(grid, raw=np.sqrt(grid.raw), values=np.sqrt(grid.values)))


def challenge(view: View, name: str) -> Candidate | None:
    """Let another family stand in the pool, unless its fit has not converged."""
    family, options = FAMILIES[name]
    try:
        fitted = family(view, options)
    except UNFIT:
        return None
    return Candidate(name, fitted.paths, fitted.parameters) if fitted.converged else None


def spec_of(view: View, recipe: Recipe) -> Spec:
    """Return a recipe in the bins of a view: lags of 1, 2 and 3 bins always, and its hours.

    Where bins are days, a season is a week: the lags around days become lags around weeks.
    """
    hour = HOUR / view.grid.step
    recent = {1, 2, 3} | {round(each * hour) for each in recipe.hours}
    whole = {(0, bins) for bins in recent if bins >= 1}
    whole |= {pair for pair in recipe.around if pair[0] * view.season + pair[1] > max(recent)}
    lags = tuple(Lag(seasons, bins) for seasons, bins in sorted(whole))
    return Spec(lags, recipe.daily, recipe.weekly, recipe.differenced, recipe.regressors)
