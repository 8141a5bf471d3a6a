"""Making a run: read the series, forecast it, store what came of it."""

from datetime import datetime, timedelta
from importlib.metadata import version

import numpy as np
from pydantic import JsonValue, ValidationError

from dtbase.domain.frozen import Frozen
from dtbase.domain.measures import Datatype, Statistic
from dtbase.domain.runs import Run
from dtbase.errors import DTBaseError, Invalid
from dtbase.storage import history, predictions, runs, series
from dtbase.storage.database import transaction
from dtbase.storage.series import Resolved
from jobs.forecasting.outcome import Diagnostics, Options, Outcome
from jobs.forecasting.prepare import Floats
from jobs.forecasting.registry import FORECASTERS

DEFAULT_HORIZON = 48


class Task(Frozen):
    """A run with the series that it is about."""

    run: Run
    target: Resolved
    options: Options


def make(run_id: int, now: datetime) -> None:
    """Carry out a run; it ends succeeded, or failed with a readable reason."""
    with transaction() as session:
        if not runs.start(session, run_id):
            return
    try:
        carry_out(run_id, now)
    except Exception as error:
        with transaction() as session:
            runs.fail(session, run_id, reason_of(error))
        if not isinstance(error, DTBaseError):
            raise


def reason_of(error: Exception) -> str:
    """Say in one sentence what went wrong."""
    if isinstance(error, DTBaseError):
        return error.detail
    return f"{type(error).__name__}: {error}"[:500]


def carry_out(run_id: int, now: datetime) -> None:
    """Forecast outside of any transaction, then store the result with the run's end in one."""
    task = prepare(run_id)
    start = now - timedelta(days=task.options.window_days)
    with transaction() as session:
        readings = history.read(session, task.target.id, start, now)
    times = np.array(readings.times, dtype=np.float64)
    values = np.array(readings.values, dtype=np.float64)
    options = within_bounds(task, values)
    horizon = task.run.horizon or DEFAULT_HORIZON
    outcome = FORECASTERS[task.run.model](times, values, horizon, now, options)
    save(task, outcome)


def prepare(run_id: int) -> Task:
    """Read what a run asks for, and refuse what cannot be done."""
    with transaction() as session:
        run = runs.get(session, run_id)
        if run.target is None:
            raise Invalid("this run names no series")
        (target,) = series.resolve(session, [run.target])
    if run.model not in FORECASTERS:
        raise Invalid(f"no worker here can run the model {run.model!r}")
    if target.datatype not in {Datatype.FLOAT, Datatype.INTEGER}:
        raise Invalid(f"{run.target} holds {target.datatype} values; only numbers can be forecast")
    if target.statistic is Statistic.CIRCULAR:
        raise Invalid(f"{run.target} is a direction; this model forecasts numbers on a line only")
    return Task(run=run, target=target, options=options_of(run))


def options_of(run: Run) -> Options:
    """Read a run's parameters."""
    try:
        return FORECASTERS[run.model].options.model_validate(run.parameters)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"parameter {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def within_bounds(task: Task, values: Floats) -> Options:
    """Keep percentages within 0 and 100, and quantities that never were negative above 0.

    Temperatures in degrees may cross zero, whatever the last weeks showed.
    """
    options, unit = task.options, task.target.unit or ""
    if not len(values) or unit.startswith("deg"):
        return options
    lowest, highest = float(values.min()), float(values.max())
    bounds: dict[str, float] = {}
    if options.minimum is None and lowest >= 0:
        bounds["minimum"] = 0.0
    if options.maximum is None and unit == "percent" and lowest >= 0 and highest <= 100:  # noqa: PLR2004
        bounds["maximum"] = 100.0
    return options.model_copy(update=bounds)


def save(task: Task, outcome: Outcome) -> None:
    """Store predictions, diagnostics and the run's end, all or nothing."""
    details = details_of(outcome.diagnostics)
    with transaction() as session:
        if outcome.forecast is None:
            reason = outcome.diagnostics.reason or outcome.diagnostics.status
            runs.fail(session, task.run.id, reason, details)
        elif runs.finish(session, task.run.id, outcome.forecast.issued_at, details):
            predictions.write(session, task.run.id, task.target.id, outcome.forecast)


def details_of(diagnostics: Diagnostics) -> dict[str, JsonValue]:
    """Return what a run keeps about how it was made."""
    details: dict[str, JsonValue] = diagnostics.model_dump(mode="json", exclude_none=True)
    return {"version": version("dtbase"), **details}
