"""Shapes of locations, and where in them sensors and inner locations are."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shape",
        sa.Column("location_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("vertices", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            op.f("fk_shape_location_id_location"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_shape")),
    )
    op.create_table(
        "shape_pin",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("shape_id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=True),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.Column("z", sa.Float(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(sensor_id, location_id) = 1", name=op.f("ck_shape_pin_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["shape_id"],
            ["shape.location_id"],
            op.f("fk_shape_pin_shape_id_shape"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{noun}_id"],
                [f"{noun}.id"],
                op.f(f"fk_shape_pin_{noun}_id_{noun}"),
                ondelete="CASCADE",
            )
            for noun in ("sensor", "location")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shape_pin")),
        *(
            sa.UniqueConstraint("shape_id", column, name=op.f(f"uq_shape_pin_shape_id_{column}"))
            for column in ("sensor_id", "location_id")
        ),
    )
    for column in ("sensor_id", "location_id"):
        op.create_index(op.f(f"ix_shape_pin_{column}"), "shape_pin", [column])


def downgrade() -> None:
    op.drop_table("shape_pin")
    op.drop_table("shape")
