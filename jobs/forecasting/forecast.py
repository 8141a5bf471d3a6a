"""One series in, one forecast out, whatever state the series is in."""

import time
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.runs import Forecast, Interval
from jobs.forecasting import arima, backtest
from jobs.forecasting.calibrate import Band, conformal, gaussian
from jobs.forecasting.outcome import Diagnostics, Options, Outcome, Status
from jobs.forecasting.prepare import CADENCES, DAY, Floats, Grid, cadence, regularise

FEWEST_DAYS = 2.0
FEWEST_BINS = 24
FULL_MODEL_DAYS = 10.0
MOST_BINS = 4320
DEFAULTS = Options()


def forecast(
    times: Floats,
    values: Floats,
    horizon: int,
    issued_at: datetime,
    options: Options = DEFAULTS,
) -> Outcome:
    """Forecast `horizon` steps of the series' own cadence after `issued_at`.

    `times` are ascending epoch seconds; readings after `issued_at`, or older than the window, are
    left out. Never raises on bad data: the status and its reason say why there is no forecast.
    """
    began = time.perf_counter()
    usable = in_window(times, values, issued_at, options)
    outcome = attempt(times[usable], values[usable], horizon, issued_at, options)
    seconds = round(time.perf_counter() - began, 3)
    diagnostics = outcome.diagnostics.model_copy(update={"seconds": seconds})
    return outcome.model_copy(update={"diagnostics": diagnostics})


def in_window(
    times: Floats, values: Floats, issued_at: datetime, options: Options
) -> NDArray[np.bool_]:
    """Tell which readings are finite and inside the window that ends at the issue."""
    age = issued_at.timestamp() - times
    return np.isfinite(values) & (age >= 0) & (age < options.window_days * DAY)


def attempt(
    times: Floats, values: Floats, horizon: int, issued_at: datetime, options: Options
) -> Outcome:
    """Refuse a series that cannot be forecast, else forecast it."""
    own = cadence(times)
    if len(times) < FEWEST_BINS or times[-1] - times[0] + own < FEWEST_DAYS * DAY:
        return refused(Status.INSUFFICIENT_DATA, too_little(times, options), len(times))
    silent = issued_at.timestamp() - times[-1]
    if silent > max(DAY, 3 * own):
        reason = f"the last reading is {silent / 3600:.0f} hours old, so a forecast would be stale"
        return refused(Status.STALE, reason, len(times))
    if np.ptp(values) == 0:
        reason = f"every reading of the last {options.window_days:g} days is {values[0]:g}"
        return refused(Status.CONSTANT, reason, len(times))
    grid = regularise(times, values, model_step(own))
    return predicted(grid, own, horizon, issued_at, options, len(times))


def too_little(times: Floats, options: Options) -> str:
    """Say how little there is to learn from."""
    days = (times[-1] - times[0]) / DAY if len(times) else 0.0
    return (
        f"{len(times)} readings over {days:.1f} days in the last {options.window_days:g} days; "
        f"a forecast needs at least {FEWEST_BINS} over {FEWEST_DAYS:g} days"
    )


def refused(status: Status, reason: str, readings: int) -> Outcome:
    """Return an outcome without a forecast."""
    diagnostics = Diagnostics(status=status, reason=reason, readings=readings)
    return Outcome(forecast=None, diagnostics=diagnostics)


def model_step(own: float) -> float:
    """Return the bin to model at: the cadence, coarser where ten days of it are too many."""
    fits = CADENCES[(own <= CADENCES) & (FULL_MODEL_DAYS * DAY / CADENCES <= MOST_BINS)]
    return float(fits[0])


def predicted(
    grid: Grid, own: float, horizon: int, issued_at: datetime, options: Options, readings: int
) -> Outcome:
    """Predict from a grid and spread the result over the steps that were asked for."""
    grid = latest(grid)
    targets = steps_after(grid, own, horizon, issued_at)
    bins = int(np.ceil((targets[-1] - grid.end) / grid.step)) + 1
    basis = describe(grid, own, readings)
    mean, bands, diagnostics = model(grid, max(bins, 1), options, basis)
    edges = grid.end + grid.step * np.arange(-1, len(mean))
    last = grid.values[~np.isnan(grid.values)][-1]

    def at_targets(path: Floats) -> list[float]:
        line = np.interp(targets, edges, np.concatenate(([last], path)))
        return [float(value) for value in np.clip(line, options.minimum, options.maximum)]

    result = Forecast(
        issued_at=issued_at,
        times=[datetime.fromtimestamp(moment, UTC) for moment in targets],
        values=at_targets(mean),
        intervals=[
            Interval(
                level=band.level,
                lower=at_targets(mean + band.lower),
                upper=at_targets(mean + band.upper),
            )
            for band in bands
        ],
    )
    return Outcome(forecast=result, diagnostics=diagnostics)


