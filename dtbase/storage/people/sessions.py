"""The open log-ins of somebody: each is a family of refresh tokens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dtbase.domain.people.sessions import OpenSession
from dtbase.errors import NotFound
from dtbase.storage.people import tokens
from dtbase.storage.tables import RefreshToken


def list(
    session: Session, user_id: int, now: datetime, current: UUID | None
) -> Sequence[OpenSession]:
    """Return somebody's open sessions, the one used last first."""
    used = func.max(RefreshToken.created_at)
    query = (
        select(
            RefreshToken.family,
            func.min(RefreshToken.created_at),
            used,
            func.max(RefreshToken.expires_at),
        )
        .where(
            RefreshToken.user_id == user_id,
            RefreshToken.revoked_at.is_(None),
            RefreshToken.expires_at > now,
        )
        .group_by(RefreshToken.family)
        .order_by(used.desc(), RefreshToken.family)
    )
    return [
        OpenSession(
            id=family,
            started_at=started_at,
            used_at=used_at,
            expires_at=expires_at,
            current=family == current,
        )
        for family, started_at, used_at, expires_at in session.execute(query)
    ]


def end(session: Session, user_id: int, family: UUID, now: datetime) -> None:
    """End one of somebody's sessions, or raise NotFound."""
    tokens.lock_user(session, user_id)
    if all(each.id != family for each in list(session, user_id, now, None)):
        raise NotFound(f"no open session {family}", field="session_id")
    tokens.revoke_family(session, family, now)


def end_all(session: Session, user_id: int) -> None:
    """End every session of somebody."""
    tokens.lock_user(session, user_id)
    tokens.revoke_user(session, user_id)
