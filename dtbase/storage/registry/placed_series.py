"""The series of the sensors that were at a location, and when."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid, NotFound
from dtbase.storage import tables
from dtbase.storage.registry import installations, locations
from dtbase.storage.registry.installations import Stay
from dtbase.storage.registry.series import WIDTH, Resolved, select_resolved, to_resolved


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
