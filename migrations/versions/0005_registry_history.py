"""Schemas of locations, installations that end, the log of every change, and forgetting series."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.time_series import run

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_location_schemas()
    let_installations_end()
    add_audit()
    run("0005/forgetting.sql")


def add_location_schemas() -> None:
    op.create_table(
        "location_schema",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_schema")),
        sa.UniqueConstraint("name", name=op.f("uq_location_schema_name")),
    )
    op.create_table(
        "location_field",
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("datatype", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("required", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(
            "datatype IN ('float', 'integer', 'boolean', 'string')",
            name=op.f("ck_location_field_datatype"),
        ),
        sa.ForeignKeyConstraint(
            ["schema_id"],
            ["location_schema.id"],
            name=op.f("fk_location_field_schema_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("schema_id", "name", name=op.f("pk_location_field")),
    )
    op.add_column("location", sa.Column("schema_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_location_schema_id"), "location", ["schema_id"])
    op.create_foreign_key(
        op.f("fk_location_schema_id"), "location", "location_schema", ["schema_id"], ["id"]
    )


def let_installations_end() -> None:
    op.alter_column("installation", "location_id", existing_type=sa.Integer(), nullable=True)
    op.drop_constraint(op.f("pk_installation"), "installation")
    op.add_column(
        "installation", sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False)
    )
    op.create_primary_key(op.f("pk_installation"), "installation", ["id"])
    op.create_unique_constraint(
        op.f("uq_installation_sensor_id_since"), "installation", ["sensor_id", "since"]
    )


def add_audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("noun", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "action IN ('created', 'changed', 'deleted')", name=op.f("ck_audit_entry_action")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"])
    op.create_index(op.f("ix_audit_entry_actor"), "audit_entry", ["actor"])
    op.create_index("ix_audit_entry_noun_name", "audit_entry", ["noun", "name"])


def downgrade() -> None:
    op.execute("DROP FUNCTION reading_forget, reading_stores")
    op.drop_table("audit_entry")
    op.execute("DELETE FROM installation WHERE location_id IS NULL")
    op.drop_constraint(op.f("uq_installation_sensor_id_since"), "installation")
    op.drop_constraint(op.f("pk_installation"), "installation")
    op.drop_column("installation", "id")
    op.create_primary_key(op.f("pk_installation"), "installation", ["sensor_id", "since"])
    op.alter_column("installation", "location_id", existing_type=sa.Integer(), nullable=False)
    op.drop_constraint(op.f("fk_location_schema_id"), "location")
    op.drop_column("location", "schema_id")
    op.drop_table("location_field")
    op.drop_table("location_schema")
