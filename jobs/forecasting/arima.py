"""A configurable ARIMA: cycles and trend as a regression, seasonal ARIMA errors around it.

The errors are fitted by conditional least squares: with the many values that a series has, this
gives what maximum likelihood gives, hundreds of times faster (docs/decisions/fast-arima.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from scipy.optimize import least_squares

from jobs.forecasting.autoregression import Spec, harmonics
from jobs.forecasting.combine import FOLDS, folds_of
from jobs.forecasting.family import CannotFit, Fitted
from jobs.forecasting.outcome import Options
from jobs.forecasting.polynomials import Form, from_natural, innovations, to_natural
from jobs.forecasting.prepare import Floats
from jobs.forecasting.view import Ints, View

Lags = Annotated[int, Field(ge=0, le=6)]
Few = Annotated[int, Field(ge=0, le=2)]
Steps = Annotated[int, Field(ge=0, le=400)]
FEWEST_SEASONS = 3


class ArimaOptions(Options):
    """What a run of ARIMA may choose."""

    order: tuple[Lags, Few, Lags] = Field(default=(3, 0, 0), description="p, d, q.")
    seasonal_order: tuple[Few, Few, Few, Steps] = Field(
        default=(0, 0, 0, 0), description="P, D, Q and the steps of a season; 0 is a day."
    )
    trend: Literal["n", "c", "t", "ct"] = Field(
        default="c", description="None, a constant, a slope, or both."
    )
    daily: int = Field(default=4, ge=0, le=12, description="Harmonics of the day.")
    weekly: int = Field(default=2, ge=0, le=12, description="Harmonics of the week.")
    refit: bool = Field(
        default=True, description="Fit anew in each fifth of the backtest, not only at its start."
    )
    likelihood: Literal["conditional", "exact"] = Field(
        default="conditional", description="Exact is statsmodels' Kalman filter, and slow."
    )


@dataclass(frozen=True)
class Fit:
    """What was learnt up to a place: the mean's coefficients and the errors' parameters."""

    coefficients: Floats
    parameters: Floats
    converged: bool
    iterations: int


def roll(view: View, options: ArimaOptions) -> Fitted:
    """Fit on what came before each fifth of the backtest, and on everything; roll ahead."""
    form = form_of(view, options)
    if view.origins[0] < FEWEST_SEASONS * view.season + form.reach:
        raise CannotFit("the history is too short for this order")
    columns, ahead = mean_terms(view, options)
    start = np.array(options.warm_start) if len(options.warm_start) == form.size else None
    paths = np.empty(view.ahead.shape)
    last = None
    for end, origins in parts(view, options.refit):
        last = fit(view, columns, form, end, start)
        if options.likelihood == "exact" and form.size:
            last = refined(view, columns, form, end, last)
        start = last.parameters
        mean = ahead[origins] @ last.coefficients
        paths[origins] = mean + errors_ahead(view, columns, form, last, origins)
    assert last is not None
    return Fitted(
        paths=paths,
        method=f"ARIMA{form.order}{form.seasonal} around {columns.shape[1]} regressors",
        converged=last.converged,
        iterations=last.iterations,
        parameters=tuple(float(value) for value in last.parameters),
    )


def form_of(view: View, options: ArimaOptions) -> Form:
    """Return the polynomials' form; a season of no steps is a day."""
    *seasonal, season = options.seasonal_order
    return Form(options.order, (seasonal[0], seasonal[1], seasonal[2]), season or view.season)


def parts(view: View, refit: bool) -> Iterator[tuple[int, Ints]]:
    """Give where each fit's history ends, and the origins that it serves."""
    past = np.arange(len(view.origins) - 1)
    folds = folds_of(len(past)) if refit else np.zeros(len(past), dtype=np.int64)
    for fold in range(FOLDS if refit else 1):
        own = past[folds == fold]
        if len(own):
            yield int(view.origins[own[0]]) + 1, own
    yield int(view.origins[-1]) + 1, np.array([len(past)])


