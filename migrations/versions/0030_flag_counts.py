"""How many readings of each flag retention has dropped, by series and day."""

from alembic import op

from migrations.time_series import run

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0030/flag_counts.sql")


def downgrade() -> None:
    op.drop_table("flag_count")
