"""Profiles of files, kept by name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OWNER = sa.text("coalesce(nullif(current_setting('dtbase.owner', true), ''), 'person')")


def upgrade() -> None:
    op.create_table(
        "import_profile",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("profile", JSONB(), nullable=False),
        sa.Column("owner", sa.String(), server_default=OWNER, nullable=False),
        sa.CheckConstraint(
            "owner IN ('document', 'service', 'person')", name=op.f("ck_import_profile_owner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_profile")),
        sa.UniqueConstraint("name", name=op.f("uq_import_profile_name")),
    )


def downgrade() -> None:
    op.drop_table("import_profile")
