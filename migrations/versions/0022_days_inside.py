"""What lies inside days and hours of levels and meters, a row a day."""

from alembic import op

from migrations.time_series import has_native, run

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0022/inside.sql", "0022/moved.sql", "0022/stores.sql")


def downgrade() -> None:
    run("0022/back.sql")
    if has_native():
        op.execute("DROP FUNCTION reading_runs")
