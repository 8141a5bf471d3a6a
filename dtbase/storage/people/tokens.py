"""Refresh tokens: each is good once, and all that stem from one log-in make a family.

Whatever changes a user's tokens first locks the user's row, so that a rotation never slips
past a log-out, a new password or a deactivation that happens at the same moment.
"""

import logging
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.storage.tables import RefreshToken, User

logger = logging.getLogger(__name__)

FAMILY_LIFE = timedelta(days=30)
"""After this somebody logs in anew, however often the token was exchanged."""

RETRY_WINDOW = timedelta(seconds=10)
"""How long a used token may be used again: its answer got lost, or twin requests came at once."""


class Grant(Frozen):
    """Somebody's session and the refresh token that continues it."""

    user_id: int
    family: UUID
    refresh_token: str


def hash_of(token: str) -> bytes:
    """Return what is stored of a token; 256 random bits need no salt and no slow hash."""
    return sha256(token.encode()).digest()


def lock_user(session: Session, user_id: int) -> User | None:
    """Read a user's row as it now is, and hold it until the transaction ends."""
    query = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def begin(session: Session, user_id: int, now: datetime) -> Grant:
    """Open a family for somebody who just logged in; the caller has locked the user."""
    session.execute(
        delete(RefreshToken).where(RefreshToken.user_id == user_id, RefreshToken.expires_at < now)
    )
    return issue(session, user_id, uuid4(), now + FAMILY_LIFE)


def issue(session: Session, user_id: int, family: UUID, expires_at: datetime) -> Grant:
    """Store the hash of a new token of a family."""
    token = secrets.token_urlsafe(32)
    session.add(
        RefreshToken(
            user_id=user_id, family=family, token_hash=hash_of(token), expires_at=expires_at
        )
    )
    session.flush()
    return Grant(user_id=user_id, family=family, refresh_token=token)


def rotate(session: Session, token: str, now: datetime) -> Grant | None:
    """Exchange a token for the next; none is given for one that is stale, ended or stolen.

    A token that comes back long after it was used is in two hands: its family ends. Those who
    used one at the same time each go on with a token of their own. Commit even when nothing is
    granted, or the family lives on.
    """
    found = locked(session, token)
    if found is None or found.revoked_at is not None or found.expires_at <= now:
        return None
    if found.used_at is None:
        found.used_at = now
    elif now - found.used_at > RETRY_WINDOW:
        logger.warning("refresh token of user %s used twice; session ended", found.user_id)
        revoke_family(session, found.family, now)
        return None
    return issue(session, found.user_id, found.family, found.expires_at)


def locked(session: Session, token: str) -> RefreshToken | None:
    """Find a token of an active user, and hold the user."""
    named = RefreshToken.token_hash == hash_of(token)
    user_id = session.scalar(select(RefreshToken.user_id).where(named))
    if user_id is None:
        return None
    user = lock_user(session, user_id)
    if user is None or not user.active:
        return None
    query = select(RefreshToken).where(named)
    return session.scalar(query.execution_options(populate_existing=True))


def revoke_family(session: Session, family: UUID, now: datetime) -> None:
    """End a session: its refresh tokens, and with them its access tokens, stop working."""
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def revoke_user(session: Session, user_id: int, *, keep: UUID | None = None) -> None:
    """End every session of a user, save one to keep; the caller has locked the user."""
    session.execute(
        update(RefreshToken)
        .where(
            RefreshToken.user_id == user_id,
            RefreshToken.family.is_distinct_from(keep),
            RefreshToken.revoked_at.is_(None),
        )
        .values(revoked_at=func.clock_timestamp())
    )


def end(session: Session, token: str, now: datetime) -> None:
    """Log out: end the family of a token; an unknown token ends nothing."""
    found = locked(session, token)
    if found is not None:
        revoke_family(session, found.family, now)
