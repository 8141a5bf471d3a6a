"""Storing sensor types."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy import delete as delete_rows
from sqlalchemy import insert as insert_rows
from sqlalchemy.orm import Session, selectinload

from dtbase.domain.changes import revised
from dtbase.domain.paging import Listed
from dtbase.domain.registry.rules import MeasureRules
from dtbase.domain.registry.sensors import SensorType, SensorTypeChange, SensorTypeQuery
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import NotFound
from dtbase.storage import paging, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.registry import (
    dependents,
    meanings,
    measures,
    sensor_series,
    sensors,
    series_data,
    series_rules,
)

NOUN = "sensor type"
WITH_MEASURES = selectinload(tables.SensorType.links).joinedload(tables.SensorTypeMeasure.measure)
ORDER = paging.Order(columns={"name": tables.SensorType.name.expression}, key=("name",))


def to_domain(row: tables.SensorType, said: Mapping[str, Any] | None = None) -> SensorType:
    return SensorType(
        name=row.name,
        description=row.description,
        measures=tuple(measures.to_domain(link.measure) for link in row.links),
        statistics=meanings.read(said),
        rules={link.measure.name: rules_of(link.rules) for link in row.links if link.rules},
    )


def rules_of(said: dict[str, Any] | None) -> MeasureRules:
    return MeasureRules.model_validate(said or {})


def of_row(row: Row[*tuple[Any, ...]]) -> SensorType:
    return to_domain(*row)


def add(session: Session, sensor_type: SensorType) -> SensorType:
    """Insert a sensor type and those of its measures that are new."""
    row = tables.SensorType(name=sensor_type.name, description=sensor_type.description)
    with refusing(f"sensor type {sensor_type.name!r}", "name"), session.begin_nested():
        session.add(row)
    link_measures(session, row.id, sensor_type)
    meanings.set_of_type(session, row.id, sensor_type.statistics)
    audit.created(session, NOUN, sensor_type.name, sensor_type)
    return sensor_type


def link_measures(session: Session, type_id: int, sensor_type: SensorType) -> None:
    """Give a sensor type its measures in their order, and no others."""
    link = tables.SensorTypeMeasure
    session.execute(delete_rows(link).where(link.sensor_type_id == type_id))
    rules = {name: each.said for name, each in sensor_type.rules.items()}
    links = [
        {
            "sensor_type_id": type_id,
            "measure_id": measures.ensure(session, measure),
            "position": position,
            "rules": rules.get(measure.name),
        }
        for position, measure in enumerate(sensor_type.measures)
    ]
    session.execute(insert_rows(link), links)


def get(session: Session, name: str) -> SensorType:
    return whole(session, row_of(session, name))


def whole(session: Session, row: tables.SensorType) -> SensorType:
    """Return a sensor type with what it says of its measures."""
    said = {name: each.said for name, each in meanings.of_type(session, row.id).items()}
    return to_domain(row, said)


def row_of(session: Session, name: str, *, lock: bool = False) -> tables.SensorType:
    query = select(tables.SensorType).where(tables.SensorType.name == name).options(WITH_MEASURES)
    if lock:
        query = query.with_for_update(of=tables.SensorType)
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound(f"no sensor type {name!r}", field="name")
    return row


def list(session: Session) -> Sequence[SensorType]:
    query = select(tables.SensorType, meanings.OF_TYPE).order_by(tables.SensorType.name)
    return [of_row(row) for row in session.execute(query.options(WITH_MEASURES))]


def page(session: Session, wanted: SensorTypeQuery) -> Listed[SensorType]:
    query = select(tables.SensorType, meanings.OF_TYPE).options(WITH_MEASURES)
    if wanted.measure is not None:
        taking = (
            select(tables.SensorTypeMeasure.sensor_type_id)
            .join(tables.Measure)
            .where(tables.Measure.name == wanted.measure)
        )
        query = query.where(tables.SensorType.id.in_(taking))
    if wanted.search is not None:
        query = query.where(tables.SensorType.name.icontains(wanted.search, autoescape=True))
    return paging.page(session, query, wanted, ORDER, of_row)


def update(
    session: Session,
    name: str,
    change: SensorTypeChange,
    expected: Expected = WHATEVER,
    *,
    cascade: bool = False,
) -> SensorType:
    """Change a sensor type; its sensors gain and lose series with its measures.

    A series that has readings is lost only with cascade.
    """
    row = row_of(session, name, lock=True)
    before = whole(session, row)
    expected.check(before, f"sensor type {name!r}")
    after = revised(without_gone(before, change), change)
    row.name, row.description = after.name, after.description
    with refusing(f"sensor type {after.name!r}", "name"):
        session.flush()
    with meanings.following(session, sensor_series.series_of(sensors_of(row.id))):
        if (after.measures, after.rules) != (before.measures, before.rules):
            link_measures(session, row.id, after)
        if after.measures != before.measures:
            sensor_series.match_types(session, sensors_of(row.id), cascade=cascade)
        if after.statistics != before.statistics:
            meanings.set_of_type(session, row.id, after.statistics)
    if after.rules != before.rules:
        series_rules.changed(session, sensor_series.series_of(sensors_of(row.id)))
    audit.changed(session, NOUN, after.name, before, after)
    return after


def without_gone(before: SensorType, change: SensorTypeChange) -> SensorType:
    """Let go what is said of measures that a change takes away."""
    if change.measures is None:
        return before
    names = {measure.name for measure in change.measures}
    statistics = {name: meant for name, meant in before.statistics.items() if name in names}
    rules = {name: said for name, said in before.rules.items() if name in names}
    return before.model_copy(update={"statistics": statistics, "rules": rules})


def take_away(session: Session, measure_id: int) -> None:
    """Take a measure, and the data of its series, away from every sensor type that has it."""
    link = tables.SensorTypeMeasure
    names = (
        select(tables.SensorType.name)
        .join(link)
        .where(link.measure_id == measure_id)
        .order_by(tables.SensorType.name)
    )
    before = [get(session, name) for name in session.scalars(names).all()]
    session.execute(delete_rows(link).where(link.measure_id == measure_id))
    for kind in before:
        audit.changed(session, NOUN, kind.name, kind, get(session, kind.name))


def sensors_of(type_id: int) -> Select[int]:
    return select(tables.Sensor.id).where(tables.Sensor.sensor_type_id == type_id)


def delete(
    session: Session, name: str, expected: Expected = WHATEVER, *, cascade: bool = False
) -> None:
    """Remove a sensor type; with cascade its sensors too."""
    row = row_of(session, name, lock=True)
    before = whole(session, row)
    expected.check(before, f"sensor type {name!r}")
    names = select(tables.Sensor.identifier).where(tables.Sensor.sensor_type_id == row.id)
    names = names.order_by(tables.Sensor.identifier)
    if not cascade:
        dependents.refuse(f"sensor type {name!r}", [dependents.those(session, "sensors", names)])
    series_data.hold(session, sensor_series.series_of(sensors_of(row.id)))
    for sensor in session.scalars(names).all():
        sensors.delete(session, sensor, cascade=True)
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, name, before)
