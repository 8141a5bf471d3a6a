"""Storing locations."""

from collections.abc import Sequence

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, aliased

from dtbase.domain.locations import Location
from dtbase.errors import Invalid, NotFound
from dtbase.storage import tables
from dtbase.storage.database import refusing

PARENT = aliased(tables.Location)


def with_parents() -> Select[tables.Location, str]:
    """Select locations, each with its parent's identifier."""
    return (
        select(tables.Location, PARENT.identifier)
        .outerjoin(PARENT, PARENT.id == tables.Location.parent_id)
        .order_by(tables.Location.identifier)
    )


def to_domain(row: Row[tables.Location, str]) -> Location:
    """Return the location that a row holds."""
    location, parent = row
    return Location(
        identifier=location.identifier,
        name=location.name,
        parent=parent,
        coordinates=location.coordinates,
    )


def id_of(session: Session, identifier: str) -> int:
    """Return the id of a location, or raise Invalid."""
    found = session.scalar(
        select(tables.Location.id).where(tables.Location.identifier == identifier)
    )
    if found is None:
        raise Invalid(f"no location {identifier!r}", field="location")
    return found


def add(session: Session, location: Location) -> Location:
    """Insert a location."""
    row = tables.Location(
        identifier=location.identifier,
        name=location.name,
        parent_id=location.parent and id_of(session, location.parent),
        coordinates=location.coordinates,
    )
    with refusing(f"location {location.identifier!r}"), session.begin_nested():
        session.add(row)
    return location


def get(session: Session, identifier: str) -> Location:
    """Return the location, or raise NotFound."""
    row = session.execute(
        with_parents().where(tables.Location.identifier == identifier)
    ).one_or_none()
    if row is None:
        raise NotFound(f"no location {identifier!r}")
    return to_domain(row)


def list(session: Session) -> Sequence[Location]:
    """Return every location by identifier."""
    return [to_domain(row) for row in session.execute(with_parents())]
