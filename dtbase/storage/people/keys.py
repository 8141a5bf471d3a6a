"""API keys: the secret is shown once and stored by its hash."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.people.keys import IssuedKey, Key, KeyQuery, NewKey, Scope
from dtbase.domain.people.users import Role, User
from dtbase.errors import Conflict, Invalid, NotAllowed, NotFound
from dtbase.storage import paging, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit, tokens
from dtbase.storage.tables import ApiKey, ApiKeySensor

PREFIX = "dtb"
NOUN = "key"
MOST_KEYS = 1_000
"""Keys of one owner, so that no script fills the table."""

PRECISION = timedelta(minutes=1)
"""How exactly the last use of a key is known."""

SENSORS = func.array(
    select(tables.Sensor.identifier)
    .join(ApiKeySensor, ApiKeySensor.sensor_id == tables.Sensor.id)
    .where(ApiKeySensor.key_id == ApiKey.id)
    .order_by(tables.Sensor.identifier)
    .scalar_subquery(),
    type_=ARRAY(String),
)
"""The sensors of a limited key, in the same query as the key."""


ORDER = paging.Order(
    columns={
        "owner": tables.User.email.expression,
        "name": ApiKey.name.expression,
        "created_at": ApiKey.created_at.expression,
        "id": ApiKey.id.expression,
    },
    key=("owner", "name", "id"),
)


def hash_of(secret: str) -> bytes:
    """Return what is stored of a secret.

    A secret is 256 random bits: nobody tries them all, so it needs neither the salt nor the
    slowness that passwords need, and a device that pushes every second costs next to nothing.
    """
    return sha256(secret.encode()).digest()


def to_domain(row: Row[*tuple[Any, ...]]) -> Key:
    """Return what may be told of the key that a row holds."""
    key, sensors, owner = row
    return describe(key, sensors, owner)


def describe(key: ApiKey, sensors: Sequence[str], owner: str) -> Key:
    """Return what may be told of a key."""
    return Key(
        id=key.id,
        name=key.name,
        owner=owner,
        role=Role(key.role),
        scopes=tuple(map(Scope, key.scopes)),
        sensors=tuple(sensors) if key.limited else None,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )


def owned_by(user_id: int | None) -> Select[ApiKey, Sequence[str], str]:
    """Select a user's keys, or everybody's, each with its sensors and its owner's e-mail."""
    owner = tables.User
    query = select(ApiKey, SENSORS, owner.email).join(owner, owner.id == ApiKey.user_id)
    return query if user_id is None else query.where(ApiKey.user_id == user_id)


def page(session: Session, wanted: KeyQuery, user_id: int | None = None) -> Listed[Key]:
    """Return one page of those keys that fit, of a user or of everybody."""
    query = owned_by(user_id)
    if wanted.owner is not None:
        query = query.where(tables.User.email == wanted.owner)
    if wanted.search is not None:
        query = query.where(ApiKey.name.icontains(wanted.search, autoescape=True))
    if wanted.writes_to is not None:
        query = query.where(writing_to(wanted.writes_to))
    return paging.page(session, query, wanted, ORDER, to_domain)


def writing_to(sensor: str) -> ColumnElement[bool]:
    """Tell whether a key may push readings of a sensor."""
    listed = (
        exists()
        .where(ApiKeySensor.key_id == ApiKey.id, ApiKeySensor.sensor_id == tables.Sensor.id)
        .where(tables.Sensor.identifier == sensor)
    )
    writes = ApiKey.scopes.overlap([Scope.READINGS_WRITE.value, Scope.EVERYTHING.value])
    return and_(writes, or_(ApiKey.limited.is_(False), listed))


def get(session: Session, key_id: int, user_id: int | None = None) -> Key:
    """Return a key of a user, or of anybody."""
    row = session.execute(owned_by(user_id).where(ApiKey.id == key_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no key {key_id}")
    return to_domain(row)


def add(session: Session, new: NewKey, owner: User, now: datetime) -> IssuedKey:
    """Issue a key for a user; nobody sees its secret again."""
    role = check(new, owner, now)
    hold(session, owner)
    secret = secrets.token_urlsafe(32)
    row = ApiKey(
        user_id=owner.id,
        name=new.name,
        secret_hash=hash_of(secret),
        role=role.value,
        scopes=[*dict.fromkeys(scope.value for scope in new.scopes)],
        limited=new.sensors is not None,
        expires_at=new.expires_at,
    )
    with refusing(f"a key {new.name!r} of {owner.email}"), session.begin_nested():
        session.add(row)
    limit(session, row.id, new.sensors or ())
    key = get(session, row.id)
    audit.created(session, NOUN, log_name(key), key)
    return IssuedKey(**key.model_dump(), secret=f"{PREFIX}_{row.id}_{secret}")


def check(new: NewKey, owner: User, now: datetime) -> Role:
    """Return the role of a key to be, and refuse one that could do more, or nothing."""
    role = new.role or owner.role
    if not owner.role.includes(role):
        raise NotAllowed(f"{owner.email} has the role {owner.role}; a key has no higher one")
    for scope in new.scopes:
        if not role.includes(scope.role):
            rule = f"{scope} needs the role {scope.role}; this key's is {role}"
            raise Invalid(rule, field="scopes")
    if new.expires_at is not None and new.expires_at <= now:
        raise Invalid("must lie in the future", field="expires_at")
    return role


def hold(session: Session, owner: User) -> None:
    """Lock an active owner, so that no key slips past a deactivation, and count the keys."""
    account = tokens.lock_user(session, owner.id)
    if account is None or not account.active:
        raise Conflict(f"{owner.email} is not active")
    mine = select(func.count()).select_from(ApiKey).where(ApiKey.user_id == owner.id)
    if (session.scalar(mine) or 0) >= MOST_KEYS:
        raise Conflict(f"{owner.email} has {MOST_KEYS} keys; revoke some first")


def limit(session: Session, key_id: int, identifiers: Sequence[str]) -> None:
    """Note the only sensors that a key may push to."""
    wanted = set(identifiers)
    query = select(tables.Sensor.id, tables.Sensor.identifier)
    found = session.execute(query.where(tables.Sensor.identifier.in_(wanted))).all()
    missing = sorted(wanted - {identifier for _, identifier in found})
    if missing:
        raise Invalid(f"no sensor {', '.join(missing)}", field="sensors")
    if found:
        rows = [{"key_id": key_id, "sensor_id": sensor_id} for sensor_id, _ in found]
        session.execute(insert(ApiKeySensor), rows)


def revoke(session: Session, key_id: int, user_id: int | None = None) -> None:
    """End a key of a user, or of anybody, at once and for good; the log of changes keeps it."""
    drop(session, get(session, key_id, user_id))


def revoke_user(session: Session, user_id: int) -> None:
    """End every key of a user; the caller has locked the user."""
    for row in session.execute(owned_by(user_id).order_by(ApiKey.name)).all():
        drop(session, to_domain(row))


def drop(session: Session, key: Key) -> None:
    """Delete a key, and note when it was last used."""
    session.execute(delete(ApiKey).where(ApiKey.id == key.id))
    audit.deleted(session, NOUN, log_name(key), key)


def log_name(key: Key) -> str:
    """Return what the log of changes calls a key."""
    return f"{key.owner}/{key.name}"


def note_uses(session: Session, key_ids: Sequence[int]) -> None:
    """Write down that keys were used just now, to the minute."""
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < func.now() - PRECISION)
    query = update(ApiKey).where(ApiKey.id.in_(key_ids), stale)
    session.execute(query.values(last_used_at=func.now()))
