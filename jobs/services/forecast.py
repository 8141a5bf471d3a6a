"""Forecasts of many series as a service: runs in pieces, shared by all workers."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from threading import Event
from typing import NamedTuple, Self

from pydantic import Field, JsonValue, model_validator
from sqlalchemy.orm import Session

from dtbase import queue
from dtbase.domain.forecasts.effects import asked_of
from dtbase.domain.forecasts.runs import Model, RunStatus
from dtbase.domain.owners import Owner
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid
from dtbase.services import Cancelled, Context, Parameters, QueueName, Service
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import models, run_series
from dtbase.storage.forecasts.run_series import Asked
from dtbase.storage.owners import register_as
from dtbase.storage.registry import series as series_storage
from jobs.forecasting.registry import FORECASTERS
from jobs.run_inputs import options_of
from jobs.runs import make_each

PIECE = 20
"""Runs that one job makes: enough that its start costs little, few enough to share."""

PAUSE = 0.5
"""Seconds between two looks at what other workers have finished."""


class ForecastParameters(Parameters):
    """What to forecast: series by name, by type of sensor, or by location with all its parts."""

    model: str = Field("pool", description="One of the models that workers can run.")
    series: list[str] = Field([], description="sensor/measure, once for each.")
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


class Piece(NamedTuple):
    """Runs that are made one after the other, and the job that does it."""

    job: str
    runs: Sequence[int]


class Forecast(Service[ForecastParameters]):
    """Forecast many series, under one or several scenarios."""

    queue = QueueName.FORECAST
    timeout = timedelta(hours=1)

    def run(self, parameters: ForecastParameters, context: Context) -> None:
        """Share the runs with the other workers, work with them, and wait for the last one."""
        pieces = ask(parameters, context)
        every = [run for piece in pieces for run in piece.runs]
        try:
            for piece in pieces:
                queue.enqueue_runs(piece.job, piece.runs)
            work(pieces, every, context)
            wait(every, context)
        except Cancelled:
            with transaction() as session:
                run_series.cancel_queued(session, every, "its service was cancelled")
            raise
        for status, count in counted(every).items():
            context.log(f"{count} runs {status}")


def ask(parameters: ForecastParameters, context: Context) -> Sequence[Piece]:
    """Make a queued run for each series under each scenario, or refuse what cannot be."""
    with transaction() as session:
        register(session, parameters.model)
        scenarios = [
            models.scenario_id(session, parameters.model, name)
            for name in dict.fromkeys(parameters.scenarios)
        ]
        check_options(parameters)
        keys = chosen(parameters, context)
        found = series_storage.resolve(session, keys)
        asked = [Asked(each, one.id) for one in found for each in scenarios]
        ids = run_series.create(session, asked, parameters.horizon, parameters.parameters)
        pieces = [
            Piece(f"runs-{context.run_id}-{place}", ids[place : place + PIECE])
            for place in range(0, len(ids), PIECE)
        ]
        for piece in pieces:
            run_series.give_to(session, piece.runs, piece.job)
    context.log(f"{len(keys)} series, {len(ids)} runs: {ids[0]} to {ids[-1]}")
    return pieces


def register(session: Session, model: str) -> None:
    """Let a model of ours be known, so that it can be asked for by its name alone."""
    if model in FORECASTERS:
        register_as(session, Owner.SERVICE)
        models.ensure(session, Model(name=model, description=FORECASTERS[model].description))


def check_options(parameters: ForecastParameters) -> None:
    """Refuse a model that workers do not have, and parameters that it does not know."""
    if parameters.model not in FORECASTERS:
        known = ", ".join(sorted(FORECASTERS))
        raise Invalid(f"no worker can run the model {parameters.model!r}; they run {known}")
    options_of(FORECASTERS[parameters.model], asked_of(parameters.parameters))


def chosen(parameters: ForecastParameters, context: Context) -> Sequence[SeriesKey]:
    """Return the series to forecast."""
    if parameters.series:
        return [SeriesKey.parse(name) for name in dict.fromkeys(parameters.series)]
    with transaction() as session:
        if parameters.sensor_type is not None:
            keys = run_series.of_type(session, parameters.sensor_type, parameters.measures)
        else:
            assert parameters.location is not None
            place, measures = parameters.location, parameters.measures
            keys = run_series.at_location(session, place, measures, context.now)
    if not keys:
        raise Invalid("no series of numbers is there to be forecast")
    return keys


def work(pieces: Sequence[Piece], every: Sequence[int], context: Context) -> None:
    """Make runs from the last piece on, while other workers come from the first one."""
    for piece in reversed(pieces):
        for run in piece.runs:
            make_each([run], context.now)
            context.check()
        context.progress(*progress_of(every))


def wait(every: Sequence[int], context: Context) -> None:
    """Follow what other workers still do."""
    pause = Event()
    for done, total in follow(every):
        context.progress(done, total)
        if done < total:
            pause.wait(PAUSE)


def follow(every: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Tell how many runs have ended, until all have."""
    done, total = progress_of(every)
    yield done, total
    while done < total:
        done, total = progress_of(every)
        yield done, total


def progress_of(every: Sequence[int]) -> tuple[int, int]:
    """Return how many runs have ended, and how many there are."""
    counts = counted(every)
    ended = sum(count for status, count in counts.items() if status.ended)
    return ended, sum(counts.values())


def counted(every: Sequence[int]) -> dict[RunStatus, int]:
    """Count runs by how they stand."""
    with transaction() as session:
        return run_series.count_by_status(session, every)


def start_runs(model: str, series: Sequence[str], horizon: int) -> Sequence[int]:
    """Queue one run of a model for each of some series, and return them."""
    with transaction() as session:
        scenario = models.scenario_id(session, model, models.DEFAULT_SCENARIO)
        found = series_storage.resolve(session, [SeriesKey.parse(name) for name in series])
        asked = [Asked(scenario, one.id) for one in found]
        ids = run_series.create(session, asked, horizon, {})
    for run_id in ids:
        queue.enqueue_run(run_id)
    return ids
