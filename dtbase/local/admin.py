"""The first admin: added once, with a password that `make up` can tell again.

`python -m dtbase.local.admin EMAIL` takes the password from its input and prints the log-in: so
the parent of a twin's processes, which lives as long as they do, imports no database layer.
"""

import sys
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dtbase.domain.people.users import Credentials, NewUser, Role
from dtbase.errors import NotAuthenticated
from dtbase.local.faults import FULL_DISK
from dtbase.local.space import causes, tells_of_full_disk
from dtbase.local.twin import CHANGED, LogIn
from dtbase.storage.database import transaction
from dtbase.storage.people import users
from dtbase.storage.people.passwords import get_hasher


def ensure(email: str, password: str) -> LogIn:
    """Add the first admin to a twin that has none, and return how to log in."""
    add_first(email, password)
    with transaction() as session:
        known = _fits(session, email, password)
    return LogIn(email=email, password=password if known else CHANGED)


def add_first(email: str, password: str, password_expires_at: datetime | None = None) -> bool:
    """Add the first admin, and tell whether there was none."""
    with transaction() as session:
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


def main() -> None:
    """Print the log-in as JSON, or end with the reason."""
    try:
        sys.stdout.write(ensure(sys.argv[1], sys.stdin.read()).model_dump_json())
    except DBAPIError as error:
        full = any(map(tells_of_full_disk, causes(error)))
        sys.exit(FULL_DISK if full else str(error).partition("\n")[0])


if __name__ == "__main__":
    main()
