"""Whose API keys are, in one query for many, since every request of a device asks."""

import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Integer, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.people.keys import Key
from dtbase.domain.people.users import User
from dtbase.storage import tables
from dtbase.storage.people import keys, users
from dtbase.storage.statements import Statement, digest_of
from dtbase.storage.tables import ApiKey

FORM = re.compile(r"dtb_([1-9][0-9]{0,8})_([A-Za-z0-9_-]{43})", re.ASCII)


LASTING = (
    ApiKey.secret_hash,
    ApiKey.id,
    ApiKey.name,
    tables.User.email,
    ApiKey.role,
    ApiKey.scopes,
    case((ApiKey.limited, keys.SENSORS)),
    ApiKey.created_at,
    ApiKey.expires_at,
)
DIGEST = digest_of((*LASTING, *users.COLUMNS))
"""Of all but the last use, which changes each minute and changes nothing."""

WORKS = and_(or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()), tables.User.active)
WORKING = Statement(
    select(DIGEST, *LASTING, ApiKey.last_used_at, *users.COLUMNS)
    .join(tables.User, tables.User.id == ApiKey.user_id)
    .where(ApiKey.id == func.any(bindparam("ids", type_=ARRAY(Integer))), WORKS)
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
    digest: str
    """Of the row that says so."""


def is_key(token: str) -> bool:
    return token.startswith(f"{keys.PREFIX}_")


def find(session: Session, tokens: Collection[str]) -> Mapping[str, Bearer]:
    """Return who brings keys; without those that are unknown, wrong, revoked or expired."""
    proofs = {token: proof for token in tokens if (proof := proof_of(token))}
    if not proofs:
        return {}
    rows = WORKING.rows(session, ids=[proof.key_id for proof in proofs.values()])
    working = {row[2]: row for row in rows}
    return {
        token: bearer_of(row)
        for token, proof in proofs.items()
        if (row := working.get(proof.key_id)) and hmac.compare_digest(row[1], proof.secret_hash)
    }


class Proof(NamedTuple):
    """What a key says: which one it is, and the hash of its secret."""

    key_id: int
    secret_hash: bytes


def proof_of(token: str) -> Proof | None:
    """Read a key; what has no key's form says nothing."""
    form = FORM.fullmatch(token)
    return None if form is None else Proof(int(form[1]), keys.hash_of(form[2]))


def bearer_of(row: Sequence[Any]) -> Bearer:
    """Return the key that a row holds, and its owner in the lesser of both their roles."""
    digest, _, *rest = row
    key = Key.model_validate(dict(zip(OF_KEY, rest, strict=False)))
    user = users.user_of(rest[len(OF_KEY) :])
    lesser = user.model_copy(update={"role": user.role.at_most(key.role)})
    return Bearer(user=lesser, key=key, digest=digest)


def used_lately(key: Key, now: datetime) -> bool:
    """Tell whether the last use is known exactly enough."""
    return key.last_used_at is not None and now - key.last_used_at < keys.PRECISION
