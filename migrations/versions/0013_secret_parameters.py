"""Secrets among the parameters of services stand apart from them, encrypted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("parameter_set", "schedule", "service_run")


def upgrade() -> None:
    for table in TABLES:
        secrets = sa.Column(
            "secrets", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False
        )
        op.add_column(table, secrets)


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "secrets")
