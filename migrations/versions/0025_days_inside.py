"""What lies inside days and hours of levels and meters, a row a day."""

from alembic import op

from migrations.time_series import has_native, run

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0025/inside.sql", "0025/moved.sql", "0025/stores.sql")


def downgrade() -> None:
    run("0025/back.sql")
    if has_native():
        op.execute("DROP FUNCTION reading_runs")
