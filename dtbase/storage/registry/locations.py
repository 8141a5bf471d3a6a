"""Storing locations and the tree they make."""

import builtins
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, insert, or_, select, text
from sqlalchemy import delete as delete_rows
from sqlalchemy import update as update_rows
from sqlalchemy.orm import Session, aliased

from dtbase.domain.changes import revised
from dtbase.domain.paging import Listed
from dtbase.domain.registry.locations import (
    Location,
    LocationChange,
    LocationQuery,
    LocationSchema,
)
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import AlreadyExists, DTBaseError, Invalid, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.registry import dependents, location_schemas, series_data

NOUN = "location"
PARENT = aliased(tables.Location)
HOLD_TREE = text("SELECT pg_advisory_xact_lock('location'::regclass::oid::int, 1)")
ORDER = paging.Order(
    columns={
        "identifier": tables.Location.identifier.expression,
        "name": tables.Location.name.expression,
    },
    key=("identifier",),
)


def with_parents() -> Select[tables.Location, str | None, str | None]:
    """Select locations, each with the names of its parent and its schema."""
    return (
        select(tables.Location, PARENT.identifier, tables.LocationSchema.name)
        .outerjoin(PARENT, PARENT.id == tables.Location.parent_id)
        .outerjoin(tables.LocationSchema, tables.LocationSchema.id == tables.Location.schema_id)
        .order_by(tables.Location.identifier)
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> Location:
    location, parent, schema = row
    return Location(
        identifier=location.identifier,
        name=location.name,
        parent=parent,
        location_schema=schema,
        coordinates=location.coordinates,
    )


def ids_of(session: Session, identifiers: Sequence[str]) -> Mapping[str, int]:
    """Return the ids of those locations that there are, by identifier."""
    query = select(tables.Location.identifier, tables.Location.id)
    query = query.where(tables.Location.identifier.in_({*identifiers}))
    return {row.identifier: row.id for row in session.execute(query)}


def id_of(session: Session, identifier: str, field: str = "location") -> int:
    """Return the id of a location, or raise Invalid."""
    found = ids_of(session, [identifier]).get(identifier)
    if found is None:
        raise Invalid(f"no location {identifier!r}", field=field)
    return found


def subtree(identifier: str | ColumnElement[str]) -> Select[int]:
    """Select a location and all that lie in it, directly or not."""
    tree = (
        select(tables.Location.id)
        .where(tables.Location.identifier == identifier)
        .cte("subtree", recursive=True)
    )
    below = select(tables.Location.id).join(tree, tables.Location.parent_id == tree.c.id)
    return select(tree.union(below).c.id)


def add(session: Session, location: Location) -> Location:
    row = tables.Location(identifier=location.identifier)
    fill(session, row, location)
    with refusing(f"location {location.identifier!r}", "identifier"), session.begin_nested():
        session.add(row)
    audit.created(session, NOUN, location.identifier, location)
    return get(session, location.identifier)


def add_many(session: Session, new: Sequence[Location]) -> Sequence[Location]:
    """Insert locations, all or none; each may stand in one before it."""
    with session.begin_nested():
        schemas = location_schemas.of_names(session, {each.location_schema for each in new})
        named = {each.identifier for each in new} | {each.parent for each in new}
        there = ids_of(session, [each for each in named if each is not None])
        refused = faults(new, schemas, there)
        if refused:
            bulk.refuse(refused)
        ids = insert_all(session, new, schemas)
        put_into(session, new, {**there, **ids})
        query = with_parents().where(tables.Location.id.in_([*ids.values()]))
        found = {each.identifier: each for each in map(to_domain, session.execute(query))}
        added = [found[each.identifier] for each in new]
        audit.created_many(session, NOUN, [(each.identifier, each) for each in added])
    return added


Schemas = Mapping[str, tuple[int, LocationSchema]]


def faults(new: Sequence[Location], schemas: Schemas, there: Mapping[str, int]) -> bulk.Refused:
    """Return what is wrong with which location, and what then is with those in it."""
    refused: builtins.list[tuple[int, DTBaseError]] = []
    known, taken = {*there}, {*there}
    for row, each in enumerate(new):
        fault = fault_of(each, schemas, known, taken)
        if fault is not None:
            refused.append((row, fault))
        known.add(each.identifier)
        taken.add(each.identifier)
    return refused


def fault_of(
    new: Location, schemas: Schemas, known: Collection[str], taken: Collection[str]
) -> DTBaseError | None:
    if new.identifier in taken:
        return AlreadyExists(f"location {new.identifier!r} already exists", field="identifier")
    if new.parent is not None and new.parent not in known:
        return Invalid(f"no location {new.parent!r}", field="parent")
    if new.location_schema is None:
        return None
    if new.location_schema not in schemas:
        return Invalid(f"no location schema {new.location_schema!r}", field="location_schema")
    broken = schemas[new.location_schema][1].broken_by(new.coordinates)
    rule = f"{broken[0]['field']} {broken[0]['rule']}" if broken else ""
    return Invalid(rule, violations=broken) if broken else None


def insert_all(session: Session, new: Sequence[Location], schemas: Schemas) -> Mapping[str, int]:
    """Insert locations that stand nowhere yet, and return their ids by identifier."""
    rows = [
        {
            "identifier": each.identifier,
            "name": each.name,
            "schema_id": schemas[each.location_schema][0] if each.location_schema else None,
            "coordinates": each.coordinates,
        }
        for each in new
    ]
    statement = insert(tables.Location).returning(tables.Location.identifier, tables.Location.id)
    with refusing("one of these locations", "identifier"):
        found = session.execute(statement, rows, execution_options=bulk.WHOLE)
    return {row.identifier: row.id for row in found}


def put_into(session: Session, new: Sequence[Location], ids: Mapping[str, int]) -> None:
    """Put new locations into those in which they stand."""
    rows = [
        {"id": ids[each.identifier], "parent_id": ids[each.parent]}
        for each in new
        if each.parent is not None
    ]
    if rows:
        session.execute(update_rows(tables.Location), rows)


def fill(session: Session, row: tables.Location, location: Location) -> None:
    """Write a location into its row, held against its schema."""
    row.schema_id = None
    if location.location_schema is not None:
        row.schema_id, schema = location_schemas.named(session, location.location_schema)
        broken = schema.broken_by(location.coordinates)
        if broken:
            raise Invalid(f"{broken[0]['field']} {broken[0]['rule']}", violations=broken)
    row.identifier, row.name = location.identifier, location.name
    row.coordinates = location.coordinates
    row.parent_id = None
    if location.parent is not None:
        row.parent_id = id_of(session, location.parent, "parent")


def get(session: Session, identifier: str) -> Location:
    query = with_parents().where(tables.Location.identifier == identifier)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(f"no location {identifier!r}", field="identifier")
    return to_domain(row)


def list(session: Session) -> Sequence[Location]:
    return [to_domain(row) for row in session.execute(with_parents())]


def page(session: Session, wanted: LocationQuery) -> Listed[Location]:
    query = with_parents()
    if wanted.location_schema is not None:
        query = query.where(tables.LocationSchema.name == wanted.location_schema)
    if wanted.parent is not None:
        query = query.where(PARENT.identifier == wanted.parent)
    if wanted.within is not None:
        query = query.where(tables.Location.id.in_(subtree(wanted.within)))
    if wanted.has_plan is not None:
        planned = tables.Location.id.in_(select(tables.FloorPlan.location_id))
        query = query.where(planned if wanted.has_plan else ~planned)
    if wanted.search is not None:
        columns = (tables.Location.identifier, tables.Location.name)
        found = (column.icontains(wanted.search, autoescape=True) for column in columns)
        query = query.where(or_(*found))
    return paging.page(session, query, wanted, ORDER, to_domain)


def lock(session: Session, identifier: str) -> tables.Location:
    """Return a location's row; the tree stays as it is until the transaction ends."""
    session.execute(HOLD_TREE)
    query = select(tables.Location).where(tables.Location.identifier == identifier)
    missing = NotFound(f"no location {identifier!r}", field="identifier")
    return single.row(session, query, missing, lock=True)


def update(
    session: Session, identifier: str, change: LocationChange, expected: Expected = WHATEVER
) -> Location:
    """Change a location; it cannot be moved into itself."""
    row = lock(session, identifier)
    before = get(session, identifier)
    expected.check(before, f"location {identifier!r}")
    after = revised(before, change)
    if change.parent is not None:
        refuse_cycle(session, identifier, change.parent)
    with refusing(f"location {after.identifier!r}", "identifier"):
        fill(session, row, after)  # looking for the parent writes the row already
        session.flush()
    audit.changed(session, NOUN, after.identifier, before, after)
    return get(session, after.identifier)


def refuse_cycle(session: Session, identifier: str, parent: str) -> None:
    """Refuse a parent that lies in the location itself."""
    query = select(tables.Location.id).where(
        tables.Location.identifier == parent, tables.Location.id.in_(subtree(identifier))
    )
    if session.scalar(query) is not None:
        raise Invalid(f"{parent!r} stands in {identifier!r} itself", field="parent")


def delete(
    session: Session, identifier: str, expected: Expected = WHATEVER, *, cascade: bool = False
) -> None:
    """Remove a location; with cascade also those in it, and sensors that were there are nowhere."""
    row = lock(session, identifier)
    before = get(session, identifier)
    expected.check(before, f"location {identifier!r}")
    if not cascade:
        dependents.refuse(f"location {identifier!r}", dependents_of(session, row.id))
    ids = session.scalars(subtree(identifier)).all()
    query = with_parents().where(tables.Location.id.in_(ids))
    gone = [to_domain(each) for each in session.execute(query)]
    session.execute(
        update_rows(tables.Installation)
        .where(tables.Installation.location_id.in_(ids))
        .values(location_id=None)
    )
    session.execute(delete_rows(tables.Location).where(tables.Location.id.in_(ids)))
    for location in gone:
        audit.deleted(session, NOUN, location.identifier, location)


def dependents_of(session: Session, location_id: int) -> Sequence[dependents.InTheWay]:
    """Return what is in a location, or once was."""
    inside = select(tables.Location.identifier).where(tables.Location.parent_id == location_id)
    sensors = (
        select(tables.Sensor.identifier)
        .join(tables.Installation)
        .where(tables.Installation.location_id == location_id)
        .distinct()
    )
    plan = (
        select(tables.Location.identifier)
        .join(tables.FloorPlan, tables.FloorPlan.location_id == tables.Location.id)
        .where(tables.Location.id == location_id)
    )
    shape = (
        select(tables.Location.identifier)
        .join(tables.Shape, tables.Shape.location_id == tables.Location.id)
        .where(tables.Location.id == location_id)
    )
    return (
        dependents.those(session, "locations", inside.order_by(tables.Location.identifier)),
        dependents.those(session, "installations", sensors.order_by(tables.Sensor.identifier)),
        dependents.those(session, "floor plans", plan),
        dependents.those(session, "shapes", shape),
        series_data.notes_on(session, tables.Note.location_id == location_id),
    )
