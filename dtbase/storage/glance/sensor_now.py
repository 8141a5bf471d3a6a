"""One sensor as it is now, at a cost that does not grow with its history."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.glance.sensor_now import DAYS, SensorLine, SensorNow
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.readings.set_aside import AsideFilter
from dtbase.domain.registry.installations import Installation
from dtbase.domain.registry.series import LatestReading, Series
from dtbase.domain.values.queries import OfSeries, ValuesQuery
from dtbase.storage import tables, values
from dtbase.storage.glance.judging import Judged, judge
from dtbase.storage.readings import aside_counts
from dtbase.storage.registry import installations, sensors
from dtbase.storage.registry import series as series_storage
from dtbase.storage.registry.series import PLACES, Resolved


def find(session: Session, identifier: str, zone: ZoneInfo, now: datetime) -> SensorNow:
    """Return a sensor as it stands."""
    sensor = sensors.get(session, identifier)
    first = first_day(zone, now)
    stays = stays_of(session, identifier)
    return SensorNow(
        at=now,
        sensor=sensor,
        first_day=first,
        lines=tuple(lines_of(session, identifier, first, now)),
        stays=stays,
        aside=aside_counts.counts(session, AsideFilter(sensor=identifier)).readings,
        places=places_of(session, stays),
    )


def first_day(zone: ZoneInfo, now: datetime) -> datetime:
    """Return when the first of the days began, on the clock of a zone."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=DAYS - 1)


def lines_of(
    session: Session, identifier: str, first: datetime, now: datetime
) -> Sequence[SensorLine]:
    query = series_storage.select_placed().add_columns(PLACES.columns["position"])
    here = query.where(tables.Sensor.identifier == identifier)
    rows = session.execute(here.order_by(*PLACES.columns.values())).all()
    known = [series_storage.to_resolved(row[: series_storage.WIDTH]) for row in rows]
    latest = values.latest_of(session, [each.id for each in known])
    seen = [each for each in known if (last := latest.get(each.key)) and last.time]
    counts = counts_of(session, seen, first)
    judged = judge(session, seen, now)
    return [
        line_of(series, latest.get(each.key), counts.get(each.id, ()), judged.get(each.id))
        for series, each in zip(map(series_storage.to_domain, rows), known, strict=True)
    ]


def line_of(
    series: Series, latest: LatestReading | None, counts: tuple[int, ...], judged: Judged | None
) -> SensorLine:
    """Return what is told of one series; of one without any reading there is nothing to judge."""
    line = SensorLine(series=series, latest=latest, counts=counts)
    if judged is None:
        return line
    seen, _, unusual = judged
    rhythm = seen.lately.rhythm if seen.lately else None
    told = {
        "day": seen.day.means if seen.day else (),
        "every": rhythm.every if rhythm else None,
        "lately": seen.lately is not None,
        "concern": unusual.concern,
        "since": unusual.since,
    }
    return line.model_copy(update=told)


def counts_of(
    session: Session, series: Sequence[Resolved], first: datetime
) -> Mapping[int, tuple[int, ...]]:
    """Return how many readings each of the days has, by the ids of the series."""
    if not series:
        return {}
    end = first + timedelta(days=DAYS)  # on the clock of the zone: a day may have 23 hours
    zone = first.tzinfo
    assert isinstance(zone, ZoneInfo)
    daily = Bucketing(Bucket.parse("1d"), zone, (Aggregate.COUNT,), Fill.NULL)
    keys = tuple(each.key for each in series)
    plan = values.plan(session, ValuesQuery(OfSeries(keys), first, end, daily, end))
    read = values.read(session, plan)
    return {
        each.id: tuple(np.nan_to_num(columns.values["count"]).astype(int).tolist())
        for each, columns in zip(series, read, strict=True)
    }


def stays_of(session: Session, identifier: str) -> tuple[Installation, ...]:
    query = installations.select_stays().where(tables.Sensor.identifier == identifier)
    found = session.execute(query.order_by(installations.STAYS.c.since.desc()))
    return tuple(map(installations.to_domain, found))


def places_of(session: Session, stays: Sequence[Installation]) -> Mapping[str, str]:
    """Return the names of the locations where a sensor stood."""
    wanted = {stay.location for stay in stays if stay.location is not None}
    query = select(tables.Location).where(tables.Location.identifier.in_(wanted))
    return {place.identifier: place.name for place in session.scalars(query)}
