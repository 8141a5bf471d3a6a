"""Storing sensor types."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from dtbase.domain.sensors import SensorType
from dtbase.errors import NotFound
from dtbase.storage import measures, tables
from dtbase.storage.database import refusing

WITH_MEASURES = selectinload(tables.SensorType.measures)


def to_domain(row: tables.SensorType) -> SensorType:
    """Return the sensor type that a row holds."""
    return SensorType(
        name=row.name,
        description=row.description,
        measures=tuple(measures.to_domain(measure) for measure in row.measures),
    )


def add(session: Session, sensor_type: SensorType) -> SensorType:
    """Insert a sensor type and those of its measures that are new."""
    row = tables.SensorType(name=sensor_type.name, description=sensor_type.description)
    with refusing(f"sensor type {sensor_type.name!r}"), session.begin_nested():
        session.add(row)
    for position, measure in enumerate(sensor_type.measures):
        link = tables.SensorTypeMeasure(
            sensor_type_id=row.id,
            measure_id=measures.ensure(session, measure),
            position=position,
        )
        session.add(link)
    session.flush()
    return sensor_type


def get(session: Session, name: str) -> SensorType:
    """Return the sensor type, or raise NotFound."""
    row = session.scalar(
        select(tables.SensorType).where(tables.SensorType.name == name).options(WITH_MEASURES)
    )
    if row is None:
        raise NotFound(f"no sensor type {name!r}")
    return to_domain(row)


def list(session: Session) -> Sequence[SensorType]:
    """Return every sensor type by name."""
    rows = session.scalars(
        select(tables.SensorType).order_by(tables.SensorType.name).options(WITH_MEASURES)
    )
    return [to_domain(row) for row in rows]