def mean_terms(view: View, options: ArimaOptions) -> tuple[Floats, Floats]:
    """Return the regression's columns, (length, k), and as foreseen, (o, leads, k)."""
    terms = harmonics(view, Spec((), options.daily, options.weekly))
    slope = np.linspace(-1, 1, view.length)[:, None]
    terms = terms if "c" in options.trend else terms[:, 1:]
    terms = np.column_stack((terms, slope)) if "t" in options.trend else terms
    foreseen = np.concatenate((terms[view.ahead], view.regressors_ahead), axis=2)
    return np.column_stack((terms, view.regressors)), foreseen


def fit(view: View, columns: Floats, form: Form, end: int, start: Floats | None) -> Fit:
    """Fit mean and errors to the first `end` bins by least squares; gaps count for nothing."""
    known = ~np.isnan(view.grid.values[:end])
    past = np.nan_to_num(columns[:end])
    solution = np.linalg.lstsq(past[known], view.filled[:end][known], rcond=None)
    coefficients = np.asarray(solution[0], dtype=np.float64)
    residuals = view.filled[:end] - past @ coefficients
    scale = float(residuals.std()) or 1.0
    counted = known.copy()
    counted[: form.reach] = False
    for lag in range(1, form.order[0] + 1):  # what follows a gap was predicted from a guess
        counted[lag:] &= known[:-lag]
    if form.size == 0:
        return Fit(coefficients, np.empty(0), converged=True, iterations=0)

    def shortfall(free: Floats) -> Floats:
        return innovations(residuals / scale, form, to_natural(free, form))[counted]

    # Parameters on the border of the stable region have no finite image to start from.
    begin = np.zeros(form.size) if start is None else from_natural(0.98 * start, form)
    begin = begin if np.isfinite(begin).all() else np.zeros(form.size)
    found = least_squares(shortfall, begin, method="trf", max_nfev=30, ftol=1e-5, xtol=1e-4)
    return Fit(coefficients, to_natural(found.x, form), bool(found.success), int(found.nfev))


def refined(view: View, columns: Floats, form: Form, end: int, fitted: Fit) -> Fit:
    """Go on from a conditional fit to the likeliest parameters."""
    from jobs.forecasting.sarimax import likeliest  # which is slow to import, and rarely asked for

    mean = np.nan_to_num(columns[:end]) @ fitted.coefficients
    found = likeliest(view.grid.values[:end] - mean, form, fitted.parameters)
    return replace(
        fitted,
        parameters=found.parameters,
        converged=found.converged,
        iterations=found.iterations,
    )


def errors_ahead(view: View, columns: Floats, form: Form, fitted: Fit, origins: Ints) -> Floats:
    """Predict the errors from some origins, (origins, leads), by their difference equation."""
    residuals = view.filled - np.nan_to_num(columns[: len(view.filled)]) @ fitted.coefficients
    shocks = innovations(residuals, form, fitted.parameters)
    places = view.origins[origins]
    whole, moving = form.expanded(fitted.parameters)
    lags = np.flatnonzero(whole[1:]) + 1
    reach = max(len(whole), len(moving), 2)
    back = places[:, None] + 1 - reach + np.arange(reach)[None, :]
    values, pushes = residuals[np.maximum(back, 0)], shocks[np.maximum(back, 0)]
    memory = np.concatenate((values, np.zeros((len(places), view.leads))), axis=1)
    for lead in range(view.leads):
        now = reach + lead
        step = memory[:, now - lags] @ -whole[lags]
        if lead + 1 < len(moving):
            rest = np.arange(lead + 1, len(moving))
            step = step + pushes[:, now - rest] @ moving[rest]
        memory[:, now] = step
    limit = 10 * np.abs(residuals).max()
    return np.asarray(np.clip(memory[:, reach:], -limit, limit))
