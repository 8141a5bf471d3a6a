"""Whose API keys are, in one query for many, since every request of a device asks."""

import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Integer, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.people.keys import Key
from dtbase.domain.people.users import User
from dtbase.storage import tables
from dtbase.storage.people import keys, users
from dtbase.storage.statements import Statement
from dtbase.storage.tables import ApiKey

FORM = re.compile(r"dtb_([1-9][0-9]{0,8})_([A-Za-z0-9_-]{43})", re.ASCII)


WORKING = Statement(
    select(
        ApiKey.secret_hash,
        ApiKey.id,
        ApiKey.name,
        tables.User.email,
        ApiKey.role,
        ApiKey.scopes,
        case((ApiKey.limited, keys.SENSORS)),
        ApiKey.created_at,
        ApiKey.expires_at,
        ApiKey.last_used_at,
        *users.COLUMNS,
    )
    .join(tables.User, tables.User.id == ApiKey.user_id)
    .where(
        ApiKey.id == func.any(bindparam("ids", type_=ARRAY(Integer))),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()),
        tables.User.active,
    )
)
"""Those of some keys that work, with their owners and their sensors."""

OF_KEY = (
    "id",
    "name",
    "owner",
    "role",
    "scopes",
    "sensors",
    "created_at",
    "expires_at",
    "last_used_at",
)


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
    rows = WORKING.rows(session, ids=[int(form[1]) for form in forms.values()])
    working = {id_: (secret_hash, id_, *rest) for secret_hash, id_, *rest in rows}
    return {
        token: bearer_of(row)
        for token, form in forms.items()
        if (row := working.get(int(form[1]))) and hmac.compare_digest(row[0], keys.hash_of(form[2]))
    }


def bearer_of(row: Sequence[Any]) -> Bearer:
    """Return the key that a row holds, and its owner in the lesser of both their roles."""
    end = 1 + len(OF_KEY)
    key = Key.model_validate(dict(zip(OF_KEY, row[1:end], strict=True)))
    user = users.user_of(row[end:])
    return Bearer(user=user.model_copy(update={"role": user.role.at_most(key.role)}), key=key)


def used_lately(key: Key, now: datetime) -> bool:
    """Tell whether the last use is known exactly enough."""
    return key.last_used_at is not None and now - key.last_used_at < keys.PRECISION
