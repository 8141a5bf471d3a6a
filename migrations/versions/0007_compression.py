"""Compression of old readings, where the licence has it."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "compression.sql"

DECOMPRESS = """
DO $$ BEGIN
  IF current_setting('timescaledb.license') <> 'timescale' THEN RETURN; END IF;
  PERFORM decompress_chunk(c, if_compressed => true) FROM show_chunks('reading') c;
  ALTER TABLE reading SET (timescaledb.compress = false);
  IF to_regclass('reading_hour_native') IS NOT NULL THEN
    PERFORM decompress_chunk(c, if_compressed => true) FROM show_chunks('reading_hour_native') c;
    ALTER MATERIALIZED VIEW reading_hour_native SET (timescaledb.compress = false);
  END IF;
END $$
"""


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SQL.read_text())


def downgrade() -> None:
    op.execute("DROP PROCEDURE reading_compress, reading_enable_compression")
    op.execute(DECOMPRESS)
