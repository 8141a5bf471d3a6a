"""Scores of predictions, the log that keeps them true, and what follows from them."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.time_series import run

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "backtest",
    "champion",
    "drift",
    "score_scale",
    "score_pending",
    "score_watch",
    "score_month",
    "score",
)


def upgrade() -> None:
    add_columns()
    add_scores()
    add_months()
    add_log()
    add_consequences()
    add_backtests()
    run("0009/scores.sql")


def at(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    """Return a column of instants."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def identity() -> sa.Column[int]:
    """Return the column that numbers the rows of a table."""
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)


def belonging(table: str, *nouns: str) -> list[sa.ForeignKeyConstraint]:
    """Return the keys of a table whose rows go with what they are about."""
    return [
        sa.ForeignKeyConstraint(
            [f"{noun}_id"], [f"{noun}.id"], name=op.f(f"fk_{table}_{noun}_id"), ondelete="CASCADE"
        )
        for noun in nouns
    ]


def add_columns() -> None:
    op.add_column("run", sa.Column("job", sa.String(), nullable=True))
    for column in (at("starts_at", nullable=True), at("ends_at", nullable=True)):
        op.add_column("run_output", column)
    op.add_column("run_output", sa.Column("step", sa.Interval(), nullable=True))
    op.add_column("run_output", at("scored_at", nullable=True))
    unscored = "scored_at IS NULL AND series_id IS NOT NULL"
    op.create_index("ix_run_output_unscored", "run_output", ["id"], postgresql_where=unscored)
    op.create_index(op.f("ix_run_output_series_id_ends_at"), "run_output", ["series_id", "ends_at"])
    op.drop_index(op.f("ix_run_output_series_id"), "run_output")


def add_scores() -> None:
    sums = ("error", "abs_error", "squared_error", "abs_truth", "pinball")
    compared = ("compared_error", "naive_error")
    op.create_table(
        "score",
        sa.Column("output_id", sa.BigInteger(), nullable=False),
        sa.Column("lead", sa.SmallInteger(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        at("issued_at"),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("scored", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in sums),
        sa.Column("scale", sa.Double(), nullable=True),
        sa.Column("compared", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in compared),
        sa.Column("levels", postgresql.ARRAY(sa.Double()), nullable=False),
        sa.Column("inside", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["output_id"],
            ["run_output.id"],
            name=op.f("fk_score_output_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("output_id", "lead", name=op.f("pk_score")),
    )
    op.create_index(op.f("ix_score_series_id_issued_at"), "score", ["series_id", "issued_at"])
    op.create_index(op.f("ix_score_scenario_id_issued_at"), "score", ["scenario_id", "issued_at"])


def add_months() -> None:
    counts = ("runs", "points", "scored", "scaled")
    sums = (
        "error",
        "abs_error",
        "squared_error",
        "abs_truth",
        "pinball",
        "scaled_error",
        "compared_error",
        "naive_error",
        "scaled_compared_error",
        "scaled_naive_error",
    )
    op.create_table(
        "score_month",
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("lead", sa.SmallInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        *(sa.Column(name, sa.Double(), nullable=False) for name in sums),
        sa.Column("levels", postgresql.ARRAY(sa.Double()), nullable=False),
        *(
            sa.Column(name, postgresql.ARRAY(sa.BigInteger()), nullable=False)
            for name in ("trials", "hits")
        ),
        sa.PrimaryKeyConstraint(
            "scenario_id", "series_id", "month", "lead", name=op.f("pk_score_month")
        ),
    )


def add_log() -> None:
    op.create_table(
        "score_watch",
        sa.Column("series_id", sa.Integer(), nullable=False),
        at("starts_at"),
        at("ends_at"),
        *belonging("score_watch", "series"),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_score_watch")),
    )
    op.create_table(
        "score_pending",
        identity(),
        sa.Column("series_id", sa.Integer(), nullable=False),
        at("bucket"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_pending")),
    )
    op.create_table(
        "score_scale",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Interval(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scale", sa.Double(), nullable=True),
        *belonging("score_scale", "series"),
        sa.PrimaryKeyConstraint("series_id", "step", "day", name=op.f("pk_score_scale")),
    )


def add_consequences() -> None:
    op.create_table(
        "drift",
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        at("checked_at"),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        at("since", nullable=True),
        *belonging("drift", "scenario", "series"),
        sa.PrimaryKeyConstraint("scenario_id", "series_id", name=op.f("pk_drift")),
    )
    op.create_index(op.f("ix_drift_series_id"), "drift", ["series_id"])
    op.create_table(
        "champion",
        identity(),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        at("since"),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        *belonging("champion", "series", "scenario"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_champion")),
    )
    for noun in ("series", "scenario"):
        op.create_index(op.f(f"ix_champion_{noun}_id"), "champion", [f"{noun}_id"])


def add_backtests() -> None:
    statuses = "'queued', 'running', 'succeeded', 'failed', 'cancelled'"
    counted = [
        sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
        for name in ("done", "total")
    ]
    op.create_table(
        "backtest",
        identity(),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        at("start"),
        at("end"),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("every", sa.Interval(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        *counted,
        sa.Column("report", postgresql.JSONB(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        at("started_at", nullable=True),
        at("ended_at", nullable=True),
        sa.CheckConstraint(f"status IN ({statuses})", name=op.f("ck_backtest_status")),
        *belonging("backtest", "scenario", "series"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest")),
    )
    for noun in ("scenario", "series"):
        op.create_index(op.f(f"ix_backtest_{noun}_id"), "backtest", [f"{noun}_id"])


def downgrade() -> None:
    op.execute("DROP TRIGGER note_for_scores ON reading_pending")
    op.execute("DROP TRIGGER forget ON score")
    op.execute("DROP VIEW score_part")
    op.execute(
        "DROP FUNCTION score_note_changes, score_distance, score_turn, score_pinball, score_lead,"
        " score_day_before, score_roll_up, score_forget"
    )
    for table in TABLES:
        op.drop_table(table)
    op.create_index(op.f("ix_run_output_series_id"), "run_output", ["series_id"])
    op.drop_index(op.f("ix_run_output_series_id_ends_at"), "run_output")
    op.drop_index("ix_run_output_unscored", "run_output")
    for column in ("starts_at", "ends_at", "step", "scored_at"):
        op.drop_column("run_output", column)
    op.drop_column("run", "job")
