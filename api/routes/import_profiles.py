"""Profiles of files, kept by name: how the files of one kind are read."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.bulk import Many
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import DeletesRegistry, ReadsRegistry, WritesRegistry
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.imports.profiles import NamedProfile, NamedProfileChange, NamedProfileQuery
from dtbase.domain.names import Identifier
from dtbase.errors import AlreadyExists, NotFound, Stale
from dtbase.storage.imports import profiles

router = APIRouter(prefix="/import-profiles", tags=["imports"])


@router.get("", responses=PAGED, summary="List import profiles")
def list_import_profiles(
    wanted: Annotated[NamedProfileQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[NamedProfile]:
    """List the profiles that fit, a page at a time; the Link header leads to the next page."""
    return linked(request, response, profiles.page(session, wanted))


@router.post(
    "", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add an import profile"
)
def add_import_profile(
    _writes: WritesRegistry, new: NamedProfile, response: Response, session: SessionDep
) -> NamedProfile:
    """Keep a profile: how the tables of one kind of file are read."""
    response.headers["Location"] = f"/v1/import-profiles/{new.name}"
    return tagged(response, profiles.add(session, new))


@router.post(
    "/bulk", status_code=201, responses=answers(AlreadyExists), summary="Add many import profiles"
)
def add_import_profiles(
    _writes: WritesRegistry, new: Many[NamedProfile], session: SessionDep
) -> Sequence[NamedProfile]:
    """Add many profiles, all or none; refusals name each row, field and rule."""
    return profiles.add_many(session, new)


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show an import profile")
def get_import_profile(
    name: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> NamedProfile:
    """Show one profile."""
    return tagged(response, profiles.get(session, name))


@router.patch(
    "/{name}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Stale),
    summary="Change an import profile",
)
def update_import_profile(
    _writes: WritesRegistry,
    name: Identifier,
    change: NamedProfileChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> NamedProfile:
    """Change what is given; files that are imported already stay as they are."""
    return tagged(response, profiles.update(session, name, change, expected))


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, Stale),
    summary="Delete an import profile",
)
def delete_import_profile(
    _deletes: DeletesRegistry, name: Identifier, expected: IfMatch, session: SessionDep
) -> None:
    """Delete a profile; files that are imported already stay as they are."""
    profiles.delete(session, name, expected)
