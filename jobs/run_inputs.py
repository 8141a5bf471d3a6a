"""What a run is made from: readings, other series, and what is known of earlier runs."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.drift import Drift
from dtbase.domain.forecasts.effects import Asked, wrong
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.storage import values
from dtbase.storage.forecasts import drift, run_series
from dtbase.storage.registry import twin
from dtbase.storage.registry.series import Resolved
from jobs.forecasting.outcome import LevelAdjustment, Options
from jobs.forecasting.outliers import outliers
from jobs.forecasting.prepare import Floats
from jobs.forecasting.registry import FORECASTERS, Forecaster
from jobs.known import ForecastSpec, Known, changed, known_by
from jobs.regressors import regressors
from jobs.scoring.rules import adjustment

WHOLE = 100.0


class Inputs(NamedTuple):
    """What a forecaster is given."""

    known: Known
    options: Options


def inputs_of(session: Session, spec: ForecastSpec, scenario_id: int, now: datetime) -> Inputs:
    """Read everything that a run needs."""
    options = base_options(session, spec)
    known = known_of(session, spec, now - timedelta(days=options.window_days), now)
    state = drift.find(session, scenario_id, spec.target.id)
    since = state.since if state is not None else None  # the first run after that starts cold
    learnt = {
        "warm_start": run_series.last_parameters(session, scenario_id, spec.target.id, since),
        "level_adjustment": adjustments(state) if state is not None else (),
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
    span = TimeRange.of(start, end)
    found = known_by(values.minutes_of(session, spec.target, span, spec.place))
    return changed(found, spec.asked.effects.change_of(spec.target.key))


def options_of(forecaster: Forecaster, asked: Asked) -> Options:
    """Read the options of a model, or say which parameter is wrong."""
    try:
        return forecaster.options.model_validate(asked.options)
    except ValidationError as error:
        raise wrong(error) from error


def within_bounds(options: Options, target: Resolved, known: Floats) -> Options:
    """Keep percentages within 0 and 100, and quantities that never were negative above 0.

    Temperatures in degrees may cross zero, whatever the last weeks showed.
    """
    unit = target.unit or ""
    if not len(known) or unit.startswith("deg") or options.circular:
        return options
    known = known[~outliers(known)]
    lowest, highest = float(known.min()), float(known.max())
    bounds: dict[str, float] = {}
    if options.minimum is None and lowest >= 0:
        bounds["minimum"] = 0.0
    if options.maximum is None and unit == "percent" and lowest >= 0 and highest <= WHOLE:
        bounds["maximum"] = WHOLE
    return options.model_copy(update=bounds)


def adjustments(state: Drift) -> tuple[LevelAdjustment, ...]:
    """Return by how much to move each level, as its live coverage of late asks for."""
    days = state.evidence.days
    return tuple(
        LevelAdjustment(level=each.level, points=adjustment(each, days))
        for each in state.evidence.levels
    )
