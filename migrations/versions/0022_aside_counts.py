"""Counts of what is set aside, kept as it comes and goes."""

from alembic import op

from migrations.time_series import run

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0022/aside_counts.sql")


def downgrade() -> None:
    for trigger in ("aside_came", "aside_changed", "aside_went"):
        op.execute(f"DROP TRIGGER {trigger} ON reading_aside")
    op.execute("DROP FUNCTION aside_counted")
    op.drop_table("aside_count")
