"""Storing floor plans: a location has one picture, and what is pinned to it."""

from collections.abc import Sequence

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from dtbase.domain.registry.floor_plans import FloorPlan, FloorPlanChange, MediaType, Pin
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import NotFound
from dtbase.formats.pictures import Picture
from dtbase.storage import tables
from dtbase.storage.people import audit
from dtbase.storage.registry import locations, pins

NOUN = "floor plan"
Plan, PlanPin = tables.FloorPlan, tables.FloorPlanPin


def get(session: Session, location: str) -> FloorPlan:
    """Return the floor plan of a location without its picture."""
    query = (
        select(
            Plan.location_id,
            Plan.media_type,
            Plan.width,
            Plan.height,
            func.octet_length(Plan.image),
            Plan.digest,
            Plan.changed_at,
        )
        .join(tables.Location, tables.Location.id == Plan.location_id)
        .where(tables.Location.identifier == location)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise missing(session, location)
    id_, media_type, width, height, size, digest, changed_at = row
    return FloorPlan(
        location=location,
        media_type=media_type,
        width=width,
        height=height,
        size=size,
        digest=digest,
        changed_at=changed_at,
        pins=pins_of(session, id_),
    )


def missing(session: Session, location: str) -> NotFound:
    """Return what is missing: the floor plan, or its location already."""
    locations.get(session, location)
    return NotFound(f"location {location!r} has no floor plan")


def pins_of(session: Session, plan_id: int) -> tuple[Pin, ...]:
    query = (
        select(tables.Sensor.identifier, tables.Location.identifier, PlanPin.x, PlanPin.y)
        .select_from(PlanPin)
        .outerjoin(tables.Sensor, tables.Sensor.id == PlanPin.sensor_id)
        .outerjoin(tables.Location, tables.Location.id == PlanPin.location_id)
        .where(PlanPin.floor_plan_id == plan_id)
        .order_by(PlanPin.id)
    )
    return tuple(
        Pin(sensor=sensor, location=location, x=x, y=y)
        for sensor, location, x, y in session.execute(query)
    )


def picture(session: Session, location: str) -> tuple[bytes, MediaType, str]:
    """Return the picture of a location, what it is, and its digest."""
    query = (
        select(Plan.image, Plan.media_type, Plan.digest)
        .join(tables.Location, tables.Location.id == Plan.location_id)
        .where(tables.Location.identifier == location)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise missing(session, location)
    return row[0], MediaType(row[1]), row[2]


def digest_of(session: Session, location: str) -> str | None:
    """Return the digest of a location's picture, if it has one."""
    query = select(Plan.digest).join(tables.Location, tables.Location.id == Plan.location_id)
    return session.scalar(query.where(tables.Location.identifier == location))


def put(session: Session, location: str, new: Picture, expected: Expected = WHATEVER) -> FloorPlan:
    """Give a location a picture, or another one; what is pinned stays where it is."""
    place = locations.lock(session, location)
    row = session.get(Plan, place.id)
    before = None if row is None else get(session, location)
    if before is not None:
        expected.check(before, f"the floor plan of {location!r}")
    if row is None:
        row = Plan(location_id=place.id)
        session.add(row)
    row.media_type, row.image, row.digest = new.media_type.value, new.content, new.digest
    row.width, row.height = new.width, new.height
    row.changed_at = func.clock_timestamp()
    session.flush()
    after = get(session, location)
    if before is None:
        audit.created(session, NOUN, location, after)
    else:
        audit.changed(session, NOUN, location, before, after)
    return after


def update(
    session: Session, location: str, change: FloorPlanChange, expected: Expected = WHATEVER
) -> FloorPlan:
    """Pin things to a floor plan, instead of those that were."""
    place = locations.lock(session, location)
    before = get(session, location)
    expected.check(before, f"the floor plan of {location!r}")
    if change.pins is None:
        return before
    session.execute(delete_rows(PlanPin).where(PlanPin.floor_plan_id == place.id))
    rows = rows_of(session, place.id, change.pins)
    if rows:
        session.execute(insert(PlanPin), rows)
    after = get(session, location)
    audit.changed(session, NOUN, location, before, after)
    return after


def rows_of(
    session: Session, plan_id: int, new: Sequence[Pin]
) -> list[dict[str, int | float | None]]:
    """Return pins as rows, or refuse those of things that there are not."""
    ids = pins.ids_of(session, new)
    return [
        {"floor_plan_id": plan_id, "sensor_id": one, "location_id": place, "x": pin.x, "y": pin.y}
        for pin, (one, place) in zip(new, ids, strict=True)
    ]


def delete(session: Session, location: str, expected: Expected = WHATEVER) -> None:
    """Take the picture of a location away, with all that is pinned to it."""
    place = locations.lock(session, location)
    before = get(session, location)
    expected.check(before, f"the floor plan of {location!r}")
    session.execute(delete_rows(Plan).where(Plan.location_id == place.id))
    session.expire_all()
    audit.deleted(session, NOUN, location, before)
