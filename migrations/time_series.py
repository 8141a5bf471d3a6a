"""Running the SQL of readings and their aggregates, as TimescaleDB's edition asks for it."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

SQL = Path(__file__).parent / "sql"

HAS_OPTIONS = """
SELECT EXISTS (SELECT FROM pg_proc
  WHERE proname = 'refresh_continuous_aggregate' AND 'options' = ANY (proargnames))
"""
AT_ONCE = """force => true, options => '{"buckets_per_batch": 0}'"""
"""Newer versions refresh ten buckets at a time, each with a commit, which takes thrice as long."""


def has_native() -> bool:
    """Tell whether the aggregates of this database are continuous ones."""
    found = op.get_bind().scalar(sa.text("SELECT to_regclass('reading_hour_native') IS NOT NULL"))
    return bool(found)


def run(name: str, *, at_once: bool = False) -> None:
    """Run one SQL file; its refreshes whole where the version can be told to."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    text = (SQL / name).read_text()
    driver.execute(text.replace("force => true", AT_ONCE) if at_once else text)


def run_refresh() -> None:
    """Bring the procedures that store what is pending up to date."""
    run("refresh.sql")
    if has_native():
        run("refresh_native.sql", at_once=bool(op.get_bind().scalar(sa.text(HAS_OPTIONS))))
    else:
        run("refresh_own.sql")
