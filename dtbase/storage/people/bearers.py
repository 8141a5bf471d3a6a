"""Whose API keys are, in one query for many, since every request of a device asks."""

import hmac
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Integer, Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.people.keys import Key
from dtbase.domain.people.users import User
from dtbase.storage import tables
from dtbase.storage.people import keys, users
from dtbase.storage.tables import ApiKey

FORM = re.compile(r"dtb_([1-9][0-9]{0,8})_([A-Za-z0-9_-]{43})", re.ASCII)


WORKING = (
    select(ApiKey, tables.User, keys.SENSORS)
    .join(tables.User, tables.User.id == ApiKey.user_id)
    .where(
        ApiKey.id == func.any(bindparam("ids", type_=ARRAY(Integer))),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
        tables.User.active,
    )
)
"""Those of some keys that work, with their owners and their sensors."""


class Bearer(Frozen):
    """A key that works, and its owner in the lesser of both their roles."""

    user: User
    key: Key


def is_key(token: str) -> bool:
    return token.startswith(f"{keys.PREFIX}_")


def find(session: Session, tokens: Collection[str]) -> Mapping[str, Bearer]:
    """Return who brings keys; without those that are unknown, wrong, revoked or expired."""
    forms = {token: form for token in tokens if (form := FORM.fullmatch(token))}
    if not forms:
        return {}
    rows = session.execute(WORKING, {"ids": [int(form[1]) for form in forms.values()]})
    working = {row[0].id: row for row in rows}
    return {
        token: bearer_of(row)
        for token, form in forms.items()
        if (row := working.get(int(form[1])))
        and hmac.compare_digest(row[0].secret_hash, keys.hash_of(form[2]))
    }


def bearer_of(row: Row[*tuple[Any, ...]]) -> Bearer:
    """Return the key that a row holds, and its owner in the lesser of both their roles."""
    found, account, sensors = row
    key = keys.describe(found, sensors, account.email)
    user = users.describe(account)
    return Bearer(user=user.model_copy(update={"role": user.role.at_most(key.role)}), key=key)


def used_lately(key: Key, now: datetime) -> bool:
    """Tell whether the last use is known exactly enough."""
    return key.last_used_at is not None and now - key.last_used_at < keys.PRECISION
