"""The last value of each series."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from dtbase.domain.paging import Listed
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import LatestReading, SeriesKey, SeriesQuery, value_of
from dtbase.storage import paging, tables
from dtbase.storage.registry import series
from dtbase.storage.statements import ONE
from dtbase.storage.tables.hypertables import READING

NAMES = paging.Order(
    columns={name: series.PLACES.columns[name] for name in ("sensor", "measure")},
    key=("sensor", "measure"),
)

FLOAT = Datatype.FLOAT.value


def last_of(series_id: ColumnElement[int]) -> LateralFromClause:
    """Find the last reading of a series."""
    return (
        select(READING.c.time, READING.c.value, READING.c.whole, READING.c.text)
        .where(READING.c.series_id == series_id)
        .order_by(READING.c.time.desc())
        .limit(ONE)
        .lateral("last")
    )


def named(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join what names and sorts series."""
    return (
        query.select_from(tables.Series)
        .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .join(tables.SensorType, tables.SensorType.id == tables.Sensor.sensor_type_id)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
    )


LAST = last_of(tables.Series.id.expression)


def select_latest() -> Select[*tuple[Any, ...]]:
    """Select series with their last readings; a series without any has none."""
    return named(
        select(tables.Sensor.identifier, tables.Measure.name, tables.Measure.datatype).add_columns(
            LAST.c.time, LAST.c.value, LAST.c.whole, LAST.c.text
        )
    ).outerjoin(LAST, true())


def latest(session: Session) -> Sequence[LatestReading]:
    """Return the last value of every series, by sensor and measure."""
    query = select_latest().order_by(*NAMES.columns.values())
    return [to_latest(row) for row in session.execute(query)]


def latest_of(session: Session, ids: Sequence[int]) -> Mapping[SeriesKey, LatestReading]:
    """Return the last values of some series by their names."""
    rows = session.execute(select_latest().where(tables.Series.id.in_(ids)))
    found = map(to_latest, rows)
    return {SeriesKey(sensor=each.sensor, measure=each.measure): each for each in found}


def latest_page(session: Session, wanted: SeriesQuery) -> Listed[LatestReading]:
    """Return the last values of one page of the series that fit."""
    return LATEST.page(session, wanted, paging.filters_of(wanted))


def fitting(given: Collection[str]) -> Select[*tuple[Any, ...]]:
    columns = (tables.Series.id, tables.Sensor.identifier, tables.Measure.name)
    return series.fitting(named(select(*columns, tables.Measure.datatype)), given)


def with_last(page: Select[*tuple[Any, ...]], sort: str) -> Select[*tuple[Any, ...]]:
    """Add the last readings to one page of series, and to no others."""
    of = page.subquery("page")
    last = last_of(of.c.id)
    names = {"sensor": of.c.identifier, "measure": of.c.name}
    by = [names[name] for name in NAMES.names(sort)]
    return (
        select(of.c.identifier, of.c.name, of.c.datatype)
        .add_columns(last.c.time, last.c.value, last.c.whole, last.c.text)
        .outerjoin(last, true())
        .order_by(*(column.desc() if sort.startswith("-") else column for column in by))
    )


def to_latest(row: Sequence[Any]) -> LatestReading:
    sensor, measure, datatype, time, value, whole, string = row
    if datatype != FLOAT:  # which most are
        value = value_of(Datatype(datatype), value, whole, string)
    return LatestReading(sensor=sensor, measure=measure, time=time, value=value)


LATEST = paging.KeptList(fitting, NAMES, to_latest, with_last)
