"""Deleting measures, and what stands in the way of it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dtbase.domain.registry.measures import Measure, MeasureKey
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Conflict
from dtbase.storage import tables
from dtbase.storage.people import audit
from dtbase.storage.registry import dependents, measures, sensor_types, series_data


def delete(
    session: Session, key: MeasureKey, expected: Expected = WHATEVER, *, cascade: bool = False
) -> None:
    """Remove a measure; with cascade its series too, and from the sensor types that take it."""
    series_data.hold(session, measures.series_of(measures.row_of(session, key).id))
    row = measures.row_of(session, key, lock=True)
    before = measures.to_domain(row)
    expected.check(before, f"measure {str(before)!r}")
    predicted = select(tables.RunOutput.id).where(tables.RunOutput.measure_id == row.id)
    if not cascade:
        refuse_used(session, row.id, before)
    refuse_last(session, row.id, before)
    series_data.forget(session, measures.series_of(row.id))
    series_data.forget_outputs(session, predicted)
    sensor_types.take_away(session, row.id)
    session.delete(row)
    session.flush()
    audit.deleted(session, measures.NOUN, str(before), before)


def refuse_used(session: Session, measure_id: int, measure: Measure) -> None:
    """Refuse to delete a measure that sensor types take or runs predict."""
    types = (
        select(tables.SensorType.name)
        .join(tables.SensorTypeMeasure)
        .where(tables.SensorTypeMeasure.measure_id == measure_id)
        .order_by(tables.SensorType.name)
    )
    runs = (
        select(tables.RunOutput.run_id)
        .where(tables.RunOutput.measure_id == measure_id)
        .distinct()
        .order_by(tables.RunOutput.run_id)
    )
    in_the_way = [
        dependents.those(session, "sensor types", types),
        dependents.those(session, "runs", runs),
    ]
    dependents.refuse(f"measure {str(measure)!r}", in_the_way)


def refuse_last(session: Session, measure_id: int, measure: Measure) -> None:
    """Refuse to take the only measure of a sensor type away, even with cascade."""
    link = tables.SensorTypeMeasure
    alone = (
        select(func.min(tables.SensorType.name))
        .join(link)
        .group_by(tables.SensorType.id)
        .having(func.count() == 1, func.min(link.measure_id) == measure_id)
    )
    name = session.scalars(alone.limit(1)).first()
    if name is not None:
        raise Conflict(
            f"{str(measure)!r} is the only measure of sensor type {name!r}; delete that first",
            field="sensor types",
        )