def latest(grid: Grid) -> Grid:
    """Keep no more than the newest 4,320 bins."""
    extra = len(grid.raw) - MOST_BINS
    if extra <= 0:
        return grid
    start = grid.start + extra * grid.step
    return Grid(start, grid.step, grid.raw[extra:], grid.values[extra:], grid.faults)


def steps_after(grid: Grid, own: float, horizon: int, issued_at: datetime) -> Floats:
    """Return the epoch seconds to predict: the cadence's ticks after the issue."""
    begin = max(issued_at.timestamp(), grid.end - grid.step)
    first = (np.floor(begin / own) + 1) * own
    return np.asarray(first + own * np.arange(horizon))


def describe(grid: Grid, own: float, readings: int) -> Diagnostics:
    """Note what the grid was made of."""
    return Diagnostics(
        status=Status.OK,
        cadence=own,
        step=grid.step,
        window_start=datetime.fromtimestamp(grid.start, UTC).isoformat(),
        window_end=datetime.fromtimestamp(grid.end, UTC).isoformat(),
        readings=readings,
        gaps=round(grid.gaps, 4),
        faults=grid.faults,
    )


def model(
    grid: Grid, bins: int, options: Options, basis: Diagnostics
) -> tuple[Floats, list[Band], Diagnostics]:
    """Predict by harmonic regression with ARIMA errors, else by the seasonal naive."""
    if grid.days < FULL_MODEL_DAYS:
        reason = f"only {grid.days:.1f} days of history: each hour repeats yesterday's"
        return naive(grid, bins, options, basis, reason)
    cycles = arima.choose_cycles(grid.step, grid.days, options.daily, options.weekly)
    try:
        fitted = arima.fit(grid, cycles, options.order)
        path = arima.predict(fitted, grid, bins)
        test = backtest.run(grid, cycles, options.order, fitted.parameters, bins)
    except (ValueError, np.linalg.LinAlgError) as error:
        return naive(grid, bins, options, basis, f"ARIMA could not be fitted: {error}")
    if not (np.isfinite(path.mean).all() and np.isfinite(path.error).all()):
        return naive(grid, bins, options, basis, "ARIMA gave no finite forecast")
    bands = [conformal(test.errors, path.error, x, test.pool, test.days) for x in options.levels]
    diagnostics = basis.model_copy(
        update={
            "method": "harmonic regression with ARIMA errors",
            "reason": None if fitted.converged else "the fit stopped before it converged",
            "converged": fitted.converged,
            "iterations": fitted.iterations,
            "parameters": tuple(float(value) for value in fitted.parameters),
            "backtest": backtest.score(test, grid, path.error, options.levels),
        }
    )
    return path.mean, bands, diagnostics


def naive(
    grid: Grid, bins: int, options: Options, basis: Diagnostics, reason: str
) -> tuple[Floats, list[Band], Diagnostics]:
    """Repeat the last day, with bounds from how much days have differed."""
    day = grid.per_day
    place = np.array([len(grid.values) - 1])
    mean = backtest.seasonal_naive(grid, place, bins)[0]
    known = grid.values[~np.isnan(grid.values)]
    mean = np.where(np.isnan(mean), known[-1], mean)
    change = grid.values[day:] - grid.values[:-day] if len(grid.values) > day else known
    spread = float(np.nanstd(change)) if np.isfinite(change).any() else float(known.std())
    error = spread * np.sqrt(1 + np.arange(bins) // day)
    diagnostics = basis.model_copy(
        update={"status": Status.FALLBACK, "method": "seasonal naive", "reason": reason}
    )
    return mean, [gaussian(error, level) for level in options.levels], diagnostics
