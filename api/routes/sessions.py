"""Open log-ins: people see and end their own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import Person, PrincipalDep
from dtbase.domain.people.sessions import OpenSession
from dtbase.errors import NotFound
from dtbase.storage.people import sessions

router = APIRouter(prefix="/sessions", tags=["log-in"])

SessionId = Annotated[UUID, Path(description="The id that the list of sessions gives.")]


@router.get("", summary="List one's own log-ins")
def list_sessions(
    person: Person, asking: PrincipalDep, session: SessionDep
) -> Sequence[OpenSession]:
    """List one's open log-ins, the one used last first."""
    return sessions.list(session, person.id, datetime.now(UTC), asking.family)


@router.delete("", status_code=204, summary="Log out everywhere")
def end_sessions(person: Person, session: SessionDep) -> None:
    """End all one's log-ins at once, the one that asks included; API keys go on."""
    sessions.end_all(session, person.id)


@router.delete(
    "/{session_id}", status_code=204, responses=answers(NotFound), summary="End a log-in"
)
def end_session(session_id: SessionId, person: Person, session: SessionDep) -> None:
    """End one of one's log-ins at once, with its access tokens."""
    sessions.end(session, person.id, session_id, datetime.now(UTC))
