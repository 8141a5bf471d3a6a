"""Other series that help to forecast one: what was read of them, and what is foreseen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.effects import RegressorSource
from dtbase.domain.forecasts.selections import OfModel
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.queries import Predicted, ValuesQuery
from dtbase.errors import Invalid
from dtbase.storage import values
from dtbase.storage.registry import placed_series
from jobs.forecasting.circle import components
from jobs.forecasting.outcome import Options, Regressor
from jobs.forecasting.registry import DEFAULT, FORECASTERS
from jobs.known import ForecastSpec, Known, changed, known_by

FARTHEST = timedelta(days=16)
"""How far ahead the predictions of another model are read."""


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


def regressor(
    session: Session, source: RegressorSource, span: TimeRange, spec: ForecastSpec
) -> Sequence[Regressor]:
    """Return a series that helps: what was read, and what is foreseen as a scenario changes it."""
    ((found, place),) = placed_series.targets(session, [source.key])
    circular = found.statistic is Statistic.CIRCULAR
    past = known_by(values.minutes_of(session, found, span, place))
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
