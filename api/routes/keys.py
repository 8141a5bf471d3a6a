"""API keys: people tend their own, admins everybody's; no key tends keys."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import SessionDep, StateDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import Person
from dtbase.domain.people.keys import IssuedKey, Key, KeyQuery, NewKey
from dtbase.domain.people.refusals import Refusal
from dtbase.domain.people.users import Role, User
from dtbase.errors import AlreadyExists, Conflict, NotAllowed, NotFound, Unavailable
from dtbase.storage.people import keys, users

router = APIRouter(prefix="/keys", tags=["keys"])

LARGEST_ID = 2**31 - 1
KeyId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


def reach(person: User) -> int | None:
    """Return whose keys somebody may tend; None means everybody's."""
    return None if person.role is Role.ADMIN else person.id


@router.get("", responses=PAGED, summary="List keys")
def list_keys(
    person: Person,
    wanted: Annotated[KeyQuery, Query()],
    request: Request,
    response: Response,
    session: SessionDep,
) -> Sequence[Key]:
    """List those of one's own keys that fit, or for an admin of everybody's, a page at a time."""
    return linked(request, response, keys.page(session, wanted, reach(person)))


@router.post(
    "",
    status_code=201,
    responses=answers(AlreadyExists, Conflict, NotFound),
    summary="Issue a key",
)
def add_key(person: Person, new: NewKey, response: Response, session: SessionDep) -> IssuedKey:
    """Issue a key for oneself, or as an admin for anybody; its secret is shown this once."""
    key = keys.add(session, new, owner_of(session, new, person), datetime.now(UTC))
    response.headers["Location"] = f"/v1/keys/{key.id}"
    response.headers["Cache-Control"] = "no-store"
    return key


def owner_of(session: Session, new: NewKey, person: User) -> User:
    if new.owner is None or new.owner == person.email:
        return person
    if person.role is not Role.ADMIN:
        raise NotAllowed("only an admin issues keys for others")
    return users.find(session, new.owner)


@router.get("/{key_id}", responses=answers(NotFound), summary="Show a key")
def get_key(key_id: KeyId, person: Person, session: SessionDep) -> Key:
    """Show a key and when it was last used; never its secret."""
    return keys.get(session, key_id, reach(person))


@router.get(
    "/{key_id}/refusals",
    responses=answers(NotFound, Unavailable),
    summary="Show what was refused to a key",
)
def list_refusals(
    key_id: KeyId, person: Person, session: SessionDep, state: StateDep
) -> Sequence[Refusal]:
    """Show what was refused to a key within the last hour, the last first, and what helps.

    The same refusal again and again is told once, and counted. Readings that were taken and set
    aside are told too.
    """
    return state.refusals.of(keys.get(session, key_id, reach(person)))


@router.delete("/{key_id}", status_code=204, responses=answers(NotFound), summary="Revoke a key")
def revoke_key(key_id: KeyId, person: Person, session: SessionDep) -> None:
    """End a key at once and for good; the log of changes keeps when it was last used."""
    keys.revoke(session, key_id, reach(person))
