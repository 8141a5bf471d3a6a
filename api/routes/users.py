"""The people who can log in; for admins."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import Admin, HasherDep
from dtbase.domain.users import NewUser, User, UserChange
from dtbase.errors import AlreadyExists, Conflict, NotFound
from dtbase.storage import users

router = APIRouter(prefix="/users", tags=["users"])

LARGEST_ID = 2**31 - 1
UserId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", summary="List users")
def list_users(_admin: Admin, session: SessionDep) -> Sequence[User]:
    """List everybody."""
    return users.list(session)


@router.post("", status_code=201, responses=answers(AlreadyExists), summary="Add a user")
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
    return user


@router.get("/{user_id}", responses=answers(NotFound), summary="Show a user")
def get_user(user_id: UserId, _admin: Admin, session: SessionDep) -> User:
    """Show one user."""
    return users.get(session, user_id)


@router.patch("/{user_id}", responses=answers(NotFound, Conflict), summary="Change a user")
def update_user(
    user_id: UserId, change: UserChange, _admin: Admin, session: SessionDep, hasher: HasherDep
) -> User:
    """Change what is given; a new password or a deactivation logs the user out at once."""
    return users.update(session, user_id, change, hasher)


@router.delete(
    "/{user_id}", status_code=204, responses=answers(NotFound, Conflict), summary="Remove a user"
)
def delete_user(user_id: UserId, _admin: Admin, session: SessionDep) -> None:
    """Remove a user; the last active admin stays."""
    users.delete(session, user_id)
