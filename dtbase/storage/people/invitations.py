"""Invitations: the link is shown once and stored by the hash of its token."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, exists, select
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.people.invitations import (
    LONGEST,
    USUAL,
    Acceptance,
    Invitation,
    InvitationQuery,
    Invited,
    NewInvitation,
)
from dtbase.domain.people.users import NewUser, Role, User
from dtbase.errors import AlreadyExists, Invalid, NotFound
from dtbase.storage import paging, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit, tokens, users
from dtbase.storage.people.passwords import Hasher
from dtbase.storage.people.tokens import hash_of

Stored = tables.Invitation
NOUN = "invitation"
ORDER = paging.Order(
    columns={
        "email": Stored.email.expression,
        "created_at": Stored.created_at.expression,
        "expires_at": Stored.expires_at.expression,
    },
    key=("email",),
)

WORTHLESS = "this link opens nothing: it was used or withdrawn, has run out, or is not whole"
"""One sentence for all, so that a stranger learns nothing of who was invited."""


def with_inviters() -> Select[Stored, str]:
    inviter = tables.User
    return select(Stored, inviter.email).join(inviter, inviter.id == Stored.user_id)


def to_domain(row: Row[*tuple[Any, ...]]) -> Invitation:
    found, inviter = row
    return Invitation(
        id=found.id,
        email=found.email,
        role=Role(found.role),
        invited_by=inviter,
        created_at=found.created_at,
        expires_at=found.expires_at,
    )


def page(session: Session, wanted: InvitationQuery) -> Listed[Invitation]:
    query = with_inviters()
    if wanted.role is not None:
        query = query.where(Stored.role == wanted.role.value)
    if wanted.search is not None:
        query = query.where(Stored.email.icontains(wanted.search, autoescape=True))
    return paging.page(session, query, wanted, ORDER, to_domain)


def get(session: Session, invitation_id: int) -> Invitation:
    row = session.execute(with_inviters().where(Stored.id == invitation_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no invitation {invitation_id}")
    return to_domain(row)


def add(
    session: Session, new: NewInvitation, inviter: User, now: datetime
) -> tuple[Invitation, str]:
    """Invite somebody, and return the token that nobody sees again; one that ran out goes."""
    ends = new.expires_at or now + USUAL
    check_end(ends, now)
    refuse_users(session, new.email)
    forget_ended(session, new.email, now)
    token = secrets.token_urlsafe(32)
    row = Stored(
        user_id=inviter.id,
        email=new.email,
        role=new.role.value,
        token_hash=hash_of(token),
        expires_at=ends,
    )
    thing = f"an invitation of {new.email}, which can be withdrawn,"
    with refusing(thing, "email"), session.begin_nested():
        session.add(row)
    invitation = get(session, row.id)
    audit.created(session, NOUN, invitation.email, invitation)
    return invitation, token


def check_end(ends: datetime, now: datetime) -> None:
    if ends <= now:
        raise Invalid("must lie in the future", field="expires_at")
    if ends > now + LONGEST:
        raise Invalid(f"must lie within {LONGEST.days} days from now", field="expires_at")


def refuse_users(session: Session, email: str) -> None:
    if session.scalar(select(exists().where(tables.User.email == email))):
        raise AlreadyExists(f"a user with the e-mail {email!r} already exists", field="email")


def forget_ended(session: Session, email: str, now: datetime) -> None:
    """Remove an invitation that ran out, and note it."""
    query = with_inviters().where(Stored.email == email, Stored.expires_at <= now)
    for row in session.execute(query.with_for_update(of=Stored)).all():
        drop(session, to_domain(row))


def withdraw(session: Session, invitation_id: int) -> None:
    """Make a link worthless."""
    drop(session, get(session, invitation_id))


def drop(session: Session, invitation: Invitation) -> None:
    session.execute(delete(Stored).where(Stored.id == invitation.id))
    audit.deleted(session, NOUN, invitation.email, invitation)


def look(session: Session, token: str, now: datetime) -> Invited:
    """Return whom a link invites, or refuse."""
    found = held(session, token, now)
    return Invited(email=found.email, role=found.role, expires_at=found.expires_at)


def held(session: Session, token: str, now: datetime) -> Invitation:
    """Return the invitation of a good token, locked together with whoever gave it.

    It is good only while its giver is an active admin.
    """
    named = Stored.token_hash == hash_of(token)
    inviter_id = session.scalar(select(Stored.user_id).where(named))
    inviter = None if inviter_id is None else tokens.lock_user(session, inviter_id)
    query = with_inviters().where(named, Stored.expires_at > now).with_for_update(of=Stored)
    row = session.execute(query).one_or_none()
    if row is None or inviter is None or not inviter.active or inviter.role != Role.ADMIN:
        raise NotFound(WORTHLESS, field="token")
    return to_domain(row)


def accept(session: Session, invitation: Invitation, wanted: Acceptance, hasher: Hasher) -> User:
    """Let in who was invited, in whose own name it is noted; the caller holds the invitation."""
    audit.act_as(session, invitation.email)
    new = NewUser(email=invitation.email, password=wanted.password, role=invitation.role)
    user = users.add(session, new, hasher)
    drop(session, invitation)
    return user
