"""What is still to be looked at by rules that need neighbours on both sides."""

from alembic import op

from migrations.time_series import run

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0026/stretches.sql")


def downgrade() -> None:
    op.drop_table("reading_stretch")
