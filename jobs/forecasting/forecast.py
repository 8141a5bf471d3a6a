"""One series in, one forecast out, whatever state the series is in."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import NormalDist

import numpy as np

from dtbase.domain.forecasts.runs import Forecast, Interval
from jobs.forecasting.checks import (
    CannotForecast,
    Readings,
    check,
    check_horizon,
    notes_on,
    usable,
)
from jobs.forecasting.circle import CIRCLE, components, joined
from jobs.forecasting.family import Family
from jobs.forecasting.inputs import trimmed, view_of
from jobs.forecasting.modelling import Model, limited, modelled
from jobs.forecasting.outcome import Diagnostics, Options, Outcome, Status
from jobs.forecasting.prepare import (
    Floats,
    Grid,
    Ticks,
    regularise,
    spread_within,
    step_for,
    ticks_of,
)
from jobs.forecasting.view import View


@dataclass(frozen=True)
class Problem:
    """What there is to forecast from, and which steps (epoch seconds)."""

    readings: Readings
    ticks: Ticks
    targets: Floats
    options: Options


def forecast(
    family: Family,
    times: Floats,
    values: Floats,
    horizon: int,
    issued_at: datetime,
    options: Options,
) -> Outcome:
    """Forecast `horizon` steps of the series' own cadence after `issued_at` by a family.

    `times` are epoch seconds; readings after `issued_at`, or older than the window, are left
    out. Never raises on bad data: the status and its reason say why there is no forecast.
    """
    began = time.perf_counter()
    try:
        outcome = attempt(family, prepare(times, values, horizon, issued_at, options), issued_at)
    except CannotForecast as refusal:
        outcome = refusal.outcome()
    seconds = round(time.perf_counter() - began, 3)
    diagnostics = outcome.diagnostics.model_copy(update={"seconds": seconds})
    return outcome.model_copy(update={"diagnostics": diagnostics})


def prepare(
    times: Floats, values: Floats, horizon: int, issued_at: datetime, options: Options
) -> Problem:
    """Check the readings and find the steps to predict: the ticks after issue and readings."""
    readings = usable(times, values, issued_at, options)
    ticks = ticks_of(readings.times)
    check(readings, ticks, issued_at, options)
    check_horizon(horizon, ticks)
    newest = float(ticks.after(readings.times[-1] - ticks.cadence / 2, 1)[0])
    targets = ticks.after(max(issued_at.timestamp(), newest), horizon)
    return Problem(readings, ticks, targets, options)


def attempt(family: Family, problem: Problem, issued_at: datetime) -> Outcome:
    """Model the series and spread the result over the steps that were asked for."""
    grids = grids_of(problem)
    leads = max(1, int(np.ceil((problem.targets[-1] - grids[0].end) / grids[0].step)))
    options = problem.options
    views = [view_of(each, leads, options.timezone, options.regressors) for each in grids]
    model = modelled(family, views, options, describe(grids[0], problem))
    if not all(np.isfinite(band.lower + band.upper + model.mean).all() for band in model.bands):
        reason = "the forecast came out infinite"
        raise CannotForecast(Status.FAILED, reason, len(problem.readings.times))
    found = spread_out(model, views, problem, issued_at)
    return Outcome(forecast=found, diagnostics=model.diagnostics)


def grids_of(problem: Problem) -> list[Grid]:
    """Return the grid of each component, ending with the last known value."""
    readings, circular = problem.readings, problem.options.circular
    step = step_for(readings.times, problem.ticks, float(problem.targets[-1] - readings.times[-1]))
    return [
        trimmed(regularise(readings.times, part, problem.ticks, step, faults_too=not circular))
        for part in components(readings.values, circular)
    ]


def describe(grid: Grid, problem: Problem) -> Diagnostics:
    """Note what the grid was made of."""
    return Diagnostics(
        status=Status.OK,
        notes=tuple(notes_on(problem.readings, problem.ticks, grid.faults)),
        cadence=problem.ticks.cadence,
        step=grid.step,
        window_start=datetime.fromtimestamp(grid.start, UTC).isoformat(),
        window_end=datetime.fromtimestamp(grid.end, UTC).isoformat(),
        readings=len(problem.readings.times),
        future=problem.readings.future,
        left_out=len(problem.readings.outliers),
        gaps=round(grid.gaps, 4),
        faults=grid.faults,
    )


def spread_out(model: Model, views: list[View], problem: Problem, issued_at: datetime) -> Forecast:
    """Return mean and bounds at the steps asked for, on lines between the bins' middles.

    Where bins hold several steps, bounds also hold how much steps differ from their bin's mean.
    """
    grid, options = views[0].grid, problem.options
    last = joined([view.filled[-1:] for view in views])
    middles = grid.end + grid.step * (np.arange(len(model.mean) + 1) - 0.5)
    path = np.concatenate((last, model.mean))
    path = np.unwrap(path, period=CIRCLE) if options.circular else path
    values = np.interp(problem.targets, middles, path)
    values = values % CIRCLE if options.circular else limited(values, options)
    within = 0.0
    if not options.circular:
        times, read = problem.readings.times, problem.readings.values
        within = spread_within(times, read, problem.ticks, grid.step)
    intervals = []
    for band in model.bands:
        extra = NormalDist().inv_cdf(0.5 + band.level / 200) * within
        below, above = (
            np.hypot(np.interp(problem.targets, middles[1:], side), extra)
            for side in (band.lower, band.upper)
        )
        intervals.append(
            Interval(
                level=band.level,
                lower=limited(values - below, options).tolist(),
                upper=limited(values + above, options).tolist(),
            )
        )
    moments = [datetime.fromtimestamp(moment, UTC) for moment in problem.targets.tolist()]
    return Forecast(issued_at=issued_at, times=moments, values=values.tolist(), intervals=intervals)
