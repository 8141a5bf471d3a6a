"""What lies inside the days of states that are true or false."""

from migrations.time_series import run

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0031/states.sql")


def downgrade() -> None:
    run("0031/back.sql")
