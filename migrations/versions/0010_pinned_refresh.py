"""Refreshes whose plans are pinned, an index of times for native ones, and no TRUNCATE."""

from alembic import op

from migrations.time_series import has_native, run

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX = """
CREATE INDEX ix_reading_time ON reading USING brin (time)
  WITH (pages_per_range = 32)
"""
"""A native refresh asks for all series at once, so the key is no help; writing costs 1 % more."""

GUARD = """
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON reading
  FOR EACH STATEMENT EXECUTE FUNCTION reading_refuse_truncate()
"""


def upgrade() -> None:
    run("0010/reading_log.sql", "0010/refresh.sql")
    run("0010/refresh_native.sql" if has_native() else "0010/refresh_own.sql")
    if has_native():
        op.execute(INDEX)
    op.execute(GUARD)


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_truncate ON reading")
    op.execute("DROP FUNCTION reading_refuse_truncate")
    op.execute("DROP INDEX IF EXISTS ix_reading_time")
