"""The series of the sensors that were at a location, and when; and what a place's name means."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import EARLIEST, LATEST, TimeRange
from dtbase.errors import Invalid, NotFound
from dtbase.storage import tables
from dtbase.storage.registry import installations, locations, series
from dtbase.storage.registry.installations import Stay
from dtbase.storage.registry.series import WIDTH, Resolved, select_resolved, to_resolved

EVER = TimeRange(start=EARLIEST, end=LATEST)


class Placed(NamedTuple):
    """A series and when its sensor was at the location."""

    series: Resolved
    measure_id: int
    stays: Sequence[Stay]


def find(
    session: Session, location: str, measures: Sequence[str], span: TimeRange
) -> Sequence[Placed]:
    """Return the series that were at a location by sensor and measure, with their stays."""
    refuse_unknown(session, location, measures)
    stays: dict[int, list[Stay]] = {}
    for stay in installations.where_installed(session, location, span):
        stays.setdefault(stay.sensor_id, []).append(stay)
    query = (
        select_resolved()
        .add_columns(tables.Series.measure_id, tables.Series.sensor_id)
        .where(tables.Series.sensor_id.in_(stays))
        .order_by(tables.Sensor.identifier, tables.Measure.name)
    )
    if measures:
        query = query.where(tables.Measure.name.in_(measures))
    return [
        Placed(to_resolved(row[:WIDTH]), row.measure_id, stays[row.sensor_id])
        for row in session.execute(query)
    ]


def refuse_unknown(session: Session, location: str, measures: Sequence[str]) -> None:
    """Refuse a location or a measure that does not exist."""
    try:
        locations.id_of(session, location)
    except Invalid as error:
        raise NotFound(error.detail, field="location") from error
    known = session.scalars(select(tables.Measure.name).where(tables.Measure.name.in_(measures)))
    missing = sorted(set(measures) - set(known))
    if missing:
        raise NotFound(f"no measure {', '.join(map(repr, missing))}", field="measure")


class Target(NamedTuple):
    """A series that was named by its sensor, or by the place where that stands."""

    series: Resolved
    place: str | None


def at_place(session: Session, location: str, measure: str) -> Sequence[Placed]:
    """Return the series of a measure at a place; none where there is no such place or measure."""
    try:
        placed = find(session, location, [measure], EVER)
    except NotFound:
        return []
    if len({(each.measure_id, each.series.statistic) for each in placed}) > 1:
        rule = "is measured there in several ways; name the series of its sensors"
        raise Invalid(f"{location}/{measure} {rule}", field="series")
    return placed


def newest_of(placed: Sequence[Placed]) -> Resolved:
    """Return the series of the sensor that stands at a place, or stood there last."""
    return max(placed, key=lambda each: max(stay.whole.end for stay in each.stays)).series


def targets(session: Session, keys: Sequence[SeriesKey]) -> Sequence[Target]:
    """Return what names mean, in their order; a place means the sensor that is there, or was last.

    A forecast of a place is one of that sensor, which has learnt from all that stood there.
    """
    own = series.find(session, [(key.sensor, key.measure) for key in keys])
    found: list[Target] = []
    missing: list[str] = []
    for key in keys:
        if (key.sensor, key.measure) in own:
            found.append(Target(own[key.sensor, key.measure], None))
        elif placed := at_place(session, key.sensor, key.measure):
            found.append(Target(newest_of(placed), key.sensor))
        else:
            missing.append(str(key))
    if missing:
        raise NotFound(f"no series {', '.join(missing)}", field="series")
    return found


def sensors_named(session: Session, name: str) -> Sequence[str]:
    """Return the sensors that a name means: the one of it, or all that ever stood at a place."""
    sensor = tables.Sensor.identifier
    if session.scalar(select(sensor).where(sensor == name)) is not None:
        return [name]
    try:
        stays = installations.where_installed(session, name, EVER)
    except Invalid:
        return [name]
    ids = {stay.sensor_id for stay in stays}
    return session.scalars(select(sensor).where(tables.Sensor.id.in_(ids)).order_by(sensor)).all()
