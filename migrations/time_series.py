"""Running the SQL that a revision carries, as TimescaleDB's edition and version ask for it."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

SQL = Path(__file__).parent / "sql"

HAS_OPTIONS = """
SELECT EXISTS (SELECT FROM pg_proc
  WHERE proname = 'refresh_continuous_aggregate' AND 'options' = ANY (proargnames))
"""
FORCED = "force => true"
AT_ONCE = """force => true, options => '{"buckets_per_batch": 0}'"""
"""Newer versions refresh ten buckets at a time, each with a commit, which takes thrice as long."""


def has_native() -> bool:
    """Tell whether the aggregates of this database are continuous ones."""
    found = op.get_bind().scalar(sa.text("SELECT to_regclass('reading_hour_native') IS NOT NULL"))
    return bool(found)


def run(*names: str) -> None:
    """Run SQL files of the revision; their refreshes whole where the version can be told to."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    for name in names:
        text = (SQL / name).read_text()
        driver.execute(text.replace(FORCED, AT_ONCE) if refreshes_by_batch() else text)


def refreshes_by_batch() -> bool:
    """Tell whether a refresh can be told how many buckets to take at a time."""
    return bool(op.get_bind().scalar(sa.text(HAS_OPTIONS)))
