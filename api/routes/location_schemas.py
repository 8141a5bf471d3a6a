"""Kinds of locations and their coordinates."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.bulk import Many
from api.cascading import Cascade
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import DeletesRegistry, ReadsRegistry, WritesRegistry
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.names import Identifier
from dtbase.domain.registry.locations import (
    LocationSchema,
    LocationSchemaChange,
    LocationSchemaQuery,
)
from dtbase.errors import AlreadyExists, Conflict, InUse, NotFound, Stale
from dtbase.storage.registry import location_schemas

router = APIRouter(prefix="/location-schemas", tags=["location schemas"])


@router.get("", responses=PAGED, summary="List location schemas")
def list_location_schemas(
    wanted: Annotated[LocationSchemaQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[LocationSchema]:
    """List the schemas that fit, a page at a time; the Link header leads to the next page."""
    return linked(request, response, location_schemas.page(session, wanted))


@router.post(
    "", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add a location schema"
)
def add_location_schema(
    _writes: WritesRegistry, new: LocationSchema, response: Response, session: SessionDep
) -> LocationSchema:
    """Add a location schema: the coordinates of a kind of location."""
    response.headers["Location"] = f"/v1/location-schemas/{new.name}"
    return tagged(response, location_schemas.add(session, new))


@router.post(
    "/bulk", status_code=201, responses=answers(AlreadyExists), summary="Add many location schemas"
)
def add_location_schemas(
    _writes: WritesRegistry, new: Many[LocationSchema], session: SessionDep
) -> Sequence[LocationSchema]:
    """Add many location schemas, all or none; refusals name each row, field and rule."""
    return location_schemas.add_many(session, new)


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show a location schema")
def get_location_schema(
    name: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> LocationSchema:
    """Show one location schema with its fields."""
    return tagged(response, location_schemas.get(session, name))


@router.patch(
    "/{name}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Conflict, Stale),
    summary="Change a location schema",
)
def update_location_schema(
    _writes: WritesRegistry,
    name: Identifier,
    change: LocationSchemaChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> LocationSchema:
    """Change what is given; renaming keeps all data.

    Fields that the coordinates of its locations would not fit are refused, naming each.
    """
    schema = location_schemas.update(session, name, change, expected)
    return tagged(response, schema)


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, InUse, Stale),
    summary="Delete a location schema",
)
def delete_location_schema(
    _deletes: DeletesRegistry,
    name: Identifier,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a schema; its locations stand in the way, or with cascade have no schema then."""
    location_schemas.delete(session, name, expected, cascade=cascade)
