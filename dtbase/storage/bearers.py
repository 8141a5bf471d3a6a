"""Whose an API key is, in one query, since every request of a device asks."""

import hmac
import re
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.keys import Key
from dtbase.domain.users import User
from dtbase.storage import keys, tables, users
from dtbase.storage.tables import ApiKey

FORM = re.compile(r"dtb_([1-9][0-9]{0,8})_([A-Za-z0-9_-]{43})", re.ASCII)


WORKING = (
    select(ApiKey, tables.User, keys.SENSORS)
    .join(tables.User, tables.User.id == ApiKey.user_id)
    .where(
        ApiKey.id == bindparam("key_id"),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
        tables.User.active,
    )
)
"""The key of an id, if it works, with its owner and its sensors."""


class Bearer(Frozen):
    """A key that works, and its owner in the lesser of both their roles."""

    user: User
    key: Key


def is_key(token: str) -> bool:
    """Tell whether a token means to be a key."""
    return token.startswith(f"{keys.PREFIX}_")


def find(session: Session, token: str) -> Bearer | None:
    """Return who brings a key; none for one that is unknown, wrong, revoked or expired."""
    form = FORM.fullmatch(token)
    if form is None:
        return None
    row = session.execute(WORKING, {"key_id": int(form[1])}).one_or_none()
    if row is None or not hmac.compare_digest(row[0].secret_hash, keys.hash_of(form[2])):
        return None
    found, account, sensors = row
    key = keys.describe(found, sensors, account.email)
    user = users.describe(account)
    return Bearer(user=user.model_copy(update={"role": user.role.at_most(key.role)}), key=key)


def used_lately(key: Key, now: datetime) -> bool:
    """Tell whether the last use is known exactly enough."""
    return key.last_used_at is not None and now - key.last_used_at < keys.PRECISION
