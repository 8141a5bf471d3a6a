"""What changed: asked often, by every open page, and so cheap."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from api.dependencies import SessionDep
from api.security import ReadsReadings
from api.versions import ETAG
from dtbase.domain.glance.changes import Changes
from dtbase.domain.versions import version_of
from dtbase.storage.glance import changes

router = APIRouter(prefix="/changes", tags=["glance"])

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"headers": ETAG},
    304: {"description": "Nothing changed.", "headers": ETAG},
}


@router.get("", responses=ANSWERS, response_model=Changes, summary="Ask what changed")
def ask_changes(
    _reads: ReadsReadings,
    session: SessionDep,
    response: Response,
    if_none_match: Annotated[
        str | None, Header(max_length=1_000, description="The ETag of the answer before.")
    ] = None,
) -> Changes | Response:
    """Tell versions that differ once there is something new; 304 if all are as they were.

    A page that shows readings asks this every few seconds, and for readings only when they changed.
    """
    found = changes.current(session)
    tag = f'"{version_of(found)}"'
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return found
