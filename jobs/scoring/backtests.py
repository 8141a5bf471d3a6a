"""Carrying out a backtest: it ends succeeded with a report, or failed with a readable reason."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic

from dtbase.domain.forecasts.backtests import (
    Backtest,
    BacktestFigures,
    BacktestLead,
    BacktestReport,
)
from dtbase.domain.forecasts.effects import asked_of
from dtbase.errors import DTBaseError, Invalid
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import backtests, scenarios
from dtbase.storage.registry import series
from jobs.forecasting.backtests import Origins, Report, Step, backtest_over, report
from jobs.forecasting.outcome import Options, Outcome
from jobs.forecasting.prepare import Floats
from jobs.forecasting.registry import FORECASTERS
from jobs.forecasting.scores import Scores
from jobs.run_inputs import (
    FARTHEST,
    Inputs,
    Wanted,
    base_options,
    known_of,
    regressors,
    within_bounds,
)
from jobs.runs import reason_of, refuse_impossible, shifted

RARELY = 0.5
"""Seconds between two notes of the progress."""


class Unwanted(Exception):
    """Somebody has deleted the backtest, or what it is about."""


def carry_out(backtest_id: int) -> None:
    """Carry out a backtest whose lock we hold."""
    with transaction() as session:
        if not backtests.start(session, backtest_id):
            return
    try:
        found = summary(report([*steps_of(backtest_id)]))
        with transaction() as session:
            backtests.finish(session, backtest_id, found)
    except Unwanted:
        return
    except Exception as error:
        with transaction() as session:
            backtests.fail(session, backtest_id, reason_of(error))
        if not isinstance(error, DTBaseError):
            raise


def steps_of(backtest_id: int) -> Iterator[Step]:
    """Give the forecast of each origin, and note how far the work is."""
    asked, wanted, inputs = prepare(backtest_id)
    origins = Origins(start=asked.start, end=asked.end, stride=timedelta(hours=asked.every_hours))
    told = monotonic()
    (times, values), options = inputs
    forecaster = Live(wanted)
    for step in backtest_over(times, values, wanted.horizon, origins, options, forecaster):
        yield step
        if monotonic() - told >= RARELY:
            told = monotonic()
            tell(backtest_id, step.done)


def tell(backtest_id: int, done: int) -> None:
    """Note how many forecasts are done."""
    with transaction() as session:
        if not backtests.progress(session, backtest_id, done):
            raise Unwanted


class Live:
    """A forecaster that reads the series that help as they were known at each issue."""

    def __init__(self, wanted: Wanted) -> None:
        """Forecast as a run with these parameters would."""
        self.wanted = wanted

    def __call__(
        self, times: Floats, values: Floats, horizon: int, issued_at: datetime, options: Options
    ) -> Outcome:
        """Forecast from what was known at the issue."""
        if self.wanted.asked.effects.regressors:
            with transaction() as session:
                found = regressors(session, self.wanted, options, issued_at)
            options = options.model_copy(update={"regressors": found})
        outcome = FORECASTERS[self.wanted.model](times, values, horizon, issued_at, options)
        if outcome.forecast is None:
            return outcome
        forecast = shifted(outcome.forecast, self.wanted, options)
        return outcome.model_copy(update={"forecast": forecast})


def prepare(backtest_id: int) -> tuple[Backtest, Wanted, Inputs]:
    """Read what a backtest needs, and refuse what cannot be done."""
    with transaction() as session:
        asked = backtests.get(session, backtest_id)
        (target,) = series.resolve(session, [asked.target])
        refuse_impossible(asked.model, target)
        scenario = scenarios.get(session, asked.model, asked.scenario)
        parameters = asked_of(scenario.parameters, asked.parameters)
        wanted = Wanted(asked.model, target, parameters, asked.horizon)
        options = base_options(session, wanted)
        start = asked.start - timedelta(days=options.window_days)
        known = known_of(session, wanted, start, asked.end + FARTHEST)
    if not len(known.times):
        raise Invalid(f"nothing was read of {asked.target} in the window of this backtest")
    return asked, wanted, Inputs(known, within_bounds(options, target, known.values))


def summary(found: Report) -> BacktestReport:
    """Return what is kept of a backtest."""
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
    """Return scores as the API tells them."""
    return BacktestFigures.model_validate(
        scores.model_dump(include=set(BacktestFigures.model_fields))
    )
