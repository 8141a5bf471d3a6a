"""Compression of old readings, where the licence has it."""

from alembic import op

from migrations.time_series import run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

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
    run("0007/compression.sql")


def downgrade() -> None:
    op.execute("DROP PROCEDURE reading_compress, reading_enable_compression")
    op.execute(DECOMPRESS)
