"""A first password, told in a log, opens for some days only."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    expires = sa.Column("password_expires_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("user_account", expires)


def downgrade() -> None:
    op.drop_column("user_account", "password_expires_at")
