"""Parameters of services in the order in which their authors wrote them, as forms show them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    turn(sa.JSON(), "json")


def downgrade() -> None:
    turn(JSONB(), "jsonb")


def turn(kind: sa.JSON, name: str) -> None:
    """Change the column's type; what is stored follows with the next registration of a worker."""
    op.alter_column("service", "parameters_schema", server_default=None)
    op.alter_column(
        "service",
        "parameters_schema",
        type_=kind,
        postgresql_using=f"parameters_schema::{name}",
        server_default=sa.text("'{}'"),
    )
