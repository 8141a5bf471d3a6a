"""Making a backtest: each forecast is made from what had been read by then."""

from datetime import datetime, timedelta
from functools import partial

from dtbase.domain.forecasts.backtests import Backtest, BacktestReport
from dtbase.domain.forecasts.effects import asked_of
from dtbase.errors import Invalid
from dtbase.services import Context
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import scenarios
from dtbase.storage.registry import series
from jobs.forecasting.backtests import Origins, Step, backtest_over, report
from jobs.forecasting.outcome import Options, Outcome
from jobs.forecasting.prepare import Floats
from jobs.forecasting.registry import FORECASTERS
from jobs.known import ForecastSpec
from jobs.regressors import FARTHEST, regressors
from jobs.run_inputs import Inputs, base_options, known_of, within_bounds
from jobs.runs import refuse_impossible, shifted


def find(asked: Backtest, context: Context, place: str | None) -> BacktestReport:
    """Forecast from each origin, and return what that has shown.

    A place's measure is forecast from all that was ever measured there.
    """
    spec, (known, options) = prepare(asked, place)
    origins = Origins(start=asked.start, end=asked.end, stride=timedelta(hours=asked.every_hours))
    forecaster = partial(forecast_as_live, spec)
    steps: list[Step] = []
    for step in backtest_over(*known, spec.horizon, origins, options, forecaster):
        steps.append(step)
        context.progress(step.done, asked.total)
    return report(steps)


def forecast_as_live(
    spec: ForecastSpec,
    times: Floats,
    values: Floats,
    horizon: int,
    issued_at: datetime,
    options: Options,
) -> Outcome:
    """Forecast as a run would, with the series that help as they were known at the issue."""
    if spec.asked.effects.regressors:
        with transaction() as session:
            found = regressors(session, spec, options, issued_at)
        options = options.model_copy(update={"regressors": found})
    outcome = FORECASTERS[spec.model](times, values, horizon, issued_at, options)
    if outcome.forecast is None:
        return outcome
    forecast = shifted(outcome.forecast, spec, options)
    return outcome.model_copy(update={"forecast": forecast})


def prepare(asked: Backtest, place: str | None) -> tuple[ForecastSpec, Inputs]:
    """Read what a backtest needs, and refuse what cannot be done."""
    with transaction() as session:
        (target,) = series.resolve(session, [asked.target])
        refuse_impossible(asked.model, target)
        scenario = scenarios.get(session, asked.model, asked.scenario)
        parameters = asked_of(scenario.parameters, asked.parameters)
        spec = ForecastSpec(asked.model, target, parameters, asked.horizon, place)
        options = base_options(session, spec)
        start = asked.start - timedelta(days=options.window_days)
        known = known_of(session, spec, start, asked.end + FARTHEST)
    if not len(known.times):
        raise Invalid(f"nothing was read of {asked.target} in the window of this backtest")
    return spec, Inputs(known, within_bounds(options, target, known.values))
