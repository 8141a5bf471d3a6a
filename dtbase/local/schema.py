"""Whether a database has the schema that this checkout's migrations make."""

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from dtbase.local.places import CHECKOUT


def is_current(engine: Engine) -> bool:
    """Tell whether there is nothing to migrate, without running the migrations' code."""
    config = Config(CHECKOUT / "alembic.ini")
    config.set_main_option("script_location", str(CHECKOUT / "migrations").replace("%", "%%"))
    heads = set(ScriptDirectory.from_config(config).get_heads())
    try:
        with engine.connect() as connection:
            query = text("SELECT version_num FROM alembic_version")
            return set(connection.scalars(query)) == heads
    except ProgrammingError:
        return False
