"""The first admin: added once, with a password that `make up` can tell again."""

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.people.users import Credentials, NewUser, Role
from dtbase.errors import NotAuthenticated
from dtbase.storage.database import transaction
from dtbase.storage.people import users
from dtbase.storage.people.passwords import get_hasher

CHANGED = "(the one you chose: it was changed since the first start)"


class LogIn(Frozen):
    """What the first admin logs in with, for people to read."""

    email: str
    password: str


def ensure(engine: Engine, email: str, password: str) -> LogIn:
    """Add the first admin to a twin that has none, and return how to log in."""
    add_first(email, password, engine)
    with transaction(engine) as session:
        known = _fits(session, email, password)
    return LogIn(email=email, password=password if known else CHANGED)


def add_first(
    email: str,
    password: str,
    engine: Engine | None = None,
    *,
    password_expires_at: datetime | None = None,
) -> bool:
    """Add the first admin, and tell whether there was none."""
    with transaction(engine) as session:
        missing = not any(user.role == Role.ADMIN for user in users.list(session))
        if missing:
            new = NewUser.model_validate({"email": email, "password": password, "role": Role.ADMIN})
            users.add(session, new, get_hasher(), password_expires_at)
    return missing


def _fits(session: Session, email: str, password: str) -> bool:
    """Tell whether the generated password still is the admin's."""
    credentials = Credentials.model_validate({"email": email, "password": password})
    try:
        users.verify(session, credentials, get_hasher())
    except NotAuthenticated:
        return False
    return True
