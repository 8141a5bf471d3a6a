"""Where sensors stand."""

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
from dtbase.domain.registry.locations import Location, LocationChange, LocationQuery
from dtbase.errors import AlreadyExists, InUse, NotFound, Stale
from dtbase.storage.registry import locations

router = APIRouter(prefix="/locations", tags=["locations"])


@router.get("", responses=PAGED, summary="List locations")
def list_locations(
    wanted: Annotated[LocationQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Location]:
    """List the locations that fit, a page at a time; the Link header leads to the next page."""
    return linked(request, response, locations.page(session, wanted))


@router.post(
    "", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add a location"
)
def add_location(
    _writes: WritesRegistry, new: Location, response: Response, session: SessionDep
) -> Location:
    """Add a location; it may stand in another one, and must fit its schema."""
    response.headers["Location"] = f"/v1/locations/{new.identifier}"
    return tagged(response, locations.add(session, new))


@router.post(
    "/bulk", status_code=201, responses=answers(AlreadyExists), summary="Add many locations"
)
def add_locations(
    _writes: WritesRegistry, new: Many[Location], session: SessionDep
) -> Sequence[Location]:
    """Add many locations, all or none; refusals name each row, field and rule."""
    return locations.add_many(session, new)


@router.get("/{identifier}", responses=SHOWN | answers(NotFound), summary="Show a location")
def get_location(
    identifier: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> Location:
    """Show one location."""
    return tagged(response, locations.get(session, identifier))


@router.patch(
    "/{identifier}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Stale),
    summary="Change a location",
)
def update_location(
    _writes: WritesRegistry,
    identifier: Identifier,
    change: LocationChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Location:
    """Change what is given; renaming keeps all data.

    A location cannot come to stand in itself, and its coordinates must fit its schema.
    """
    location = locations.update(session, identifier, change, expected)
    return tagged(response, location)


@router.delete(
    "/{identifier}",
    status_code=204,
    responses=answers(NotFound, InUse, Stale),
    summary="Delete a location",
)
def delete_location(
    _deletes: DeletesRegistry,
    identifier: Identifier,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a location; locations in it and installations there stand in the way without cascade.

    With it, those in it go too, and the sensors that were there were nowhere at the time.
    """
    locations.delete(session, identifier, expected, cascade=cascade)
