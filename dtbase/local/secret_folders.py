"""The secrets of a twin in containers: made once, and handed to each container in its own folder.

Each container mounts its own folder and no other, so the dashboard never sees the database's
password. A file is readable for the one account that reads it.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from dtbase.domain.frozen import Frozen

SOURCE = "source"
ROOT = 0


class Accounts(Frozen):
    """The numbers of the accounts that read secrets, as the images have them."""

    dtbase: int = 10001
    redis: int = 999


class Places(Frozen):
    """Where the database and Redis answer."""

    database: str = "database:5432/dtbase"
    database_user: str = "dtbase"
    redis: str = "redis:6379/0"


class Made(Frozen):
    """The secrets that everything else is derived from."""

    database_password: str
    redis_password: str
    secret_key: str


class File(Frozen):
    """A file for one reader."""

    folder: str
    name: str
    content: str
    reader: int


def hand_out(folder: Path, accounts: Accounts, places: Places) -> None:
    """Make what is missing, and write every container's files anew."""
    for file in files(made(folder / SOURCE), accounts, places):
        write(folder / file.folder / file.name, file.content, file.reader)


def made(source: Path) -> Made:
    """Return the secrets; what was made before stays."""
    names = Made.model_fields
    return Made.model_validate({name: kept(source / name) for name in names})


def kept(path: Path) -> str:
    """Return the secret of a file; make it the first time."""
    if not path.exists():
        write(path, secrets.token_urlsafe(48), ROOT)
    return path.read_text(encoding="utf-8")


def files(made: Made, accounts: Accounts, places: Places) -> Iterator[File]:
    """Return what each container may read."""
    database = f"postgresql://{places.database_user}:{made.database_password}@{places.database}"
    redis = f"redis://:{made.redis_password}@{places.redis}"
    ours = accounts.dtbase
    yield File(folder="database", name="password", content=made.database_password, reader=ROOT)
    yield File(folder="redis", name="users.acl", content=rights(made), reader=accounts.redis)
    yield File(folder="core", name="database_url", content=database, reader=ours)
    for folder in ("core", "dash"):
        yield File(folder=folder, name="redis_url", content=redis, reader=ours)
        yield File(folder=folder, name="secret_key", content=made.secret_key, reader=ours)


def rights(made: Made) -> str:
    """Write Redis's list of users: one, whose password it knows by its digest only."""
    digest = hashlib.sha256(made.redis_password.encode()).hexdigest()
    return f"user default on #{digest} ~* &* +@all\n"


def write(path: Path, content: str, reader: int) -> None:
    """Write a file for its reader's eyes only, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(content, encoding="utf-8")
    partial.chmod(0o400)
    if os.geteuid() != reader:
        os.chown(partial, reader, -1)
    partial.replace(path)
