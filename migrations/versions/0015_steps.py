"""Levels and net meters, options of a statistic, and what is stored of their hours."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.time_series import run

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BEFORE = "statistic IN ('mean', 'total', 'counter', 'circular')"
NOW = "statistic IN ('mean', 'total', 'counter', 'circular', 'level', 'net', 'state')"
COLUMNS = ("first_at", "last_at", "first", "last", "weighted", "gap", "steepest", "falls")


def upgrade() -> None:
    op.add_column("measure", sa.Column("options", postgresql.JSONB(), nullable=True))
    op.add_column("measure", sa.Column("stamps", postgresql.JSONB(), nullable=True))
    op.drop_constraint(op.f("ck_measure_statistic"), "measure")
    op.create_check_constraint(op.f("ck_measure_statistic"), "measure", NOW)
    add_overrides()
    op.execute("DROP VIEW reading_counter_hour")
    run("0015/columns.sql", "0015/steps.sql")


def add_overrides() -> None:
    """Make the table of what sensors and their types say of a measure's statistic."""
    op.create_table(
        "statistic_override",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("sensor_type_id", sa.Integer(), nullable=True),
        sa.Column("sensor_id", sa.Integer(), nullable=True),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("statistic", sa.String(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(NOW, name=op.f("ck_statistic_override_statistic")),
        sa.CheckConstraint(
            "num_nonnulls(sensor_type_id, sensor_id) = 1",
            name=op.f("ck_statistic_override_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_statistic_override_measure_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sensor_id"],
            ["sensor.id"],
            name=op.f("fk_statistic_override_sensor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sensor_type_id"],
            ["sensor_type.id"],
            name=op.f("fk_statistic_override_sensor_type_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistic_override")),
        sa.UniqueConstraint(
            "sensor_id", "measure_id", name=op.f("uq_statistic_override_sensor_id_measure_id")
        ),
        sa.UniqueConstraint(
            "sensor_type_id",
            "measure_id",
            name=op.f("uq_statistic_override_sensor_type_id_measure_id"),
        ),
    )


def downgrade() -> None:
    """Take it back; levels and nets become means, for they were nothing else before."""
    op.execute("DROP VIEW reading_inside_hour")
    run("0015/counter_views.sql")
    op.execute("DROP VIEW series_statistic")
    op.execute("DROP FUNCTION reading_inside_of")
    for column in COLUMNS:
        op.drop_column("reading_increase", column)
    op.drop_table("statistic_override")
    op.execute("UPDATE measure SET statistic = 'mean' WHERE statistic IN ('level', 'net', 'state')")
    op.drop_constraint(op.f("ck_measure_statistic"), "measure")
    op.create_check_constraint(op.f("ck_measure_statistic"), "measure", BEFORE)
    op.drop_column("measure", "options")
    op.drop_column("measure", "stamps")
