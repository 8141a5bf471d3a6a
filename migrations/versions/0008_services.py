"""Services, their parameter sets and runs; schedules are of services."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


SERVICES = """
INSERT INTO service (name, kind, queue)
SELECT DISTINCT name, 'python', 'maintenance' FROM (
  SELECT CASE job
           WHEN 'jobs.tasks.replay' THEN 'replay-demo'
           WHEN 'jobs.tasks.forecast_demo' THEN 'replay-demo'
           WHEN 'jobs.tasks.start_runs' THEN 'forecast'
           WHEN 'jobs.tasks.refresh_aggregates' THEN 'refresh-aggregates'
           WHEN 'jobs.tasks.maintain_storage' THEN 'maintain-storage'
         END AS name
    FROM schedule) known
 WHERE name IS NOT NULL
"""
"""Workers complete these rows when they start."""

SCHEDULES = """
UPDATE schedule SET
       service_id = service.id, start = next_at, due_at = next_at,
       parameters = CASE job
         WHEN 'jobs.tasks.forecast_demo' THEN '{"forecasts": true}' ELSE parameters END
  FROM service
 WHERE service.name = CASE job
         WHEN 'jobs.tasks.replay' THEN 'replay-demo'
         WHEN 'jobs.tasks.forecast_demo' THEN 'replay-demo'
         WHEN 'jobs.tasks.start_runs' THEN 'forecast'
         WHEN 'jobs.tasks.refresh_aggregates' THEN 'refresh-aggregates'
         WHEN 'jobs.tasks.maintain_storage' THEN 'maintain-storage'
       END
"""

JOBS = """
UPDATE schedule SET
       every = coalesce(every, interval '1 day'), next_at = coalesce(next_at, now()),
       job = CASE service.name
         WHEN 'replay-demo' THEN CASE WHEN parameters ? 'forecasts'
           THEN 'jobs.tasks.forecast_demo' ELSE 'jobs.tasks.replay' END
         WHEN 'forecast' THEN 'jobs.tasks.start_runs'
         WHEN 'refresh-aggregates' THEN 'jobs.tasks.refresh_aggregates'
         WHEN 'maintain-storage' THEN 'jobs.tasks.maintain_storage'
       END
  FROM service WHERE service.id = service_id
"""


def upgrade() -> None:
    add_services()
    rebuild_schedules()
    add_runs()
    op.add_column("run", sa.Column("origin", sa.String(), nullable=True))
    op.create_index(
        "ix_run_open",
        "run",
        ["status"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_unique_constraint(op.f("uq_run_origin"), "run", ["origin"])


def add_services() -> None:
    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column(
            "parameters_schema",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("timeout", sa.Integer(), server_default=sa.text("600"), nullable=False),
        sa.Column("retries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("backoff", sa.Integer(), server_default=sa.text("30"), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column(
            "kept", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column(
            "headers",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column(
            "secret_names",
            postgresql.ARRAY(sa.String()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("max_answer_bytes", sa.Integer(), nullable=True),
        sa.CheckConstraint("(kind = 'http') = (url IS NOT NULL)", name=op.f("ck_service_url")),
        sa.CheckConstraint("kind IN ('python', 'http')", name=op.f("ck_service_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("name", name=op.f("uq_service_name")),
    )
    op.create_table(
        "parameter_set",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column(
            "parameters",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_parameter_set_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_set")),
        sa.UniqueConstraint("service_id", "name", name=op.f("uq_parameter_set_service_id_name")),
    )


def rebuild_schedules() -> None:
    op.add_column("schedule", sa.Column("service_id", sa.Integer(), nullable=True))
    op.add_column("schedule", sa.Column("parameter_set_id", sa.Integer(), nullable=True))
    op.add_column("schedule", sa.Column("cron", sa.String(), nullable=True))
    op.add_column("schedule", sa.Column("start", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "schedule", sa.Column("timezone", sa.String(), server_default="UTC", nullable=False)
    )
    op.add_column(
        "schedule", sa.Column("missed", sa.String(), server_default="once", nullable=False)
    )
    op.add_column(
        "schedule", sa.Column("jitter", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("schedule", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("schedule", "every", nullable=True)
    op.alter_column("schedule", "next_at", nullable=True)
    op.execute(SERVICES)
    op.execute(SCHEDULES)
    op.execute("DELETE FROM schedule WHERE service_id IS NULL")
    op.alter_column("schedule", "service_id", nullable=False)
    op.drop_column("schedule", "job")
    op.create_check_constraint(
        op.f("ck_schedule_timing"), "schedule", "num_nonnulls(cron, every) = 1"
    )
    op.create_check_constraint(op.f("ck_schedule_missed"), "schedule", "missed IN ('skip', 'once')")
    op.create_check_constraint(op.f("ck_schedule_jitter"), "schedule", "jitter >= 0")
    op.drop_index(op.f("ix_schedule_next_at"), table_name="schedule")
    for column in ("due_at", "parameter_set_id", "service_id"):
        op.create_index(op.f(f"ix_schedule_{column}"), "schedule", [column])
    for table in ("parameter_set", "service"):
        column = f"{table}_id"
        op.create_foreign_key(op.f(f"fk_schedule_{column}"), "schedule", table, [column], ["id"])


def add_runs() -> None:
    op.create_table(
        "service_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("parameter_set", sa.String(), nullable=True),
        sa.Column(
            "parameters",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("tick", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("status", sa.String(), server_default="queued", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivery", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("carrier", sa.String(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column(
            "written",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "answer", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("cancel_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "queued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_service_run_status"),
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedule.id"],
            name=op.f("fk_service_run_schedule_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
            name=op.f("fk_service_run_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_run")),
        sa.UniqueConstraint("schedule_id", "tick", name=op.f("uq_service_run_schedule_id_tick")),
    )
    op.create_index(
        "ix_service_run_open",
        "service_run",
        ["service_id", "status"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_index(
        "ix_service_run_schedule_id_id", "service_run", ["schedule_id", "id"], unique=False
    )
    op.create_index(
        "ix_service_run_service_id_id", "service_run", ["service_id", "id"], unique=False
    )
    op.create_table(
        "service_run_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("line", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["service_run.id"],
            name=op.f("fk_service_run_log_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_run_log")),
    )
    op.create_index(
        "ix_service_run_log_run_id_id", "service_run_log", ["run_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_run_origin"), "run", type_="unique")
    op.drop_index("ix_run_open", table_name="run")
    op.drop_column("run", "origin")
    op.drop_table("service_run_log")
    op.drop_table("service_run")
    for name in ("timing", "missed", "jitter"):
        op.drop_constraint(op.f(f"ck_schedule_{name}"), "schedule", type_="check")
    op.add_column("schedule", sa.Column("job", sa.String(), nullable=True))
    op.execute(JOBS)
    op.execute("DELETE FROM schedule WHERE job IS NULL")
    op.alter_column("schedule", "job", nullable=False)
    op.alter_column("schedule", "every", nullable=False)
    op.alter_column("schedule", "next_at", nullable=False)
    for column in (
        "due_at",
        "jitter",
        "missed",
        "timezone",
        "start",
        "cron",
        "parameter_set_id",
        "service_id",
    ):
        op.drop_column("schedule", column)
    op.create_index(op.f("ix_schedule_next_at"), "schedule", ["next_at"])
    op.drop_table("parameter_set")
    op.drop_table("service")
