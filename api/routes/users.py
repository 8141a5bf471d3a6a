"""The people who can log in; for admins."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import Admin, HasherDep
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.people.users import NewUser, User, UserChange, UserQuery
from dtbase.errors import AlreadyExists, Conflict, NotFound, Stale, TooMany
from dtbase.storage.people import users

router = APIRouter(prefix="/users", tags=["users"])

LARGEST_ID = 2**31 - 1
UserId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
FewUsers = Annotated[list[NewUser], Body(min_length=1, max_length=100)]
"""Each password takes a while to hash, on purpose."""


@router.get("", responses=PAGED, summary="List users")
def list_users(
    wanted: Annotated[UserQuery, Query()],
    request: Request,
    response: Response,
    _admin: Admin,
    session: SessionDep,
) -> Sequence[User]:
    """List the users that fit, a page at a time; the Link header leads to the next page."""
    return linked(request, response, users.page(session, wanted))


@router.post("", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add a user")
def add_user(
    new: NewUser,
    request: Request,
    response: Response,
    _admin: Admin,
    session: SessionDep,
    hasher: HasherDep,
) -> User:
    """Let somebody in."""
    user = users.add(session, new, hasher)
    response.headers["Location"] = str(request.url_for("get_user", user_id=user.id).path)
    return tagged(response, user)


@router.post(
    "/bulk", status_code=201, responses=answers(AlreadyExists, TooMany), summary="Add many users"
)
def add_users(
    _admin: Admin, new: FewUsers, session: SessionDep, hasher: HasherDep
) -> Sequence[User]:
    """Let up to a hundred in, all or none; refusals name each row, field and rule.

    Each password is hashed for a while, on purpose, one after another. A second such request
    meanwhile gets 429.
    """
    return users.add_many(session, new, hasher)


@router.get("/{user_id}", responses=SHOWN | answers(NotFound), summary="Show a user")
def get_user(user_id: UserId, response: Response, _admin: Admin, session: SessionDep) -> User:
    """Show one user."""
    return tagged(response, users.get(session, user_id))


@router.patch(
    "/{user_id}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Conflict, Stale),
    summary="Change a user",
)
def update_user(
    _admin: Admin,
    user_id: UserId,
    change: UserChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
    hasher: HasherDep,
) -> User:
    """Change what is given; a new password or a deactivation logs the user out at once."""
    return tagged(response, users.update(session, user_id, change, hasher, expected))


@router.delete(
    "/{user_id}",
    status_code=204,
    responses=answers(NotFound, Conflict, Stale),
    summary="Remove a user",
)
def delete_user(_admin: Admin, user_id: UserId, expected: IfMatch, session: SessionDep) -> None:
    """Remove a user; the last active admin stays."""
    users.delete(session, user_id, expected)
