"""What people say of their data, and the pages that they keep."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("sensor_id", sa.Integer(), nullable=True),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        timestamp("created_at"),
        timestamp("changed_at"),
        sa.CheckConstraint(
            "num_nonnulls(series_id, sensor_id, location_id) = 1", name=op.f("ck_note_subject")
        ),
        sa.CheckConstraint("until > start", name=op.f("ck_note_until")),
        *(
            sa.ForeignKeyConstraint(
                [f"{noun}_id"],
                [f"{noun}.id"],
                op.f(f"fk_note_{noun}_id_{noun}"),
                ondelete="CASCADE",
            )
            for noun in ("series", "sensor", "location")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            op.f("fk_note_author_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    for column in ("series_id", "sensor_id", "location_id", "author_id"):
        op.create_index(op.f(f"ix_note_{column}"), "note", [column])
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        timestamp("created_at"),
        timestamp("changed_at"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            op.f("fk_saved_view_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_view_user_id_name")),
    )


def timestamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def downgrade() -> None:
    op.drop_table("saved_view")
    op.drop_table("note")
