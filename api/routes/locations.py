"""Places where sensors stand."""

from collections.abc import Sequence

from fastapi import APIRouter, Response

from api.dependencies import SessionDep
from api.security import Editor, Viewer
from dtbase.domain.locations import Location
from dtbase.storage import locations

router = APIRouter(prefix="/locations", tags=["locations"])


@router.get("", summary="List locations")
def list_locations(_viewer: Viewer, session: SessionDep) -> Sequence[Location]:
    """List every location, by identifier."""
    return locations.list(session)


@router.post("", status_code=201, summary="Add a location")
def add_location(
    new: Location, response: Response, _editor: Editor, session: SessionDep
) -> Location:
    """Add a location; it may stand in another one."""
    response.headers["Location"] = f"/v1/locations/{new.identifier}"
    return locations.add(session, new)


@router.get("/{identifier}", summary="Show a location")
def get_location(identifier: str, _viewer: Viewer, session: SessionDep) -> Location:
    """Show one location."""
    return locations.get(session, identifier)
