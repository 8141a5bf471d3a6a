"""Whether a database has the schema that this checkout's migrations make."""

import re
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from dtbase.local.places import CHECKOUT

NAMED = re.compile(r"^(revision|down_revision)\b[^=]*= \"(\w+)\"", re.MULTILINE)


def heads(folder: Path = CHECKOUT / "migrations" / "versions") -> set[str]:
    """Return the newest revisions, read from the files: importing Alembic takes a second."""
    named = [found for file in folder.glob("*.py") for found in NAMED.findall(file.read_text())]
    ours = {revision for kind, revision in named if kind == "revision"}
    return ours - {revision for kind, revision in named if kind == "down_revision"}


def is_current(engine: Engine) -> bool:
    """Tell whether there is nothing to migrate."""
    try:
        with engine.connect() as connection:
            query = text("SELECT version_num FROM alembic_version")
            return set(connection.scalars(query)) == heads()
    except ProgrammingError:
        return False
