"""The procedure that compressed in SQL goes: what compresses is told chunk by chunk by ours."""

from alembic import op

from migrations.time_series import run

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP PROCEDURE reading_compress")


def downgrade() -> None:
    run("0018/reading_compress.sql")
