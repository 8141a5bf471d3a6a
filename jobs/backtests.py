"""Making a backtest: each forecast is made from what had been read by then."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dtbase.domain.forecasts.backtests import (
    Backtest,
    BacktestFigures,
    BacktestLead,
    BacktestReport,
)
from dtbase.domain.forecasts.effects import asked_of
from dtbase.errors import Invalid
from dtbase.services import Context
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import scenarios
from dtbase.storage.registry import series
from jobs.forecasting.backtests import Origins, Report, Step, backtest_over, report
from jobs.forecasting.outcome import Options, Outcome
from jobs.forecasting.prepare import Floats
from jobs.forecasting.registry import FORECASTERS
from jobs.forecasting.scores import Scores
from jobs.known import ForecastSpec
from jobs.regressors import FARTHEST, regressors
from jobs.run_inputs import Inputs, base_options, known_of, within_bounds
from jobs.runs import refuse_impossible, shifted


def find(asked: Backtest, context: Context, place: str | None = None) -> BacktestReport:
    """Forecast from each origin, and return what that has shown.

    A place's measure is forecast from all that was ever measured there.
    """
    return summary(report([*steps_of(asked, context, place)]))


def steps_of(asked: Backtest, context: Context, place: str | None) -> Iterator[Step]:
    """Give the forecast of each origin, and tell how far the work is."""
    spec, inputs = prepare(asked, place)
    origins = Origins(start=asked.start, end=asked.end, stride=timedelta(hours=asked.every_hours))
    (times, values), options = inputs
    forecaster = Live(spec)
    for step in backtest_over(times, values, spec.horizon, origins, options, forecaster):
        yield step
        context.progress(step.done, asked.total)


class Live:
    """A forecaster that reads the series that help as they were known at each issue."""

    def __init__(self, spec: ForecastSpec) -> None:
        """Forecast as a run with these parameters would."""
        self.spec = spec

    def __call__(
        self, times: Floats, values: Floats, horizon: int, issued_at: datetime, options: Options
    ) -> Outcome:
        """Forecast from what was known at the issue."""
        if self.spec.asked.effects.regressors:
            with transaction() as session:
                found = regressors(session, self.spec, options, issued_at)
            options = options.model_copy(update={"regressors": found})
        outcome = FORECASTERS[self.spec.model](times, values, horizon, issued_at, options)
        if outcome.forecast is None:
            return outcome
        forecast = shifted(outcome.forecast, self.spec, options)
        return outcome.model_copy(update={"forecast": forecast})


def prepare(asked: Backtest, place: str | None = None) -> tuple[ForecastSpec, Inputs]:
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


def summary(found: Report) -> BacktestReport:
    return BacktestReport(
        origins=found.origins,
        without=found.without,
        total=None if found.scores is None else figures(found.scores),
        leads=[
            BacktestLead(
                after_hours=each.block.after,
                until_hours=each.block.until,
                figures=figures(each.scores),
            )
            for each in found.blocks
        ],
    )


def figures(scores: Scores) -> BacktestFigures:
    return BacktestFigures.model_validate(
        scores.model_dump(include=set(BacktestFigures.model_fields))
    )
