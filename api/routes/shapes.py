"""Shapes: a .glb of a location, with what is pinned in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.pictures import ShapesDep
from api.security import BringsRegistry, ReadsRegistry, WritesRegistry
from api.versions import ETAG, SHOWN, IfMatch, tagged
from dtbase.domain.names import Identifier
from dtbase.domain.registry.shapes import Shape, ShapeChange
from dtbase.errors import NotFound, Stale, TooLarge, Unavailable
from dtbase.storage.registry import shapes

router = APIRouter(prefix="/locations/{identifier}/shape", tags=["locations"])

GLB = "model/gltf-binary"
BINARY = {GLB: {"schema": {"type": "string", "format": "binary"}}}
FILE = {"requestBody": {"required": True, "content": BINARY}}
SENT: dict[int | str, dict[str, Any]] = {
    200: {"content": BINARY, "headers": ETAG},
    304: {"description": "It is the same file.", "headers": ETAG},
}
ALONE = "default-src 'none'; sandbox"


@router.get("", responses=SHOWN | answers(NotFound), summary="Show a shape")
def get_shape(
    identifier: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> Shape:
    """Show what the shape of a location is, and what is pinned to it."""
    return tagged(response, shapes.get(session, identifier))


@router.get(
    "/file", responses=SENT | answers(NotFound), response_class=Response, summary="Fetch a shape"
)
def get_shape_file(
    identifier: Identifier,
    _reads: ReadsRegistry,
    session: SessionDep,
    if_none_match: Annotated[
        str | None, Header(max_length=1_000, description="The ETag of the file one has.")
    ] = None,
) -> Response:
    """Answer the .glb of a location; 304 to who has it."""
    tag = f'"{shapes.digest_of(session, identifier)}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Content-Security-Policy": ALONE}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    content, digest = shapes.file(session, identifier)
    return Response(content, media_type=GLB, headers=headers | {"ETag": f'"{digest}"'})


@router.put(
    "",
    responses=SHOWN | answers(NotFound, Stale, TooLarge, Unavailable),
    openapi_extra=FILE,
    summary="Bring a shape",
)
async def put_shape(
    admission: BringsRegistry,
    brought: ShapesDep,
    identifier: Identifier,
    expected: IfMatch,
    response: Response,
) -> Shape:
    """Give a location a shape: a .glb of at most 16 MiB and two million corners.

    All that it draws must be in the file itself, uncompressed; what refers to anything else is
    refused. What is pinned to the shape before stays where it is.
    """
    return tagged(response, await brought.take(admission, identifier, expected))


@router.patch("", responses=SHOWN | answers(NotFound, Stale), summary="Pin things to a shape")
def update_shape(
    _writes: WritesRegistry,
    identifier: Identifier,
    change: ShapeChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Shape:
    """Pin sensors and locations, instead of those that were pinned."""
    return tagged(response, shapes.update(session, identifier, change, expected))


@router.delete("", status_code=204, responses=answers(NotFound, Stale), summary="Remove a shape")
def delete_shape(
    _writes: WritesRegistry, identifier: Identifier, expected: IfMatch, session: SessionDep
) -> None:
    """Take the shape of a location away, with all pins."""
    shapes.delete(session, identifier, expected)
