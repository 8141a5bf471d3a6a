"""What a run is made from: readings, other series, and what is known of earlier runs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.drift import Drift
from dtbase.domain.forecasts.effects import Asked, Change, RegressorSource, wrong
from dtbase.domain.forecasts.selections import OfModel
from dtbase.domain.readings.columns import Columns
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.queries import Predicted, ValuesQuery
from dtbase.errors import Invalid
from dtbase.storage import values
from dtbase.storage.forecasts import drift, run_series
from dtbase.storage.registry import series, twin
from dtbase.storage.registry.series import Resolved
from jobs.forecasting.apart import standing_apart
from jobs.forecasting.circle import components
from jobs.forecasting.outcome import LevelAdjustment, Options, Regressor
from jobs.forecasting.prepare import Floats
from jobs.forecasting.registry import DEFAULT, FORECASTERS, Forecaster
from jobs.scoring.rules import adjustment

WHOLE = 100.0
MICROSECONDS = 1e6
FARTHEST = timedelta(days=16)
"""How far ahead the predictions of another model are read."""


class Known(NamedTuple):
    """Numbers in order of time; times are epoch seconds."""

    times: Floats
    values: Floats


class Inputs(NamedTuple):
    """What a forecaster is given."""

    known: Known
    options: Options


class ForecastSpec(NamedTuple):
    """A series to forecast by a model, and what parameters ask for."""

    model: str
    target: Resolved
    asked: Asked
    horizon: int


def inputs_of(session: Session, spec: ForecastSpec, scenario_id: int, now: datetime) -> Inputs:
    """Read everything that a run needs."""
    options = base_options(session, spec)
    known = known_of(session, spec, now - timedelta(days=options.window_days), now)
    state = drift.find(session, scenario_id, spec.target.id)
    learnt = {
        "warm_start": warm_start(session, scenario_id, spec.target.id, state),
        "level_adjustment": adjustments(state),
        "regressors": regressors(session, spec, options, now),
    }
    kept = {name: value for name, value in learnt.items() if name not in spec.asked.options}
    options = options.model_copy(update=kept)
    return Inputs(known, within_bounds(options, spec.target, known.values))


def base_options(session: Session, spec: ForecastSpec) -> Options:
    """Return what parameters choose, with the zone of the site, and directions told apart."""
    options = options_of(FORECASTERS[spec.model], spec.asked)
    spec.asked.effects.check_inputs(spec.target.key)
    site: dict[str, Any] = {"circular": spec.target.statistic is Statistic.CIRCULAR}
    if "timezone" not in spec.asked.options:
        site["timezone"] = twin.get(session).timezone
    return options.model_copy(update=site)


def known_of(session: Session, spec: ForecastSpec, start: datetime, end: datetime) -> Known:
    """Return what was read of the series in [start, end), as a scenario has it."""
    found = known_by(values.minutes_of(session, spec.target, TimeRange.of(start, end)))
    return changed(found, spec.asked.effects.change_of(spec.target.key))


def regressors(
    session: Session, spec: ForecastSpec, options: Options, now: datetime
) -> tuple[Regressor, ...]:
    """Return the series that help, as they were known at a time; a direction by its components."""
    span = TimeRange.of(now - timedelta(days=options.window_days), now)
    return tuple(
        part
        for source in spec.asked.effects.regressors
        for part in regressor(session, source, span, spec)
    )


def options_of(forecaster: Forecaster, asked: Asked) -> Options:
    """Read the options of a model, or say which parameter is wrong."""
    try:
        return forecaster.options.model_validate(asked.options)
    except ValidationError as error:
        raise wrong(error) from error


def known_by(columns: Columns) -> Known:
    """Return what was read as models take it."""
    times = columns.times.astype(np.float64) / MICROSECONDS
    return Known(times, columns.values["value"].astype(np.float64))


def changed(known: Known, change: Change | None) -> Known:
    """Return values as a scenario has them."""
    if change is None:
        return known
    return Known(known.times, np.array([change.apply(value) for value in known.values.tolist()]))


def warm_start(
    session: Session, scenario_id: int, series_id: int, state: Drift | None
) -> tuple[float, ...]:
    """Return the last run's parameters; after a drift was seen the first run starts cold."""
    last = run_series.last_parameters(session, scenario_id, series_id)
    if last is None or (state is not None and state.since and last.issued_at < state.since):
        return ()
    return last.parameters


