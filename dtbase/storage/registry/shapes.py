"""Storing shapes: a location has one .glb, and what is pinned to it."""

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from dtbase.domain.registry.shapes import Shape, ShapeChange, Spot
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import NotFound
from dtbase.formats.shapes import ShapeFile
from dtbase.storage import tables
from dtbase.storage.people import audit
from dtbase.storage.registry import locations, pins

NOUN = "shape"
Row, Pinned = tables.Shape, tables.ShapePin


def get(session: Session, location: str) -> Shape:
    """Return the shape of a location without its file."""
    size = func.octet_length(Row.content)
    query = (
        select(Row.location_id, size, Row.digest, Row.vertices, Row.changed_at)
        .join(tables.Location, tables.Location.id == Row.location_id)
        .where(tables.Location.identifier == location)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise missing(session, location)
    id_, bytes_, digest, vertices, changed_at = row
    return Shape(
        location=location,
        size=bytes_,
        digest=digest,
        vertices=vertices,
        changed_at=changed_at,
        pins=pins_of(session, id_),
    )


def missing(session: Session, location: str) -> NotFound:
    """Return what is missing: the shape, or its location already."""
    locations.get(session, location)
    return NotFound(f"location {location!r} has no shape")


def pins_of(session: Session, shape_id: int) -> tuple[Spot, ...]:
    columns = (tables.Sensor.identifier, tables.Location.identifier, Pinned.x, Pinned.y, Pinned.z)
    query = (
        select(*columns)
        .select_from(Pinned)
        .outerjoin(tables.Sensor, tables.Sensor.id == Pinned.sensor_id)
        .outerjoin(tables.Location, tables.Location.id == Pinned.location_id)
        .where(Pinned.shape_id == shape_id)
        .order_by(Pinned.id)
    )
    return tuple(
        Spot(sensor=sensor, location=place, x=x, y=y, z=z)
        for sensor, place, x, y, z in session.execute(query)
    )


def file(session: Session, location: str) -> tuple[bytes, str]:
    """Return the file of a location's shape, and its digest."""
    query = (
        select(Row.content, Row.digest)
        .join(tables.Location, tables.Location.id == Row.location_id)
        .where(tables.Location.identifier == location)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise missing(session, location)
    return row[0], row[1]


def digest_of(session: Session, location: str) -> str | None:
    """Return the digest of a location's shape, if it has one."""
    query = select(Row.digest).join(tables.Location, tables.Location.id == Row.location_id)
    return session.scalar(query.where(tables.Location.identifier == location))


def put(session: Session, location: str, new: ShapeFile, expected: Expected = WHATEVER) -> Shape:
    """Give a location a shape, or another one; what is pinned stays where it is."""
    place = locations.lock(session, location)
    row = session.get(Row, place.id)
    before = None if row is None else get(session, location)
    if before is not None:
        expected.check(before, f"the shape of {location!r}")
    if row is None:
        row = Row(location_id=place.id)
        session.add(row)
    row.content, row.digest, row.vertices = new.content, new.digest, new.vertices
    row.changed_at = func.clock_timestamp()
    session.flush()
    after = get(session, location)
    if before is None:
        audit.created(session, NOUN, location, after)
    else:
        audit.changed(session, NOUN, location, before, after)
    return after


def update(
    session: Session, location: str, change: ShapeChange, expected: Expected = WHATEVER
) -> Shape:
    """Pin things to a shape, instead of those that were."""
    place = locations.lock(session, location)
    before = get(session, location)
    expected.check(before, f"the shape of {location!r}")
    if change.pins is None:
        return before
    session.execute(delete_rows(Pinned).where(Pinned.shape_id == place.id))
    ids = pins.ids_of(session, change.pins)
    rows = [
        {"shape_id": place.id, "sensor_id": sensor, "location_id": inner, **pin.where()}
        for pin, (sensor, inner) in zip(change.pins, ids, strict=True)
    ]
    if rows:
        session.execute(insert(Pinned), rows)
    after = get(session, location)
    audit.changed(session, NOUN, location, before, after)
    return after


def delete(session: Session, location: str, expected: Expected = WHATEVER) -> None:
    """Take the shape of a location away, with all that is pinned to it."""
    place = locations.lock(session, location)
    before = get(session, location)
    expected.check(before, f"the shape of {location!r}")
    session.execute(delete_rows(Row).where(Row.location_id == place.id))
    session.expire_all()
    audit.deleted(session, NOUN, location, before)
