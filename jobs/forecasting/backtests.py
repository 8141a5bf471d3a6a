"""A backtest on demand: forecasts issued over any past window, each as it would have been live."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from pydantic import AwareDatetime, Field

from dtbase.domain.forecasts.backtests import BacktestFigures, BacktestLead, BacktestReport
from dtbase.domain.frozen import Frozen
from jobs.forecasting.circle import distances
from jobs.forecasting.leads import blocks
from jobs.forecasting.outcome import Options, Outcome
from jobs.forecasting.prepare import DAY, Floats
from jobs.forecasting.references import observed, scale_of, seasonal_naive
from jobs.forecasting.scores import Bounds, Paths, Scores

Forecaster = Callable[[Floats, Floats, int, datetime, Options], Outcome]


class Origins(Frozen):
    """When to forecast: at `start` and every `stride` after it, before `end`."""

    start: AwareDatetime
    end: AwareDatetime
    stride: timedelta = Field(gt=timedelta(0))

    @property
    def count(self) -> int:
        return max(0, -((self.start - self.end) // self.stride))

    def moments(self) -> Iterator[datetime]:
        return (self.start + place * self.stride for place in range(self.count))


class Step(Frozen):
    """One origin of a backtest: what was forecast, what came, and how far the work is.

    `truth` and `reference` (the seasonal naive) stand at the forecast's times, None where unknown.
    """

    done: int
    total: int
    issued_at: datetime
    outcome: Outcome
    truth: tuple[float | None, ...] = ()
    reference: tuple[float | None, ...] = ()
    scale: float | None = None
    scores: Scores | None = None


def backtest_over(
    times: Floats,
    values: Floats,
    horizon: int,
    origins: Origins,
    options: Options,
    forecaster: Forecaster,
) -> Iterator[Step]:
    """Forecast from each origin as if it were now, and score what came; report() sums it up.

    `times` are ascending epoch seconds and hold what came after the origins too: a forecast sees
    only what was read up to its own. Each step tells how many of how many are done.
    """
    for place, issued_at in enumerate(origins.moments()):
        outcome = forecaster(times, values, horizon, issued_at, options)
        step = Step(done=place + 1, total=origins.count, issued_at=issued_at, outcome=outcome)
        yield held_against_truth(step, times, values, options)


def held_against_truth(step: Step, times: Floats, values: Floats, options: Options) -> Step:
    """Score one forecast by what was read at its times."""
    found, cadence = step.outcome.forecast, step.outcome.diagnostics.cadence
    if found is None or cadence is None:
        return step
    targets = np.array([time.timestamp() for time in found.times])
    issued = step.issued_at.timestamp()
    known = (times <= issued) & (times > issued - options.window_days * DAY) & np.isfinite(values)
    predicted, circular = np.array(found.values), options.circular
    read = observed(times, values, targets, cadence)
    naive = seasonal_naive(times[known], values[known], targets, cadence)
    # On the circle, truth and reference are told on the turn that is next to the prediction.
    truth = predicted + distances(read, predicted, circular) if circular else read
    reference = truth - distances(read, naive, circular) if circular else naive
    scale = scale_of(times[known], values[known], cadence)
    paths = Paths(truth[None], predicted[None], reference[None], bounds_of([step]))
    return step.model_copy(
        update={
            "truth": optional(truth),
            "reference": optional(reference),
            "scale": scale,
            "scores": paths.scores(slice(None), scale),
        }
    )


def report(steps: Sequence[Step]) -> BacktestReport:
    """Sum up a backtest; MASE is relative to the mean scale of its origins."""
    with_forecast = [step for step in steps if step.scores is not None]
    without = len(steps) - len(with_forecast)
    if not with_forecast:
        return BacktestReport(origins=len(steps), without=without, total=None, leads=[])
    scales = [step.scale for step in with_forecast if step.scale is not None]
    scale = float(np.mean(scales)) if scales else None
    paths = paths_of(with_forecast)
    parts = blocks(with_forecast[-1].outcome.diagnostics.cadence or DAY, paths.truth.shape[1])
    return BacktestReport(
        origins=len(steps),
        without=without,
        total=figures(paths.scores(slice(None), scale)),
        leads=[
            BacktestLead(
                after_hours=part.after,
                until_hours=part.until,
                figures=figures(paths.scores(part.places, scale)),
            )
            for part in parts
        ],
    )


def figures(scores: Scores) -> BacktestFigures:
    return BacktestFigures.model_validate(scores, from_attributes=True)


def paths_of(steps: Sequence[Step]) -> Paths:
    """Stack the steps that have a forecast."""
    return Paths(
        truth=np.array([step.truth for step in steps], dtype=np.float64),
        predicted=np.array(
            [step.outcome.forecast.values for step in steps if step.outcome.forecast]
        ),
        reference=np.array([step.reference for step in steps], dtype=np.float64),
        bounds=bounds_of(steps),
    )


def bounds_of(steps: Sequence[Step]) -> tuple[Bounds, ...]:
    """Stack the intervals of each level: origins by leads."""
    found = [step.outcome.forecast for step in steps if step.outcome.forecast]
    return tuple(
        Bounds(
            level=interval.level,
            lower=np.array([each.intervals[place].lower for each in found]),
            upper=np.array([each.intervals[place].upper for each in found]),
        )
        for place, interval in enumerate(found[0].intervals)
    )


def optional(values: Floats) -> tuple[float | None, ...]:
    """Return values as JSON can say them."""
    return tuple(None if np.isnan(value) else float(value) for value in values)
