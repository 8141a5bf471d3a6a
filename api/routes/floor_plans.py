"""Floor plans: pictures of locations, with what is pinned to them."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.pictures import PicturesDep
from api.security import BringsRegistry, ReadsRegistry, WritesRegistry
from api.versions import ETAG, SHOWN, IfMatch, tagged
from dtbase.domain.names import Identifier
from dtbase.domain.registry.floor_plans import FloorPlan, FloorPlanChange, MediaType
from dtbase.errors import NotFound, Stale, TooLarge, Unavailable
from dtbase.storage.registry import floor_plans

router = APIRouter(prefix="/locations/{identifier}/floor-plan", tags=["locations"])

BINARY = {"schema": {"type": "string", "format": "binary"}}
PICTURE = {"requestBody": {"required": True, "content": {kind.value: BINARY for kind in MediaType}}}
SENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.value: BINARY for kind in MediaType}, "headers": ETAG},
    304: {"description": "It is the same picture.", "headers": ETAG},
}
ALONE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself is a page: it runs nothing, fetches nothing and is of no site."""


@router.get("", responses=SHOWN | answers(NotFound), summary="Show a floor plan")
def get_floor_plan(
    identifier: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> FloorPlan:
    """Show what the floor plan of a location is, and what is pinned to it."""
    return tagged(response, floor_plans.get(session, identifier))


@router.get(
    "/image", responses=SENT | answers(NotFound), response_class=Response, summary="Fetch a picture"
)
def get_picture(
    identifier: Identifier,
    _reads: ReadsRegistry,
    session: SessionDep,
    if_none_match: Annotated[
        str | None, Header(max_length=1_000, description="The ETag of the picture one has.")
    ] = None,
) -> Response:
    """Answer the picture of a location; 304 to who has it."""
    tag = f'"{floor_plans.digest_of(session, identifier)}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Content-Security-Policy": ALONE}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    content, kind, digest = floor_plans.picture(session, identifier)
    return Response(content, media_type=kind, headers=headers | {"ETag": f'"{digest}"'})


@router.put(
    "",
    responses=SHOWN | answers(NotFound, Stale, TooLarge, Unavailable),
    openapi_extra=PICTURE,
    summary="Bring a picture",
)
async def put_floor_plan(
    admission: BringsRegistry,
    pictures: PicturesDep,
    identifier: Identifier,
    expected: IfMatch,
    response: Response,
) -> FloorPlan:
    """Give a location a picture: PNG, JPEG or SVG, at most 8 MiB and 24 million pixels.

    A PNG or JPEG is drawn anew, without metadata; an SVG that does more than draw is refused. What
    is pinned to the picture before stays where it is.
    """
    return tagged(response, await pictures.take(admission, identifier, expected))


@router.patch("", responses=SHOWN | answers(NotFound, Stale), summary="Pin things to a floor plan")
def update_floor_plan(
    _writes: WritesRegistry,
    identifier: Identifier,
    change: FloorPlanChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> FloorPlan:
    """Pin sensors and locations, instead of those that were pinned."""
    return tagged(response, floor_plans.update(session, identifier, change, expected))


@router.delete("", status_code=204, responses=answers(NotFound, Stale), summary="Remove a picture")
def delete_floor_plan(
    _writes: WritesRegistry, identifier: Identifier, expected: IfMatch, session: SessionDep
) -> None:
    """Take the picture of a location away, with all pins."""
    floor_plans.delete(session, identifier, expected)