def adjustments(state: Drift | None) -> tuple[LevelAdjustment, ...]:
    """Return by how much to move each level, as its live coverage of late asks for."""
    if state is None:
        return ()
    return tuple(
        LevelAdjustment(level=each.level, points=adjustment(each, state.evidence.days))
        for each in state.evidence.levels
    )


def within_bounds(options: Options, target: Resolved, known: Floats) -> Options:
    """Keep percentages within 0 and 100, and quantities that never were negative above 0.

    Temperatures in degrees may cross zero, whatever the last weeks showed.
    """
    unit = target.unit or ""
    if not len(known) or unit.startswith("deg") or options.circular:
        return options
    known = known[~standing_apart(known)]
    lowest, highest = float(known.min()), float(known.max())
    bounds: dict[str, float] = {}
    if options.minimum is None and lowest >= 0:
        bounds["minimum"] = 0.0
    if options.maximum is None and unit == "percent" and lowest >= 0 and highest <= WHOLE:
        bounds["maximum"] = WHOLE
    return options.model_copy(update=bounds)


def regressor(
    session: Session, source: RegressorSource, span: TimeRange, spec: ForecastSpec
) -> Sequence[Regressor]:
    """Return a series that helps: what was read, and what is foreseen as a scenario changes it."""
    (found,) = series.resolve(session, [source.key])
    circular = found.statistic is Statistic.CIRCULAR
    past = known_by(values.minutes_of(session, found, span))
    change = spec.asked.effects.change_of(source.key)
    if source.model is not None:
        foreseen = foretold(session, source, span.start, span.end)
    elif change is not None:
        foreseen = forecast_first(past, span.end, spec.horizon, circular)
    else:
        foreseen = Known(np.empty(0), np.empty(0))
    ahead = foreseen.times > span.end.timestamp()
    future = changed(Known(foreseen.times[ahead], foreseen.values[ahead]), change)
    before = merged(past, Known(foreseen.times[~ahead], foreseen.values[~ahead]))
    times = tuple(np.concatenate((before.times, future.times)).tolist())
    parts = components(np.concatenate((before.values, future.values)), circular)
    return [
        Regressor(name=str(source.key), times=times, values=tuple(part.tolist())) for part in parts
    ]


def foretold(session: Session, source: RegressorSource, start: datetime, as_of: datetime) -> Known:
    """Return what a model has predicted of a series, as it was known at each time and now."""
    selection = OfModel(
        model=source.model or "", scenario=source.scenario, as_of=as_of, lead=timedelta(0)
    )
    subject = Predicted(selection, (source.key,))
    query = ValuesQuery(subject, start, as_of + FARTHEST, resolution=None, now=as_of)
    (columns,) = values.read(session, values.plan(session, query))
    if not len(columns):
        raise Invalid(
            f"parameter regressors: model {source.model!r} with scenario {source.scenario!r} has "
            f"predicted nothing of {source.key} by {as_of.isoformat()}"
        )
    return known_by(columns)


def merged(read_: Known, foretold_: Known) -> Known:
    """Return the past as it was foretold, and as it was read before anything was."""
    first = foretold_.times[0] if len(foretold_.times) else np.inf
    earlier = read_.times < first
    return Known(
        np.concatenate((read_.times[earlier], foretold_.times)),
        np.concatenate((read_.values[earlier], foretold_.values)),
    )


def forecast_first(past: Known, now: datetime, horizon: int, circular: bool) -> Known:
    """Forecast a series that helps, so that a scenario can change its future."""
    options = Options(circular=circular)
    outcome = FORECASTERS[DEFAULT](past.times, past.values, horizon, now, options)
    if outcome.forecast is None:
        return Known(np.empty(0), np.empty(0))
    times = [time.timestamp() for time in outcome.forecast.times]
    return Known(np.array(times), np.array(outcome.forecast.values))
