"""Forecasts as a service: few runs are made here, many are shared out to all workers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Self

from pydantic import Field, JsonValue, model_validator
from sqlalchemy.orm import Session

from dtbase import queue
from dtbase.domain.forecasts.effects import asked_of
from dtbase.domain.forecasts.runs import RECOMMENDED, Model, RunStatus
from dtbase.domain.owners import Owner
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid
from dtbase.services import Context, Parameters, QueueName, Service
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import models, run_series
from dtbase.storage.forecasts.run_series import Asked, Left
from dtbase.storage.owners import register_as
from dtbase.storage.registry import placed_series
from dtbase.storage.services import run_parts, service_runs
from jobs.services.failures import may_pass, reason_of

PIECE = 20
"""Runs that one part makes: enough that its start costs little, few enough to share."""


class ForecastParameters(Parameters):
    """What to forecast: series by name, by type of sensor, or by location with all its parts."""

    model: str = Field(RECOMMENDED, description="One of the models that workers can run.")
    series: list[str] = Field([], description="sensor/measure or location/measure, once for each.")
    sensor_type: str | None = Field(None, description="All sensors of a type.")
    location: str | None = Field(None, description="All sensors at a location or anywhere in it.")
    measures: list[str] = Field([], description="Of these sensors only these measures.")
    horizon: int = Field(48, ge=1, le=20_160, description="Steps of each series' cadence.")
    scenarios: list[str] = Field(
        ["default"], min_length=1, max_length=20, description="Each series is run under each."
    )
    parameters: dict[str, JsonValue] = Field({}, description="They win over the scenarios'.")

    @model_validator(mode="after")
    def check_what(self) -> Self:
        """Refuse to forecast nothing, or what is named in two ways."""
        ways = [bool(self.series), self.sensor_type is not None, self.location is not None]
        if sum(ways) != 1:
            raise ValueError("name series, or a sensor_type, or a location")
        if self.series and self.measures:
            raise ValueError("measures chooses among the series of sensors; series names them all")
        return self


class Forecast(Service[ForecastParameters]):
    """Forecast one series or many, under one or several scenarios."""

    queue = QueueName.FORECAST
    timeout = timedelta(hours=1)
    retries = 1
    backoff = timedelta(seconds=10)

    def run(self, parameters: ForecastParameters, context: Context) -> None:
        """Make the runs that this one is to leave; many are shared out to all workers."""
        left = planned(context.run_id)
        if left is None:
            plan(parameters, context)
            left = left_by(context.run_id)
        make_each(left, context)


def planned(service_run: int) -> Sequence[Left] | None:
    """Return what a run is to leave, if it is known: by who asked for it, or an earlier try."""
    with transaction() as session:
        left = run_series.of_service_run(session, service_run)
        return left if left or run_parts.of(session, service_run) else None


def plan(parameters: ForecastParameters, context: Context) -> None:
    """Note which runs there are to be, or refuse what cannot be; hand many over to parts."""
    with transaction() as session:
        asked = chosen(session, parameters, context)
        pieces = [asked[place : place + PIECE] for place in range(0, len(asked), PIECE)]
        makers: Sequence[int] = [context.run_id]
        if len(pieces) > 1:
            makers = run_parts.make(session, context.run_id, len(pieces), len(asked))
        for maker, piece in zip(makers, pieces, strict=True):
            horizon, given = parameters.horizon, parameters.parameters
            run_series.create(session, piece, horizon, given, maker)
        parts = service_runs.deliveries(session, makers if len(pieces) > 1 else [])
    context.log(f"{len(asked)} runs" + (f" in {len(parts)} parts" if parts else ""))
    queue.offer(parts)


def make_each(left: Sequence[Left], context: Context) -> None:
    """Make what is still open, one after the other: the failure of one touches no other."""
    from jobs.runs import make

    still = [each.id for each in left if each.status is None]
    made = 0
    passing: list[Exception] = []
    for place, run in enumerate(still, start=len(left) - len(still) + 1):
        error = make(run, context.now)
        if error is None:
            made += 1
        else:
            context.log(f"run {run} failed: {reason_of(error)}")
            if may_pass(error):
                passing.append(error)
        context.progress(place, len(left))
    if passing:
        raise passing[0]
    if not made:
        refuse_without_any(left_by(context.run_id))


def left_by(service_run: int) -> Sequence[Left]:
    """Return what a run leaves, or is to leave."""
    with transaction() as session:
        return run_series.of_service_run(session, service_run)


def refuse_without_any(left: Sequence[Left]) -> None:
    """Fail as all that we were to make has failed."""
    failed = [each for each in left if each.status is RunStatus.FAILED]
    if failed and len(failed) == len(left):
        raise Invalid(failed[0].reason or "no forecast could be made")


def register(session: Session, model: str) -> None:
    """Let a model of ours be known, so that it can be asked for by its name alone."""
    from jobs.forecasting.registry import FORECASTERS

    if model in FORECASTERS:
        register_as(session, Owner.SERVICE)
        models.ensure(session, Model(name=model, description=FORECASTERS[model].description))


def check_options(parameters: ForecastParameters) -> None:
    """Refuse a model that workers do not have, and parameters that it does not know."""
    from jobs.forecasting.registry import FORECASTERS
    from jobs.run_inputs import options_of

    if parameters.model not in FORECASTERS:
        known = ", ".join(sorted(FORECASTERS))
        raise Invalid(f"no worker can run the model {parameters.model!r}; they run {known}")
    options_of(FORECASTERS[parameters.model], asked_of(parameters.parameters))


def chosen(session: Session, parameters: ForecastParameters, context: Context) -> Sequence[Asked]:
    """Return each series to forecast under each scenario, or refuse what cannot be."""
    register(session, parameters.model)
    scenarios = [
        models.scenario_id(session, parameters.model, name)
        for name in dict.fromkeys(parameters.scenarios)
    ]
    check_options(parameters)
    found = placed_series.targets(session, keys_of(session, parameters, context))
    return [Asked(each, one) for one in found for each in scenarios]


def keys_of(
    session: Session, parameters: ForecastParameters, context: Context
) -> Sequence[SeriesKey]:
    if parameters.series:
        return [SeriesKey.parse(name) for name in dict.fromkeys(parameters.series)]
    if parameters.sensor_type is not None:
        keys = run_series.of_type(session, parameters.sensor_type, parameters.measures)
    else:
        assert parameters.location is not None
        place, measures = parameters.location, parameters.measures
        keys = run_series.at_location(session, place, measures, context.now)
    if not keys:
        raise Invalid("no series of numbers is there to be forecast")
    return keys
