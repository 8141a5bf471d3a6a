"""The whole twin at a glance, at a cost that does not grow with its history."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from dtbase.domain.glance.overview import (
    Concern,
    Overview,
    PlaceNow,
    SeriesNow,
    reports,
)
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import value_of
from dtbase.storage import tables, values
from dtbase.storage.glance import days, work
from dtbase.storage.glance.days import Day
from dtbase.storage.registry.series import PLACES, WIDTH, Resolved, select_placed, to_resolved
from dtbase.storage.values import Expected, Lately


class Known(NamedTuple):
    """A series as the registry has it."""

    resolved: Resolved
    sensor_name: str | None
    sensor_type: str
    location: str | None


class Seen(NamedTuple):
    """What is known of the readings of one series."""

    lately: Lately | None
    day: Day | None
    expected: Expected | None
    moves: bool


class Unusual(NamedTuple):
    """What is unusual, and since when."""

    concern: Concern | None = None
    since: datetime | None = None


def find(session: Session, now: datetime) -> Overview:
    """Return the twin as it stands."""
    known = [
        to_known(row) for row in session.execute(select_placed().order_by(*PLACES.columns.values()))
    ]
    span = days.hours_until(now)
    last = values.last_with_rhythm(session, now)
    day = days.find(session, [each.resolved for each in known], span)
    still = [id_ for id_, each in day.items() if each.still_since is not None]
    moves = values.moved_of_late(session, still, span)
    said = values.expected_of(session, last, now)

    def seen(id_: int) -> Seen:
        return Seen(last.get(id_), day.get(id_), said.get(id_), id_ in moves)

    return Overview(
        at=now,
        first_hour=span.start,
        places=places(session),
        series=tuple(series_now(each, seen(each.resolved.id), now) for each in known),
        readings=tuple(sum(hour) for hour in zip(*(d.counts for d in day.values()), strict=True)),
        work=work.find(session, now),
        forecasting=work.forecasting(session, sum(s.ahead is not None for s in said.values())),
    )


def to_known(row: Row[*tuple[Any, ...]]) -> Known:
    return Known(to_resolved(row[:WIDTH]), *row[WIDTH:])


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


def series_now(known: Known, seen: Seen, now: datetime) -> SeriesNow:
    series, last = known.resolved, seen.lately
    rhythm = last.rhythm if last else None
    due = due_at(series.datatype, last)
    unusual = unusual_of(series, seen, due, now)
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


def due_at(datatype: Datatype, last: Lately | None) -> datetime | None:
    """Return when a series is silent if nothing comes; one without a rhythm never is."""
    if last is None or last.rhythm is None or not reports(datatype, last.rhythm):
        return None
    return last.time + timedelta(seconds=last.rhythm.patience)


def unusual_of(series: Resolved, seen: Seen, due: datetime | None, now: datetime) -> Unusual:
    """Return the gravest thing that is unusual."""
    last = seen.lately
    if last is None:
        return Unusual()
    if due is not None and due < now:
        return Unusual(Concern.SILENT, last.time)
    if lies_outside(last.value, seen.expected):
        return Unusual(Concern.OUTSIDE, last.time)
    if seen.day is not None and seen.day.still_since is not None and seen.moves:
        return Unusual(
            Concern.STUCK, days.hours_until(now).start + timedelta(hours=seen.day.still_since)
        )
    return Unusual()


def lies_outside(value: float | None, said: Expected | None) -> bool:
    """Tell whether a value lies outside the widest interval that was foretold for it."""
    if value is None or said is None or said.lower is None or said.upper is None:
        return False
    return not said.lower <= value <= said.upper
