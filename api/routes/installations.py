"""Installations: which sensor was where since when."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.bulk import Many
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import DeletesRegistry, ReadsRegistry, WritesRegistry
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.registry.installations import (
    Installation,
    InstallationChange,
    InstallationQuery,
    NewInstallation,
)
from dtbase.errors import AlreadyExists, NotFound, Stale
from dtbase.storage.registry import installations

router = APIRouter(prefix="/installations", tags=["installations"])

LARGEST_ID = 2**31 - 1
InstallationId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", responses=PAGED, summary="List installations")
def list_installations(
    wanted: Annotated[InstallationQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Installation]:
    """List installations in order of time, a page at a time.

    With `sensor` it is a sensor's history; with `sensor` and `at` it says where the sensor was
    then; with `location` and `at`, which sensors were there.
    """
    return linked(request, response, installations.page(session, wanted))


@router.post(
    "", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Install a sensor"
)
def add_installation(
    _writes: WritesRegistry, new: NewInstallation, response: Response, session: SessionDep
) -> Installation:
    """Note that a sensor stands at a location from now or any other time on.

    Without a location it stands nowhere from then on, which ends the installation before.
    """
    added = installations.add(session, new)
    response.headers["Location"] = f"/v1/installations/{added.id}"
    return tagged(response, added)


@router.post(
    "/bulk", status_code=201, responses=answers(AlreadyExists), summary="Install many sensors"
)
def add_installations(
    _writes: WritesRegistry, new: Many[NewInstallation], session: SessionDep
) -> Sequence[Installation]:
    """Add many installations, all or none; refusals name each row, field and rule."""
    return installations.add_many(session, new)


@router.get(
    "/{installation_id}", responses=SHOWN | answers(NotFound), summary="Show an installation"
)
def get_installation(
    installation_id: InstallationId,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Installation:
    """Show one installation; it lasts until the sensor's next one."""
    return tagged(response, installations.get(session, installation_id))


@router.patch(
    "/{installation_id}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Stale),
    summary="Put an installation right",
)
def update_installation(
    _writes: WritesRegistry,
    installation_id: InstallationId,
    change: InstallationChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Installation:
    """Put right where a sensor was, or since when."""
    return tagged(response, installations.update(session, installation_id, change, expected))


@router.delete(
    "/{installation_id}",
    status_code=204,
    responses=answers(NotFound, Stale),
    summary="Delete an installation",
)
def delete_installation(
    _deletes: DeletesRegistry,
    installation_id: InstallationId,
    expected: IfMatch,
    session: SessionDep,
) -> None:
    """Take an installation out of the history; the one before it then lasts longer."""
    installations.delete(session, installation_id, expected)
