"""Loading the demo twin, and keeping it alive; both may be repeated at any time."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.backtests import BacktestQuery, NewBacktest
from dtbase.domain.forecasts.runs import NewRun, Run, RunFilter
from dtbase.domain.owners import Owner
from dtbase.domain.readings.batches import Batch, Segment, Times
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.services.schedules import NewSchedule
from dtbase.errors import AlreadyExists
from dtbase.storage import values
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.forecasts import backtests, models, runs
from dtbase.storage.owners import register_as
from dtbase.storage.readings import readings, rollups
from dtbase.storage.readings.readings import OnConflict
from dtbase.storage.registry import installations, locations, sensor_types, sensors, twin
from dtbase.storage.registry.twin import UNNAMED
from dtbase.storage.services import asking, schedules, services
from jobs import tasks
from jobs.demo import replay, stations, weather
from jobs.services import catalogue

PIECE = timedelta(days=60)
MONTH = timedelta(days=30)
MOMENT = timedelta(seconds=5)
REPLAY = "replay-demo"
Say = Callable[[str], None]
T = TypeVar("T")


def load(now: datetime, say: Say) -> None:
    """Make the demo twin with a year of history, and its first forecasts."""
    with transaction() as session:
        register(session, now)
    say("the stations, their places and their schedules are there")
    for end, counts in catch_up(now):
        say(f"replayed up to {end - replay.HOUR:%Y-%m-%d %H:%M}Z, {counts.inserted} new readings")
    rollups.refresh(get_engine())
    say("the hours and days of that are stored")
    for run in first_forecasts(now):
        say(f"forecast {run.target}: {run.reason or run.status}")
    if queued := first_backtests(now):
        say(f"{queued} backtests are queued: they tell how far off a forecast usually is")


def register(session: Session, now: datetime) -> None:
    """Register what the demo consists of, as far as it is missing."""
    register_as(session, Owner.SERVICE)
    ensure(session, sensor_types.add, stations.WEATHER_STATION)
    for location in stations.LOCATIONS:
        ensure(session, locations.add, location)
    for station in stations.STATIONS:
        ensure(session, sensors.add, station)
    for installation in stations.INSTALLATIONS:
        ensure(session, installations.add, installation)
    for model in stations.MODELS:
        models.ensure(session, model)
    services.register(session, [catalogue.describe(REPLAY, catalogue.get(REPLAY))])
    for schedule in demo_schedules(now):
        schedules.ensure(session, schedule, now)
    announce(session, now)


def ensure(session: Session, add: Callable[[Session, T], object], thing: T) -> None:
    """Add a thing unless it is there."""
    try:
        with session.begin_nested():
            add(session, thing)
    except AlreadyExists:
        return


def demo_schedules(now: datetime) -> tuple[NewSchedule, NewSchedule]:
    """Return what keeps the demo alive: each new hour, and a forecast of it now and then."""
    next_hour = replay.floor(now) + replay.HOUR
    return (
        NewSchedule(
            name="demo-replay",
            service=REPLAY,
            every=replay.HOUR,
            start=next_hour + MOMENT,
        ),
        NewSchedule(
            name="demo-forecasts",
            service=REPLAY,
            parameters={"forecasts": True},
            every=6 * replay.HOUR,
            start=next_hour + 12 * MOMENT,
        ),
    )


def announce(session: Session, now: datetime) -> None:
    """Say on every page that this is a replay, and by how much it is shifted at present."""
    known = twin.get(session)
    named = stations.TWIN if known == UNNAMED else known
    wanted = named.model_copy(update={"notice": replay.notice(now)})
    if wanted != known:
        twin.put(session, wanted)


def catch_up(now: datetime) -> Iterator[tuple[datetime, IngestCounts]]:
    """Store every hour not yet replayed, in pieces that each commit; give what each brought."""
    end = replay.floor(now) + replay.HOUR
    with transaction() as session:
        start = replayed_until(session, now)
    while start < end:
        until = min(start + PIECE, end)
        with transaction() as session:
            counts = readings.write(session, batch(start, until), OnConflict.KEEP)
            announce(session, now)
        yield until, counts
        start = until


def replayed_until(session: Session, now: datetime) -> datetime:
    """Return the first hour that some series of the demo may lack: a lap ago at the latest.

    Repeating an hour changes nothing, so it does no harm that a gap looks like a missing hour.
    """
    names = {station.identifier for station in stations.STATIONS}
    newest = [last.time for last in values.latest(session) if last.sensor in names]
    known = [time for time in newest if time is not None and time <= now]
    oldest = replay.floor(now) + replay.HOUR - replay.LAP
    return max(oldest, replay.floor(min(known))) if len(known) == len(newest) else oldest


def batch(start: datetime, end: datetime) -> Batch:
    """Return what the stations measured at the source of the full hours of [start, end)."""
    places = replay.places(start, end)
    first = np.datetime64(start.replace(tzinfo=None), "us")
    times = first + np.arange(len(places)) * np.timedelta64(1, "h").astype("timedelta64[us]")
    return Batch(
        tuple(
            segment(station, measure, times, year[places, column])
            for station, year in weather.read().items()
            for column, measure in enumerate(weather.COLUMNS)
        )
    )


def segment(station: str, measure: str, times: Times, values: weather.Values) -> Segment:
    """Return one series' readings, without its gaps."""
    known = np.flatnonzero(~np.isnan(values))
    return Segment(station, measure, times[known], values[known], rows=known)


def first_forecasts(now: datetime) -> Iterator[Run]:
    """Forecast each series that never was, here and now, so that the first page shows a band."""
    with transaction() as session:
        wanted = [SeriesKey.parse(name) for name in stations.FORECASTS]
        missing = [key for key in wanted if not has_run(session, key)]
    for key in missing:
        with transaction() as session:
            new = NewRun(sensor=key.sensor, measure=key.measure, horizon=stations.HORIZON)
            run = asking.forecast(session, stations.POOL.name, new)
        assert run.service_run is not None
        tasks.run_service(run.service_run, now)
        with transaction() as session:
            yield runs.get(session, run.id)


def has_run(session: Session, key: SeriesKey) -> bool:
    """Tell whether somebody has asked for a forecast of a series."""
    wanted = RunFilter(model=stations.POOL.name, sensor=key.sensor, measure=key.measure)
    return bool(runs.list(session, wanted, limit=1))


def first_backtests(now: datetime) -> int:
    """Queue the last month's backtest of each series that never had one; return how many."""
    with transaction() as session:
        wanted = [SeriesKey.parse(name) for name in stations.FORECASTS]
        missing = [key for key in wanted if not has_backtest(session, key)]
        for key in missing:
            asking.backtest(session, stations.POOL.name, first_backtest(key, now))
    return len(missing)


def has_backtest(session: Session, key: SeriesKey) -> bool:
    """Tell whether somebody has asked for a backtest of a series."""
    wanted = BacktestQuery(
        model=stations.POOL.name, sensor=key.sensor, measure=key.measure, limit=1
    )
    return bool(backtests.page(session, wanted).items)


def first_backtest(key: SeriesKey, now: datetime) -> NewBacktest:
    """Return the backtest to ask for: a forecast a day, each old enough to be held against all."""
    end = replay.floor(now) - stations.HORIZON * replay.HOUR
    return NewBacktest(
        sensor=key.sensor,
        measure=key.measure,
        start=end - MONTH,
        end=end,
        horizon=stations.HORIZON,
    )
