"""Views: pages of the dashboard under a name, one's own and shared ones."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import Person
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.people.views import NewView, View, ViewChange, ViewQuery
from dtbase.errors import AlreadyExists, Conflict, NotFound, Stale
from dtbase.storage.people import views

router = APIRouter(prefix="/views", tags=["views"])

LARGEST_ID = 2**31 - 1
ViewId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", responses=PAGED, summary="List views")
def list_views(
    person: Person,
    wanted: Annotated[ViewQuery, Query()],
    request: Request,
    response: Response,
    session: SessionDep,
) -> Sequence[View]:
    """List those of one's own and of the shared views that fit, a page at a time, by name."""
    return linked(request, response, views.page(session, wanted, person))


@router.post(
    "", status_code=201, responses=ADDED | answers(AlreadyExists, Conflict), summary="Save a view"
)
def add_view(person: Person, new: NewView, response: Response, session: SessionDep) -> View:
    """Keep a page of the dashboard under a name, for oneself or shared with everybody."""
    added = views.add(session, new, person)
    response.headers["Location"] = f"/v1/views/{added.id}"
    return tagged(response, added)


@router.get("/{view_id}", responses=SHOWN | answers(NotFound), summary="Show a view")
def get_view(view_id: ViewId, person: Person, response: Response, session: SessionDep) -> View:
    """Show one's own view or a shared one."""
    return tagged(response, views.get(session, view_id, person))


@router.patch(
    "/{view_id}", responses=SHOWN | answers(NotFound, AlreadyExists, Stale), summary="Change a view"
)
def update_view(
    person: Person,
    view_id: ViewId,
    change: ViewChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> View:
    """Rename, share or pin one's own view, or point it elsewhere; admins change shared ones too."""
    return tagged(response, views.update(session, view_id, change, person, expected))


@router.delete(
    "/{view_id}", status_code=204, responses=answers(NotFound, Stale), summary="Delete a view"
)
def delete_view(person: Person, view_id: ViewId, expected: IfMatch, session: SessionDep) -> None:
    """Delete one's own view; admins delete shared ones too."""
    views.delete(session, view_id, person, expected)
