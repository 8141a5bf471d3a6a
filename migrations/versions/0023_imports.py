"""Imports as things of their own, with what is needed to undo each as a whole."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from migrations.time_series import run

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("profile", JSONB(), nullable=True),
        sa.Column("report", JSONB(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("removed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("restored", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("path", sa.String(), nullable=True),
        sa.Column("progress", JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
    )
    op.create_index(op.f("ix_import_path"), "import", ["path"])
    op.create_table(
        "import_part",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("series_ids", ARRAY(sa.Integer()), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import.id"],
            op.f("fk_import_part_import_id_import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_part")),
    )
    op.create_index(op.f("ix_import_part_import_id"), "import_part", ["import_id"])
    op.execute("ALTER TABLE import_part ALTER COLUMN content SET STORAGE EXTERNAL")
    run("0023/replaced.sql")


def downgrade() -> None:
    op.execute("DROP TRIGGER note_replaced ON reading")
    op.execute("DROP FUNCTION reading_note_replaced()")
    op.drop_table("import_part")
    op.drop_table("import")
