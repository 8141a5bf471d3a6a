"""Readings by location, as at the time of reading: of each sensor only while it was there.

Where every sensor stayed for the whole range, its series are read as ever, from stored hours and
days too. Where one moved, readings are cut to its stays, and so come from raw ones.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid, NotFound
from dtbase.storage import tables
from dtbase.storage.readings.reading_sql import READINGS, Source
from dtbase.storage.registry import installations, locations
from dtbase.storage.registry.installations import Stay
from dtbase.storage.registry.series import Resolved, select_resolved

DURING_STAYS = """(
  SELECT stay.key AS series_id, reading.time, reading.value, reading.whole, reading.text
    FROM unnest(%(stay_keys)s::int[], %(stay_series)s::int[],
                %(stay_starts)s::timestamptz[], %(stay_ends)s::timestamptz[])
      AS stay (key, series_id, start, until)
    JOIN reading ON reading.series_id = stay.series_id
     AND reading.time >= stay.start AND reading.time < stay.until)"""

COUNTER_RULE = (
    "is a counter, and what it gains cannot be told by location once its sensor has moved;"
    " ask for it by its series, or with bucket=raw"
)


class Located(NamedTuple):
    """The series that were at a location, and where they are read from."""

    source: Source
    series: Sequence[Resolved]

    def refuse_counters(self) -> None:
        """Refuse to put counters that moved into buckets, or several into one."""
        if self.source is READINGS:
            return
        for series in self.series:
            if series.statistic is Statistic.COUNTER:
                raise Invalid(f"{series.key} {COUNTER_RULE}", field="measure")


class Placed(NamedTuple):
    """A series and when its sensor was at the location."""

    series: Resolved
    measure_id: int
    stays: Sequence[Stay]


def find(
    session: Session,
    location: str,
    measures: Sequence[str],
    span: TimeRange,
    *,
    combined: bool = False,
) -> Located:
    """Return the series of the sensors that were at a location, or anywhere in it.

    All their measures if none is named; combined, one series for each measure of all sensors.
    """
    placed = find_placed(session, location, measures, span)
    if not combined and all(stay.span == span for each in placed for stay in each.stays):
        return Located(READINGS, [each.series for each in placed])
    keyed = [(-each.measure_id if combined else each.series.id, each) for each in placed]
    series = {
        key: each.series._replace(id=key, sensor="") if combined else each.series
        for key, each in keyed
    }
    cut = [(key, each.series.id, stay.span) for key, each in keyed for stay in each.stays]
    parameters = {
        "stay_keys": [key for key, _, _ in cut],
        "stay_series": [id_ for _, id_, _ in cut],
        "stay_starts": [during.start for _, _, during in cut],
        "stay_ends": [during.end for _, _, during in cut],
    }
    source = Source(DURING_STAYS, "series_id", "int", typed=True, parameters=parameters)
    return Located(source, [*series.values()])


def find_placed(
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
        Placed(
            Resolved(id_, sensor, measure, unit, Datatype(datatype), Statistic(statistic)),
            measure_id,
            stays[sensor_id],
        )
        for id_, sensor, measure, unit, datatype, statistic, measure_id, sensor_id in (
            session.execute(query)
        )
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
