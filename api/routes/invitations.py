"""Invitations: admins give links, and whoever has one becomes a user by it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import HttpUrl
from sqlalchemy.orm import Session

from api.callers import tokens_for
from api.dependencies import SessionDep
from api.mail import Letter, Send, SendDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.proxies import Address
from api.security import Admin, HasherDep
from api.security_log import noting_refusals, security_log
from api.throttle import Throttle, ThrottleDep
from dtbase.domain.people.invitations import (
    Acceptance,
    Invitation,
    InvitationQuery,
    InvitationToken,
    Invited,
    IssuedInvitation,
    NewInvitation,
    path_of,
)
from dtbase.domain.people.users import Tokens
from dtbase.domain.registry.twin import Twin
from dtbase.errors import AlreadyExists, NotFound, TooMany, Unavailable
from dtbase.settings import get_settings
from dtbase.storage.people import invitations, tokens
from dtbase.storage.registry import twin

router = APIRouter(prefix="/invitations", tags=["users"])

LARGEST_ID = 2**31 - 1
InvitationId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
NO_SERVER = "the twin has no mail server"
LETTER = """{inviter} invites you to {twin}, as {role}.

Open this link, and choose a password:

{link}

It is good once, until {ends} UTC. If you expect no invitation, do nothing.
"""


@router.get("", responses=PAGED, summary="List invitations")
def list_invitations(
    _admin: Admin,
    wanted: Annotated[InvitationQuery, Query()],
    request: Request,
    response: Response,
    session: SessionDep,
) -> Sequence[Invitation]:
    """List the invitations that nobody has accepted yet, a page at a time."""
    return linked(request, response, invitations.page(session, wanted))


@router.post("", status_code=201, responses=answers(AlreadyExists), summary="Invite somebody")
def add_invitation(
    admin: Admin, new: NewInvitation, response: Response, session: SessionDep, send: SendDep
) -> IssuedInvitation:
    """Make a link by which somebody becomes a user; it is shown this once."""
    invitation, token = invitations.add(session, new, admin, datetime.now(UTC))
    link = link_of(get_settings().public_web_url, token)
    reason = mailed(session, invitation, link, send) if new.mail else "it was not asked for"
    response.headers["Location"] = f"/v1/invitations/{invitation.id}"
    response.headers["Cache-Control"] = "no-store"
    return IssuedInvitation(
        **invitation.model_dump(),
        token=token,
        link=link,
        mailed=reason is None,
        not_mailed_because=reason,
    )


def link_of(dashboard: HttpUrl | None, token: str) -> str:
    """Return the link: a whole one, if it is known where the dashboard is."""
    return ("" if dashboard is None else str(dashboard).rstrip("/")) + path_of(token)


def mailed(session: Session, invitation: Invitation, link: str, send: Send | None) -> str | None:
    """Send the link, or return why it was not sent: the invitation holds all the same."""
    if send is None:
        return NO_SERVER
    try:
        send(letter(twin.get(session), invitation, link))
    except Unavailable as error:
        return error.detail
    return None


def letter(about: Twin, invitation: Invitation, link: str) -> Letter:
    text = LETTER.format(
        inviter=invitation.invited_by,
        twin=about.name,
        role=invitation.role,
        link=link,
        ends=f"{invitation.expires_at:%Y-%m-%d %H:%M}",
    )
    return Letter(to=invitation.email, subject=f"Invitation to {about.name}", text=text)


@router.post("/look", responses=answers(NotFound, TooMany), summary="Look at an invitation")
def look_at_invitation(
    asked: InvitationToken, session: SessionDep, throttle: ThrottleDep, address: Address
) -> Invited:
    """Tell the bearer of a link whom it invites; a link that opens nothing is always a 404."""
    with counted(throttle, address):
        return invitations.look(session, asked.token.get_secret_value(), datetime.now(UTC))


@router.post(
    "/accept", responses=answers(AlreadyExists, NotFound, TooMany), summary="Accept an invitation"
)
def accept_invitation(
    wanted: Acceptance,
    session: SessionDep,
    hasher: HasherDep,
    throttle: ThrottleDep,
    address: Address,
) -> Tokens:
    """Become a user with a password of one's own, and be logged in; the link opens nothing more."""
    now = datetime.now(UTC)
    with counted(throttle, address):
        invitation = invitations.held(session, wanted.token.get_secret_value(), now)
    user = invitations.accept(session, invitation, wanted, hasher)
    security_log.info("%r accepted an invitation from %s", user.email, address)
    return tokens_for(tokens.begin(session, user.id, now))


@router.get("/{invitation_id}", responses=answers(NotFound), summary="Show an invitation")
def get_invitation(invitation_id: InvitationId, _admin: Admin, session: SessionDep) -> Invitation:
    """Show an invitation; never its link."""
    return invitations.get(session, invitation_id)


@router.delete(
    "/{invitation_id}",
    status_code=204,
    responses=answers(NotFound),
    summary="Withdraw an invitation",
)
def withdraw_invitation(invitation_id: InvitationId, _admin: Admin, session: SessionDep) -> None:
    """Make a link worthless at once; the log of changes keeps whom it invited."""
    invitations.withdraw(session, invitation_id)


@contextmanager
def counted(throttle: Throttle, address: str) -> Iterator[None]:
    """Count a try with a link, and forget it if the link is good."""
    bearer = f"invitation from {address}"
    with noting_refusals("take an invitation", bearer, address):
        throttle.attempt(bearer, address)
        yield
    throttle.succeed(bearer, address)
