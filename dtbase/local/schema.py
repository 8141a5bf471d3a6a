"""Whether a database has the schema that this checkout's migrations make."""

import re
from pathlib import Path

import psycopg

from dtbase.local.places import CHECKOUT

NAMED = re.compile(r"^(revision|down_revision)\b[^=]*= \"(\w+)\"", re.MULTILINE)
DRIVER = re.compile(r"^postgres(ql)?(\+\w+)?:")


def heads(folder: Path = CHECKOUT / "migrations" / "versions") -> set[str]:
    """Return the newest revisions, read from the files: importing Alembic takes a second."""
    named = [found for file in folder.glob("*.py") for found in NAMED.findall(file.read_text())]
    ours = {revision for kind, revision in named if kind == "revision"}
    return ours - {revision for kind, revision in named if kind == "down_revision"}


def is_current(database_url: str) -> bool:
    """Tell whether there is nothing to migrate."""
    with psycopg.connect(DRIVER.sub("postgresql:", database_url)) as connection:
        try:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return False
    return {revision for (revision,) in rows} == heads()
