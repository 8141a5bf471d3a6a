"""Making a run: read the series, forecast it, store what came of it."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from typing import NamedTuple

from pydantic import JsonValue

from dtbase.domain.forecasts.effects import asked_of
from dtbase.domain.forecasts.runs import Forecast, Interval, Run
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.errors import Invalid
from dtbase.services import Cancelled
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import predictions, run_series, runs
from dtbase.storage.registry import series
from dtbase.storage.registry.series import Resolved
from jobs.forecasting.outcome import Options, Outcome
from jobs.forecasting.registry import FORECASTERS
from jobs.known import ForecastSpec
from jobs.run_inputs import Inputs, inputs_of
from jobs.services.failures import may_pass, reason_of
from jobs.services.timeouts import TookTooLong

DEFAULT_HORIZON = 48
CIRCLE = 360.0
NOT_TOLD = {"regressors", "warm_start"}
"""Options that a run does not keep: they are data, and stand elsewhere."""


class PreparedRun(NamedTuple):
    """A run with what it is to forecast, and what it is made from."""

    run: Run
    spec: ForecastSpec
    inputs: Inputs


def make(run_id: int, now: datetime) -> Exception | None:
    """Forecast what a run is to leave; return why that has failed.

    A refusal is its end. After anything else it stays open, for the next try of its service.
    """
    try:
        prepared = prepare(run_id, now)
        known, options = prepared.inputs
        forecaster, horizon = FORECASTERS[prepared.spec.model], prepared.spec.horizon
        return save(prepared, forecaster(known.times, known.values, horizon, now, options))
    except (Cancelled, TookTooLong):
        raise
    except Exception as error:  # the edge of a run among others
        with transaction() as session:
            if may_pass(error):
                runs.note(session, run_id, reason_of(error))
            else:
                runs.fail(session, run_id, reason_of(error))
        return error


def prepare(run_id: int, now: datetime) -> PreparedRun:
    """Read what a run needs, and refuse what cannot be done."""
    with transaction() as session:
        run = runs.get(session, run_id)
        if run.target is None:
            raise Invalid("this run names no series")
        (target,) = series.resolve(session, [run.target])
        refuse_impossible(run.model, target)
        scenario_id, parameters = run_series.scenario_of(session, run_id)
        asked = asked_of(parameters, run.parameters)
        horizon, place = run.horizon or DEFAULT_HORIZON, run.details.get(runs.PLACE)
        named = place if isinstance(place, str) else None
        spec = ForecastSpec(run.model, target, asked, horizon, named)
        return PreparedRun(run, spec, inputs_of(session, spec, scenario_id, now))


def refuse_impossible(model: str, target: Resolved) -> None:
    """Refuse a model that is not ours, and a series that is not of numbers."""
    if model not in FORECASTERS:
        known = ", ".join(sorted(FORECASTERS))
        raise Invalid(f"no worker here can run the model {model!r}; they run {known}")
    if target.statistic is Statistic.STATE:
        raise Invalid(f"{target.key} holds states; no model here forecasts states")
    if target.datatype not in {Datatype.FLOAT, Datatype.INTEGER}:
        raise Invalid(f"{target.key} holds {target.datatype} values; only numbers can be forecast")


def save(prepared: PreparedRun, outcome: Outcome) -> Invalid | None:
    """Store predictions, diagnostics and the run's end, all or nothing; or return why not."""
    run_id, forecast = prepared.run.id, outcome.forecast
    reason = outcome.diagnostics.reason or outcome.diagnostics.status
    details = details_of(prepared, outcome)
    with transaction() as session:
        if forecast is None:
            runs.fail(session, run_id, reason, details)
        elif runs.finish(session, run_id, forecast.issued_at, details):
            forecast = shifted(forecast, prepared.spec, prepared.inputs.options)
            predictions.write(session, run_id, prepared.spec.target.id, forecast)
    return Invalid(reason) if forecast is None else None


def shifted(forecast: Forecast, spec: ForecastSpec, options: Options) -> Forecast:
    """Return a forecast as its scenario shifts it, within the measure's bounds."""
    shift = spec.asked.effects.shift
    if not shift:
        return forecast

    def moved(values: Sequence[float], *, around: bool = False) -> list[float]:
        if spec.target.statistic is Statistic.CIRCULAR:
            return [(v + shift) % CIRCLE if around else v + shift for v in values]
        return [limited(value + shift, options) for value in values]

    intervals = [
        Interval(level=each.level, lower=moved(each.lower), upper=moved(each.upper))
        for each in forecast.intervals
    ]
    return forecast.model_copy(
        update={"values": moved(forecast.values, around=True), "intervals": intervals}
    )


def limited(value: float, options: Options) -> float:
    """Keep a value within the measure's bounds."""
    if options.minimum is not None:
        value = max(value, options.minimum)
    return value if options.maximum is None else min(value, options.maximum)


def details_of(prepared: PreparedRun, outcome: Outcome) -> dict[str, JsonValue]:
    """Return what a run keeps about how it was made."""
    details: dict[str, JsonValue] = outcome.diagnostics.model_dump(mode="json", exclude_none=True)
    options = prepared.inputs.options
    place = prepared.spec.place
    return {
        **({} if place is None else {runs.PLACE: place}),
        **details,
        "version": details.get("version") or version("dtbase"),
        "options": options.model_dump(mode="json", exclude=NOT_TOLD, exclude_none=True),
        "effects": prepared.spec.asked.effects.model_dump(mode="json", exclude_defaults=True),
        "start": "warm" if options.warm_start else "cold",
    }
