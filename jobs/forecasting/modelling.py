"""A family's forecast with intervals from its own backtest, or the fallback."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.forecasting import naive
from jobs.forecasting.calibrate import Aim, Band, calibrate, gaussian
from jobs.forecasting.candidates import seasonal_mean
from jobs.forecasting.circle import CIRCLE, distances, joined
from jobs.forecasting.family import UNFIT, CannotFit, Family, Fitted
from jobs.forecasting.inputs import backtest_days
from jobs.forecasting.leads import blocks
from jobs.forecasting.outcome import Backtest, Diagnostics, Options, Status
from jobs.forecasting.prepare import Floats
from jobs.forecasting.scores import BlockScores, Bounds, Paths
from jobs.forecasting.view import View

FULL_MODEL_DAYS = 10.0
FULL_MODEL_SEASONS = 4


@dataclass(frozen=True)
class Model:
    """A mean (leads,), the bands around it, and how they came about."""

    mean: Floats
    bands: tuple[Band, ...]
    diagnostics: Diagnostics


def modelled(family: Family, views: Sequence[View], options: Options, basis: Diagnostics) -> Model:
    """Predict by the family where there is enough history and it can be fitted, else naively."""
    view = views[0]
    days = view.grid.days
    if days < FULL_MODEL_DAYS or len(view.filled) < FULL_MODEL_SEASONS * view.season:
        reason = f"only {days:.1f} days of history: each hour repeats yesterday's"
        return fallback(views, options, basis, reason)
    try:
        with np.errstate(all="ignore"):
            fits = [family(each, options) for each in views]
            return calibrated(fits, views, options, basis)
    except UNFIT as error:
        return fallback(views, options, basis, f"the model could not be fitted: {error}")


def calibrated(
    fits: Sequence[Fitted], views: Sequence[View], options: Options, basis: Diagnostics
) -> Model:
    """Learn intervals from the family's own backtest, and score it."""
    view = views[0]
    paths = limited(joined([fit.paths for fit in fits]), options)
    if not np.isfinite(paths).all():
        raise CannotFit("it gave no finite forecast")
    truth = joined([each.truth for each in views])
    read = joined([each.read for each in views])
    errors = distances(truth[:-1], paths[:-1], options.circular)
    found = calibrate(view, errors, paths[:-1], aims_of(options), backtest_days(view.grid))
    naively = joined([seasonal_mean(each, each.season, 1) for each in views])[:-1]
    # Faults are scored, though nothing is learnt from them. On the circle, truth and reference
    # are told on the turn that is next to the path.
    near = paths[:-1] + distances(read[:-1], paths[:-1], options.circular)
    reference = near - distances(read[:-1], naively, options.circular)
    rolled = Paths(near, paths[:-1], reference, bounded(found.bounds, options))
    backtest = backtest_of(views, rolled, options)
    bands = tuple(on_circle(band) for band in found.bands) if options.circular else found.bands
    return Model(paths[-1], bands, reported(fits, basis, backtest))


def backtest_of(views: Sequence[View], rolled: Paths, options: Options) -> Backtest:
    """Score a backtest as a whole and by block of lead times."""
    view = views[0]
    raw = joined([each.grid.raw for each in views])
    season = distances(raw[view.season :], raw[: -view.season], options.circular)
    known = np.abs(season[~np.isnan(season)])
    scale = float(known.mean()) or None if len(known) else None
    parts = tuple(
        BlockScores(block=block, scores=rolled.scores(block.places, scale))
        for block in blocks(view.grid.step, view.leads)
    )
    whole = rolled.scores(slice(None), scale)
    days = round(backtest_days(view.grid), 1)
    return Backtest(**dict(whole), origins=len(rolled.truth), days=days, blocks=parts)


def reported(fits: Sequence[Fitted], basis: Diagnostics, backtest: Backtest) -> Diagnostics:
    """Note how a forecast was made."""
    notes = basis.notes
    if backtest.skill is not None and backtest.skill <= 0:
        notes = (*notes, "in its backtest it was no better than the seasonal naive")
    converged = all(fit.converged for fit in fits)
    return basis.model_copy(
        update={
            "notes": notes,
            "method": fits[0].method,
            "reason": None if converged else "the fit stopped before it converged",
            "converged": converged,
            "iterations": fits[0].iterations,
            "parameters": fits[0].parameters,
            "weights": fits[0].weights,
            "backtest": backtest,
        }
    )


def fallback(views: Sequence[View], options: Options, basis: Diagnostics, reason: str) -> Model:
    """Repeat the last day, with bounds from how much days have differed."""
    found = [naive.predict(view) for view in views]
    mean = joined([mean for mean, _ in found])
    error = found[0][1]
    if options.circular:
        error = np.rad2deg(np.hypot(error, found[1][1]))
    bands = gaussian(error, aims_of(options))
    update = {"status": Status.FALLBACK, "method": "seasonal naive", "reason": reason}
    diagnostics = basis.model_copy(update=update)
    return Model(
        limited(mean, options),
        tuple(on_circle(band) for band in bands) if options.circular else bands,
        diagnostics,
    )


def aims_of(options: Options) -> tuple[Aim, ...]:
    """Return the levels asked for, narrow to wide, and those to aim at."""
    return tuple(Aim(level, options.adjusted(level)) for level in sorted(set(options.levels)))


def limited(values: Floats, options: Options) -> Floats:
    """Keep values within the measure's bounds."""
    if options.circular or (options.minimum is None and options.maximum is None):
        return values
    return np.asarray(np.clip(values, options.minimum, options.maximum))


def bounded(bounds: Sequence[Bounds], options: Options) -> tuple[Bounds, ...]:
    """Keep bounds within the measure's."""
    return tuple(
        Bounds(each.level, limited(each.lower, options), limited(each.upper, options))
        for each in bounds
    )


def on_circle(band: Band) -> Band:
    """Keep a band within half a turn to either side, which is every direction."""
    half = CIRCLE / 2
    return Band(band.level, np.maximum(band.lower, -half), np.minimum(band.upper, half))
