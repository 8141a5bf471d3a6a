"""Storing sensors, their series and where they stand."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Row, Select, func, insert, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from dtbase.domain.sensors import NewSensor, Sensor
from dtbase.errors import Invalid, NotFound
from dtbase.storage import locations, tables
from dtbase.storage.database import refusing

LATEST_INSTALLATION = (
    select(tables.Installation.sensor_id, tables.Location.identifier)
    .join(tables.Location)
    .where(tables.Installation.since <= func.now())
    .ext(distinct_on(tables.Installation.sensor_id))
    .order_by(tables.Installation.sensor_id, tables.Installation.since.desc())
    .subquery("latest_installation")
)
"""Where each sensor stands now."""


def with_places() -> Select[tables.Sensor, str, str]:
    """Select sensors, each with the names of its type and present location."""
    return (
        select(tables.Sensor, tables.SensorType.name, LATEST_INSTALLATION.c.identifier)
        .join(tables.SensorType)
        .outerjoin(LATEST_INSTALLATION, LATEST_INSTALLATION.c.sensor_id == tables.Sensor.id)
        .order_by(tables.Sensor.identifier)
    )


def to_domain(row: Row[tables.Sensor, str, str]) -> Sensor:
    """Return the sensor that a row holds."""
    sensor, type_name, location = row
    return Sensor(
        identifier=sensor.identifier,
        type=type_name,
        name=sensor.name,
        notes=sensor.notes,
        location=location,
        created_at=sensor.created_at,
    )


def add(session: Session, new: NewSensor) -> Sensor:
    """Insert a sensor with one series for each measure of its type."""
    type_id = session.scalar(select(tables.SensorType.id).where(tables.SensorType.name == new.type))
    if type_id is None:
        raise Invalid(f"no sensor type {new.type!r}", field="type")
    row = tables.Sensor(
        identifier=new.identifier, name=new.name, notes=new.notes, sensor_type_id=type_id
    )
    with refusing(f"sensor {new.identifier!r}"), session.begin_nested():
        session.add(row)
    measures = select(literal(row.id), tables.SensorTypeMeasure.measure_id).where(
        tables.SensorTypeMeasure.sensor_type_id == type_id
    )
    session.execute(insert(tables.Series).from_select(["sensor_id", "measure_id"], measures))
    if new.location is not None:
        install(session, row.id, new.location)
    return get(session, new.identifier)


def install(session: Session, sensor_id: int, location: str) -> None:
    """Note that a sensor stands at a location from now on."""
    place = tables.Installation(
        sensor_id=sensor_id,
        location_id=locations.id_of(session, location),
        since=datetime.now(UTC),
    )
    session.add(place)
    session.flush()


def get(session: Session, identifier: str) -> Sensor:
    """Return the sensor, or raise NotFound."""
    row = session.execute(with_places().where(tables.Sensor.identifier == identifier)).one_or_none()
    if row is None:
        raise NotFound(f"no sensor {identifier!r}")
    return to_domain(row)


def list(session: Session, type_name: str | None = None) -> Sequence[Sensor]:
    """Return every sensor, or those of one type, by identifier."""
    query = with_places()
    if type_name is not None:
        query = query.where(tables.SensorType.name == type_name)
    return [to_domain(row) for row in session.execute(query)]
