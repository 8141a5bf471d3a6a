"""Pictures of locations, and where on them sensors and inner locations are."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "floor_plan",
        sa.Column("location_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            op.f("fk_floor_plan_location_id_location"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_floor_plan")),
    )
    # a picture is packed already: to try it again would only take time
    op.execute("ALTER TABLE floor_plan ALTER COLUMN image SET STORAGE EXTERNAL")
    op.create_table(
        "floor_plan_pin",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("floor_plan_id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=True),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(sensor_id, location_id) = 1", name=op.f("ck_floor_plan_pin_one_thing")
        ),
        sa.CheckConstraint(
            "x BETWEEN 0 AND 1 AND y BETWEEN 0 AND 1", name=op.f("ck_floor_plan_pin_inside")
        ),
        sa.ForeignKeyConstraint(
            ["floor_plan_id"],
            ["floor_plan.location_id"],
            op.f("fk_floor_plan_pin_floor_plan_id_floor_plan"),
            ondelete="CASCADE",
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{noun}_id"],
                [f"{noun}.id"],
                op.f(f"fk_floor_plan_pin_{noun}_id_{noun}"),
                ondelete="CASCADE",
            )
            for noun in ("sensor", "location")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floor_plan_pin")),
        *(
            sa.UniqueConstraint(
                "floor_plan_id", column, name=op.f(f"uq_floor_plan_pin_floor_plan_id_{column}")
            )
            for column in ("sensor_id", "location_id")
        ),
    )
    for column in ("sensor_id", "location_id"):
        op.create_index(op.f(f"ix_floor_plan_pin_{column}"), "floor_plan_pin", [column])


def downgrade() -> None:
    op.drop_table("floor_plan_pin")
    op.drop_table("floor_plan")
