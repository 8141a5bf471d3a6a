"""Corrections of readings, with what it takes to undo them."""

import sqlalchemy as sa
from alembic import op

from migrations.time_series import run

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    corrected = sa.Column(
        "corrected", sa.Boolean(), server_default=sa.text("false"), nullable=False
    )
    op.add_column("series", corrected)
    run("0021/corrections.sql")


def downgrade() -> None:
    op.drop_table("correction_reading")
    op.drop_table("correction")
    op.drop_column("series", "corrected")
