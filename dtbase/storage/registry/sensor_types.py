"""Storing sensor types."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy import delete as delete_rows
from sqlalchemy import insert as insert_rows
from sqlalchemy.orm import Session, selectinload

from dtbase.domain.changes import revised
from dtbase.domain.paging import Listed
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.rules import MeasureRules
from dtbase.domain.registry.sensors import SensorType, SensorTypeChange, SensorTypeQuery
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import NotFound
from dtbase.storage import bulk, paging, tables
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
    return insert_all(session, [sensor_type], bulk.raise_first)[0]


def add_many(session: Session, new: Sequence[SensorType]) -> Sequence[SensorType]:
    """Insert sensor types and those of their measures that are new, all or none."""
    return insert_all(session, new, bulk.refuse)


def insert_all(
    session: Session, new: Sequence[SensorType], refuse: bulk.Refuse
) -> Sequence[SensorType]:
    rows = {
        row: {"name": each.name, "description": each.description} for row, each in enumerate(new)
    }
    with session.begin_nested():
        ids = bulk.insert_free(session, tables.SensorType, rows, ("name",))
        known = measures.ensure_all(session, measures_of(new))
        links, refused = bulk.tried(new, lambda each: links_of(each, known))
        refused |= {
            row: bulk.exists(f"sensor type {each.name!r}", "name")
            for row, each in enumerate(new)
            if row not in ids
        }
        if refused:
            refuse(sorted(refused.items(), key=itemgetter(0)))
        insert_links(session, [(ids[row], link) for row in links for link in links[row]])
        say_meanings(session, {ids[row]: each for row, each in enumerate(new) if each.statistics})
        audit.created_many(session, NOUN, [(each.name, each) for each in new])
    return new


def measures_of(types: Sequence[SensorType]) -> Sequence[Measure]:
    """Return the measures of types, each once: as the first of them has it."""
    every = [measure for each in types for measure in each.measures]
    return [*{str(measure): measure for measure in reversed(every)}.values()]


def say_meanings(session: Session, types: Mapping[int, SensorType]) -> None:
    """Say what measures mean for the sensors of new types."""
    taken = meanings.taken_by(session, types.keys())
    for type_id, each in types.items():
        meanings.check(each.statistics, taken[type_id])
    rows = [
        row
        for type_id, each in types.items()
        for row in meanings.rows_of({"sensor_type_id": type_id}, each.statistics, taken[type_id])
    ]
    meanings.insert_all(session, rows)


def links_of(sensor_type: SensorType, known: Mapping[str, tables.Measure]) -> Sequence[bulk.Row]:
    """Return what ties a type to its measures, in their order."""
    rules = {name: each.said for name, each in sensor_type.rules.items()}
    return [
        {
            "measure_id": measures.id_in(known, measure),
            "position": position,
            "rules": rules.get(measure.name),
        }
        for position, measure in enumerate(sensor_type.measures)
    ]


def insert_links(session: Session, links: Sequence[tuple[int, bulk.Row]]) -> None:
    rows = [{"sensor_type_id": type_id, **link} for type_id, link in links]
    session.execute(insert_rows(tables.SensorTypeMeasure), rows, execution_options=bulk.WHOLE)


def link_measures(session: Session, type_id: int, sensor_type: SensorType) -> None:
    """Give a sensor type its measures in their order, and no others."""
    link = tables.SensorTypeMeasure
    session.execute(delete_rows(link).where(link.sensor_type_id == type_id))
    known = measures.ensure_all(session, sensor_type.measures)
    insert_links(session, [(type_id, each) for each in links_of(sensor_type, known)])


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
