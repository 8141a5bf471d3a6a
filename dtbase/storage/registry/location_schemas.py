"""Storing location schemas."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Select, insert, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session, joinedload, selectinload

from dtbase.domain.changes import revised
from dtbase.domain.paging import Listed
from dtbase.domain.registry.locations import (
    LocationField,
    LocationSchema,
    LocationSchemaChange,
    LocationSchemaQuery,
)
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Conflict, Invalid, NotFound, Violation
from dtbase.storage import bulk, paging, tables
from dtbase.storage.bulk import WHOLE
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.registry import dependents

NOUN = "location schema"
SHOWN = 100
WITH_FIELDS = selectinload(tables.LocationSchema.fields)
ORDER = paging.Order(columns={"name": tables.LocationSchema.name.expression}, key=("name",))


def to_domain(row: tables.LocationSchema) -> LocationSchema:
    fields = tuple(
        LocationField(
            name=field.name,
            datatype=Datatype(field.datatype),
            unit=field.unit,
            required=field.required,
        )
        for field in row.fields
    )
    return LocationSchema(name=row.name, description=row.description, fields=fields)


def add(session: Session, schema: LocationSchema) -> LocationSchema:
    """Insert a schema with its fields."""
    return insert_all(session, [schema], bulk.raise_first)[0]


def add_many(session: Session, new: Sequence[LocationSchema]) -> Sequence[LocationSchema]:
    """Insert schemas with their fields, all or none."""
    return insert_all(session, new, bulk.refuse)


def insert_all(
    session: Session, new: Sequence[LocationSchema], refuse: bulk.Refuse
) -> Sequence[LocationSchema]:
    kind = bulk.Kind(tables.LocationSchema, ("name",), described_as)
    with session.begin_nested():
        ids = bulk.insert_all(session, kind, new, columns_of, refuse)
        put_fields(session, zip(ids, new, strict=True))
        audit.created_many(session, NOUN, [(each.name, each) for each in new])
    return new


def columns_of(schema: LocationSchema) -> bulk.Row:
    return {"name": schema.name, "description": schema.description}


def described_as(schema: LocationSchema) -> str:
    return f"location schema {schema.name!r}"


def put_fields(session: Session, schemas: Iterable[tuple[int, LocationSchema]]) -> None:
    """Give new schemas their fields in their order."""
    rows = [
        {"schema_id": schema_id, "position": position, **field.model_dump()}
        for schema_id, schema in schemas
        for position, field in enumerate(schema.fields)
    ]
    if rows:
        session.execute(insert(tables.LocationField), rows, execution_options=WHOLE)


def replace_fields(session: Session, schema_id: int, schema: LocationSchema) -> None:
    """Give a schema its fields in their order, and no others."""
    session.execute(
        delete_rows(tables.LocationField)
        .where(tables.LocationField.schema_id == schema_id)
        .execution_options(synchronize_session="fetch")
    )
    put_fields(session, [(schema_id, schema)])


def get(session: Session, name: str) -> LocationSchema:
    """Return a schema; one statement reads it, so that its fields are those it had then."""
    query = select_one(name).options(joinedload(tables.LocationSchema.fields))
    row = session.scalars(query).unique().one_or_none()
    if row is None:
        raise NotFound(f"no location schema {name!r}", field="name")
    return to_domain(row)


def row_of(session: Session, name: str, *, lock: bool = False) -> tables.LocationSchema | None:
    """Return the row of a schema with its fields, if there is one.

    A schema that locations are held against is held itself, so that its fields stay.
    """
    query = select_one(name).options(WITH_FIELDS)
    return session.scalar(query.with_for_update(of=tables.LocationSchema, read=not lock))


def select_one(name: str) -> Select[tables.LocationSchema]:
    query = select(tables.LocationSchema).where(tables.LocationSchema.name == name)
    return query.execution_options(populate_existing=True)


def named(session: Session, name: str) -> tuple[int, LocationSchema]:
    """Return the schema that a location names, with its id, or raise Invalid."""
    row = row_of(session, name)
    if row is None:
        raise Invalid(f"no location schema {name!r}", field="location_schema")
    return row.id, to_domain(row)


def of_names(
    session: Session, names: Collection[str | None]
) -> dict[str, tuple[int, LocationSchema]]:
    """Return the schemas of some names, with their ids; names without a schema are left out."""
    query = select(tables.LocationSchema).options(WITH_FIELDS)
    rows = session.scalars(query.where(tables.LocationSchema.name.in_([*filter(None, names)])))
    return {row.name: (row.id, to_domain(row)) for row in rows}


def list(session: Session) -> Sequence[LocationSchema]:
    query = select(tables.LocationSchema).options(WITH_FIELDS).order_by(tables.LocationSchema.name)
    return [to_domain(row) for row in session.scalars(query)]


def page(session: Session, wanted: LocationSchemaQuery) -> Listed[LocationSchema]:
    query = select(tables.LocationSchema).options(WITH_FIELDS)
    if wanted.search is not None:
        query = query.where(tables.LocationSchema.name.icontains(wanted.search, autoescape=True))
    return paging.scalars(session, query, wanted, ORDER, to_domain)


def lock(session: Session, name: str) -> tables.LocationSchema:
    """Return a schema's row, which nobody else can change until the transaction ends."""
    row = row_of(session, name, lock=True)
    if row is None:
        raise NotFound(f"no location schema {name!r}", field="name")
    return row


def update(
    session: Session, name: str, change: LocationSchemaChange, expected: Expected = WHATEVER
) -> LocationSchema:
    """Change a schema, unless some of its locations would no longer fit."""
    row = lock(session, name)
    before = to_domain(row)
    expected.check(before, f"location schema {name!r}")
    after = revised(before, change)
    refuse_unfit(session, row.id, after)
    row.name, row.description = after.name, after.description
    with refusing(f"location schema {after.name!r}", "name"):
        session.flush()
    if after.fields != before.fields:
        replace_fields(session, row.id, after)
    audit.changed(session, NOUN, after.name, before, after)
    return after


def refuse_unfit(session: Session, schema_id: int, schema: LocationSchema) -> None:
    """Refuse fields that a location's coordinates do not fit, naming each."""
    query = select(tables.Location).where(tables.Location.schema_id == schema_id)
    broken = [
        Violation(field=f"{row.identifier}.{found['field']}", rule=found["rule"])
        for row in session.scalars(query.order_by(tables.Location.identifier))
        for found in schema.broken_by(row.coordinates)
    ]
    if broken:
        raise Conflict(
            f"{len(broken)} coordinates of its locations would not fit, the first: "
            f"{broken[0]['field']} {broken[0]['rule']}",
            violations=broken[:SHOWN],
        )


def delete(
    session: Session, name: str, expected: Expected = WHATEVER, *, cascade: bool = False
) -> None:
    """Remove a schema; with cascade its locations keep their coordinates and have none."""
    row = lock(session, name)
    before = to_domain(row)
    expected.check(before, f"location schema {name!r}")
    locations = select(tables.Location).where(tables.Location.schema_id == row.id)
    if not cascade:
        names = locations.with_only_columns(tables.Location.identifier)
        in_the_way = dependents.those(session, "locations", names.order_by("identifier"))
        dependents.refuse(f"location schema {name!r}", [in_the_way])
    for location in session.scalars(locations):
        location.schema_id = None
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, name, before)
