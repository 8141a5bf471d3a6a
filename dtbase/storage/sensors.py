"""Storing sensors and their series."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.sensors import NewSensor, Sensor, SensorChange, SensorQuery
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Invalid, NotFound
from dtbase.storage import audit, locations, paging, sensor_series, series_data, standing, tables
from dtbase.storage.database import refusing

NOUN = "sensor"
NOW = func.clock_timestamp()
LATEST_INSTALLATION = (
    select(tables.Installation.sensor_id, tables.Location.id, tables.Location.identifier)
    .outerjoin(tables.Location)
    .where(tables.Installation.since <= NOW)
    .ext(distinct_on(tables.Installation.sensor_id))
    .order_by(tables.Installation.sensor_id, tables.Installation.since.desc())
    .subquery("latest_installation")
)
"""Where each sensor stands now; nowhere if its last installation has no location."""

ORDER = paging.Order(
    columns={
        "identifier": tables.Sensor.identifier.expression,
        "name": func.coalesce(tables.Sensor.name, ""),
        "created_at": tables.Sensor.created_at.expression,
    },
    key=("identifier",),
)


def with_places() -> Select[tables.Sensor, str, str | None]:
    """Select sensors, each with the names of its type and present location."""
    return (
        select(tables.Sensor, tables.SensorType.name, LATEST_INSTALLATION.c.identifier)
        .join(tables.SensorType)
        .outerjoin(LATEST_INSTALLATION, LATEST_INSTALLATION.c.sensor_id == tables.Sensor.id)
        .order_by(tables.Sensor.identifier)
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> Sensor:
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
    row = tables.Sensor(
        identifier=new.identifier,
        name=new.name,
        notes=new.notes,
        sensor_type_id=type_id(session, new.type),
    )
    with refusing(f"sensor {new.identifier!r}", "identifier"), session.begin_nested():
        session.add(row)
    sensor_series.match_types(session, select(tables.Sensor.id).where(tables.Sensor.id == row.id))
    if new.location is not None:
        place(session, row.id, new.location)
    sensor = get(session, new.identifier)
    audit.created(session, NOUN, new.identifier, sensor)
    return sensor


def type_id(session: Session, name: str) -> int:
    """Return the id of a sensor type, held so that its measures stay as they are."""
    query = select(tables.SensorType.id).where(tables.SensorType.name == name)
    found = session.scalar(query.with_for_update(read=True))
    if found is None:
        raise Invalid(f"no sensor type {name!r}", field="type")
    return found


def place(
    session: Session, sensor_id: int, location: str | None, since: datetime | None = None
) -> tables.Installation:
    """Note that a sensor stands at a location, or nowhere, from a time on: by default now."""
    installation = tables.Installation(
        sensor_id=sensor_id,
        location_id=None if location is None else locations.id_of(session, location),
        since=since or session.scalar(select(NOW)),
    )
    what = "an installation of this sensor since this time"
    with refusing(what, "since"), session.begin_nested():
        session.add(installation)
    return installation


def get(session: Session, identifier: str) -> Sensor:
    """Return the sensor, or raise NotFound."""
    query = with_places().where(tables.Sensor.identifier == identifier)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(f"no sensor {identifier!r}", field="identifier")
    return to_domain(row)


def list(session: Session, type_name: str | None = None) -> Sequence[Sensor]:
    """Return every sensor, or those of one type, by identifier."""
    query = with_places()
    if type_name is not None:
        query = query.where(tables.SensorType.name == type_name)
    return [to_domain(row) for row in session.execute(query)]


def page(session: Session, wanted: SensorQuery) -> Listed[Sensor]:
    """Return one page of the sensors that fit."""
    query = with_places()
    if wanted.type is not None:
        query = query.where(tables.SensorType.name == wanted.type)
    if wanted.location is not None:
        query = query.where(LATEST_INSTALLATION.c.id.in_(locations.subtree(wanted.location)))
    if wanted.search is not None:
        columns = (tables.Sensor.identifier, tables.Sensor.name)
        found = (column.icontains(wanted.search, autoescape=True) for column in columns)
        query = query.where(or_(*found))
    return paging.page(session, query, wanted, ORDER, to_domain)


def lock(session: Session, identifier: str) -> tables.Sensor:
    """Return a sensor's row, which nobody else can change until the transaction ends."""
    row = session.scalar(
        select(tables.Sensor)
        .where(tables.Sensor.identifier == identifier)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(f"no sensor {identifier!r}", field="identifier")
    return row


def update(
    session: Session,
    identifier: str,
    change: SensorChange,
    expected: Expected = WHATEVER,
    *,
    cascade: bool = False,
) -> Sensor:
    """Change a sensor; another type may take series with readings away only with cascade."""
    row = lock(session, identifier)
    before = get(session, identifier)
    expected.check(before, f"sensor {identifier!r}")
    for name in {"identifier", "name", "notes"} & change.model_fields_set:
        setattr(row, name, getattr(change, name))
    with refusing(f"sensor {row.identifier!r}", "identifier"), session.begin_nested():
        session.flush()
    if change.type is not None and change.type != before.type:
        row.sensor_type_id = type_id(session, change.type)
        session.flush()
        this = select(tables.Sensor.id).where(tables.Sensor.id == row.id)
        sensor_series.match_types(session, this, cascade=cascade)
    if change.gives("location") and change.location != before.location:
        place(session, row.id, change.location)
    after = get(session, row.identifier)
    audit.changed(session, NOUN, after.identifier, before, after)
    return after


def delete(
    session: Session, identifier: str, expected: Expected = WHATEVER, *, cascade: bool = False
) -> None:
    """Remove a sensor and its history of installations; with cascade all that it measured too."""
    row = lock(session, identifier)
    before = get(session, identifier)
    expected.check(before, f"sensor {identifier!r}")
    series = sensor_series.series_of(select(tables.Sensor.id).where(tables.Sensor.id == row.id))
    if not cascade:
        standing.refuse(f"sensor {identifier!r}", series_data.standing_on(session, series))
    series_data.forget(session, series)
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, identifier, before)
