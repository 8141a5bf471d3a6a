"""Alembic's entry: migrate the database of the settings, or one handed over."""

from alembic import context
from sqlalchemy import Connection

from dtbase.storage.database import get_engine
from dtbase.storage.tables import Base

OURS = set(Base.metadata.tables)


def is_ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave hypertables, their logs and their views to the SQL files."""
    return kind != "table" or name in OURS


def migrate(connection: Connection) -> None:
    """Run the migrations, each in a transaction of its own."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed: Connection | None = context.config.attributes.get("connection")
if handed is not None:
    migrate(handed)
else:
    with get_engine().connect() as own:
        migrate(own)
