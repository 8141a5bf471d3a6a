"""Whose each thing is: what exists is a person's until a document names it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    "retention",
    "measure",
    "sensor_type",
    "location_schema",
    "location",
    "sensor",
    "installation",
    "model",
    "scenario",
    "service",
    "parameter_set",
    "schedule",
)
OWNER = sa.text("coalesce(nullif(current_setting('dtbase.owner', true), ''), 'person')")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("owner", sa.String(), server_default=OWNER, nullable=False))
        known = "owner IN ('document', 'service', 'person')"
        op.create_check_constraint(op.f(f"ck_{table}_owner"), table, known)


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "owner")
