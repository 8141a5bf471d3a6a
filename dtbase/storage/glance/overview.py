"""The whole twin at a glance, at a cost that does not grow with its history."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from dtbase.domain.glance.overview import Concern, Overview, PlaceNow, SeriesNow
from dtbase.domain.registry.series import value_of
from dtbase.storage import tables
from dtbase.storage.glance import days, work
from dtbase.storage.glance.judging import Judged, judge
from dtbase.storage.registry.series import PLACES, WIDTH, Resolved, select_placed, to_resolved


class Known(NamedTuple):
    """A series as the registry has it."""

    resolved: Resolved
    sensor_name: str | None
    sensor_type: str
    location: str | None


def find(session: Session, now: datetime) -> Overview:
    """Return the twin as it stands."""
    rows = session.execute(select_placed().order_by(*PLACES.columns.values()))
    known = [Known(to_resolved(row[:WIDTH]), *row[WIDTH:]) for row in rows]
    span = days.hours_until(now)
    judged = judge(session, [each.resolved for each in known], now, all_of_them=True)
    day = [each.seen.day for each in judged.values() if each.seen.day is not None]
    expected = [each.seen.expected for each in judged.values()]
    ahead = sum(each is not None and each.ahead is not None for each in expected)
    return Overview(
        at=now,
        first_hour=span.start,
        places=places(session),
        series=tuple(series_now(each, judged[each.resolved.id]) for each in known),
        readings=tuple(sum(hour) for hour in zip(*(d.counts for d in day), strict=True)),
        work=work.find(session, now),
        forecasting=work.forecasting(session, ahead),
    )


def places(session: Session) -> tuple[PlaceNow, ...]:
    """Return all locations, by name."""
    parent = aliased(tables.Location)
    query = (
        select(tables.Location.identifier, tables.Location.name, parent.identifier)
        .outerjoin(parent, parent.id == tables.Location.parent_id)
        .order_by(func.lower(tables.Location.name), tables.Location.identifier)
    )
    return tuple(
        PlaceNow(identifier=identifier, name=name, parent=above)
        for identifier, name, above in session.execute(query)
    )


def series_now(known: Known, judged: Judged) -> SeriesNow:
    series, (seen, due, unusual) = known.resolved, judged
    last = seen.lately
    rhythm = last.rhythm if last else None
    outside = unusual.concern is Concern.OUTSIDE and seen.expected is not None
    return SeriesNow(
        sensor=series.sensor,
        sensor_name=known.sensor_name,
        sensor_type=known.sensor_type,
        location=known.location,
        measure=series.measure,
        unit=series.unit,
        datatype=series.datatype,
        statistic=series.statistic,
        time=last.time if last else None,
        value=value_of(series.datatype, last.value, last.whole, last.text) if last else None,
        every=rhythm.every if rhythm else None,
        due=due,
        day=seen.day.means if seen.day else (),
        concern=unusual.concern,
        since=unusual.since,
        lower=seen.expected.lower if outside and seen.expected else None,
        upper=seen.expected.upper if outside and seen.expected else None,
        ahead=seen.expected.ahead if seen.expected else None,
    )
