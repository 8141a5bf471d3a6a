"""Hypertables of readings and predictions, and exact aggregates on either edition."""

import sqlalchemy as sa
from alembic import op

from migrations.time_series import run

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("reading", "prediction", "reading_pending", "reading_increase", "reading_horizon")

NATIVE = """
SELECT coalesce(
  nullif(current_setting('dtbase.native_aggregates', true), '')::bool,
  current_setting('timescaledb.license') = 'timescale'
)
"""


def upgrade() -> None:
    """Make the tables; the licence decides who stores the aggregates."""
    op.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    op.create_table(
        "retention",
        sa.Column("class", sa.String(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("keep_days > 0", name=op.f("ck_retention_keep_days")),
        sa.PrimaryKeyConstraint("class", name=op.f("pk_retention")),
    )
    op.execute("INSERT INTO retention (class) VALUES ('default')")
    op.add_column(
        "measure",
        sa.Column("retention", sa.String(), server_default=sa.text("'default'"), nullable=False),
    )
    op.create_foreign_key(
        op.f("fk_measure_retention"), "measure", "retention", ["retention"], ["class"]
    )
    native = op.get_bind().scalar(sa.text(NATIVE))
    run("0002/hypertables.sql", "0002/rollups.sql")
    run("0002/rollups_native.sql" if native else "0002/rollups_own.sql")
    run("0002/rollup_views.sql", "0002/retention.sql")


def downgrade() -> None:
    """Drop everything that holds time; the registry stays."""
    op.execute("DROP PROCEDURE reading_drop_raw, reading_purge, reading_drop_purged_chunks")
    op.execute("DROP PROCEDURE reading_raise_horizon, reading_refresh, reading_store_increase")
    op.execute("DROP VIEW reading_counter_hour, reading_day, reading_hour")
    op.execute("DROP PROCEDURE IF EXISTS reading_store, reading_store_override, reading_unstore")
    op.execute("DROP FUNCTION IF EXISTS reading_hours, reading_runs, reading_stretches")
    op.execute("DROP FUNCTION IF EXISTS reading_take, reading_index_times")
    op.execute(
        "DO $$ BEGIN IF to_regclass('reading_hour_native') IS NULL THEN"
        " DROP TABLE reading_hour_stored, reading_day_stored; ELSE"
        " DROP VIEW reading_hour_stored, reading_day_stored;"
        " DROP TABLE reading_hour_override, reading_day_override;"
        " DROP MATERIALIZED VIEW reading_day_native; DROP MATERIALIZED VIEW reading_hour_native;"
        " END IF; END $$"
    )
    op.execute("DROP FUNCTION reading_increase_of, reading_hour_of")
    op.execute("DROP FUNCTION reading_highest_horizon")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION reading_log_new, reading_log_old, reading_refuse_purged")
    op.drop_constraint(op.f("fk_measure_retention"), "measure")
    op.drop_column("measure", "retention")
    op.drop_table("retention")
