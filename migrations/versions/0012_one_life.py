"""Only runs of services wait and run; forecasts and backtests are what they leave behind."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RESULTS = ("run", "backtest")
ENDED = "status IN ('succeeded', 'failed', 'cancelled')"
ANY = "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')"

SERVICES = """
INSERT INTO service (name, kind, queue, timeout, retries, backoff)
SELECT name, 'python', 'forecast', 3600, 1, 10 FROM unnest(ARRAY['forecast', 'backtest']) AS name
ON CONFLICT DO NOTHING
"""
"""Workers complete these rows when they start."""

ADOPT = """
UPDATE run SET service_run_id = parent.id, status = NULL, started_at = NULL
  FROM service_run parent
 WHERE run.status IN ('queued', 'running') AND run.job LIKE 'runs-' || parent.id || '-%'
   AND parent.status IN ('queued', 'running')
"""
"""Runs that a run of the service forecast had asked for stay with it, which makes them itself."""

REQUEUE = """
UPDATE service_run SET status = 'queued', delivery = delivery + 1, attempt = 0, started_at = NULL
 WHERE id IN (SELECT service_run_id FROM run WHERE status IS NULL)
"""

FORECASTS = """
DO $$
DECLARE found record; made bigint;
BEGIN
  FOR found IN
    SELECT run.id, run.created_at, run.horizon, run.parameters, model.name AS model,
           scenario.name AS scenario, sensor.identifier || '/' || measure.name AS series
      FROM run JOIN scenario ON scenario.id = run.scenario_id JOIN model ON model.id = model_id
      LEFT JOIN series ON series.id = target_id LEFT JOIN sensor ON sensor.id = sensor_id
      LEFT JOIN measure ON measure.id = measure_id
     WHERE run.status IN ('queued', 'running') ORDER BY run.id
  LOOP
    INSERT INTO service_run (service_id, parameters, asked_by, created_at)
    SELECT id, jsonb_build_object('model', found.model, 'series', jsonb_build_array(found.series),
             'horizon', coalesce(found.horizon, 48), 'parameters', found.parameters,
             'scenarios', jsonb_build_array(found.scenario)), 'upgrade', found.created_at
      FROM service WHERE name = 'forecast' RETURNING id INTO made;
    UPDATE run SET service_run_id = made, status = NULL, started_at = NULL WHERE id = found.id;
  END LOOP;
END $$
"""

BACKTESTS = """
DO $$
DECLARE found record; made bigint;
BEGIN
  FOR found IN
    SELECT backtest.*, model.name AS model, scenario.name AS scenario, sensor.identifier AS sensor,
           measure.name AS measure
      FROM backtest JOIN scenario ON scenario.id = scenario_id JOIN model ON model.id = model_id
      JOIN series ON series.id = series_id JOIN sensor ON sensor.id = sensor_id
      JOIN measure ON measure.id = measure_id
     WHERE backtest.status IN ('queued', 'running') ORDER BY backtest.id
  LOOP
    INSERT INTO service_run (service_id, parameters, asked_by, created_at)
    SELECT id, jsonb_build_object('model', found.model, 'sensor', found.sensor,
             'measure', found.measure, 'start', found.start, 'end', found."end",
             'every_hours', extract(epoch FROM found.every) / 3600, 'horizon', found.horizon,
             'scenario', found.scenario, 'parameters', found.parameters),
           'upgrade', found.created_at
      FROM service WHERE name = 'backtest' RETURNING id INTO made;
    UPDATE backtest SET service_run_id = made, status = NULL, started_at = NULL WHERE id = found.id;
  END LOOP;
END $$
"""

BACK = """
UPDATE {table} SET status = 'queued'
 WHERE status IS NULL
"""


def upgrade() -> None:
    give_runs_parts()
    for table in RESULTS:
        make_result(table)
    for statement in (SERVICES, ADOPT, REQUEUE, FORECASTS, BACKTESTS):
        op.execute(statement)
    for table in RESULTS:
        op.create_check_constraint(op.f(f"ck_{table}_status"), table, ENDED)
        life = "num_nonnulls(status, service_run_id) > 0"
        op.create_check_constraint(op.f(f"ck_{table}_life"), table, life)
    op.drop_index("ix_run_open", "run")
    op.drop_column("run", "job")
    op.drop_column("backtest", "done")


def give_runs_parts() -> None:
    """Let a run of a service wait for its parts, and count what outages took from it."""
    op.add_column("service_run", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    for name, kind, default in (
        ("awaits", sa.Boolean(), "false"),
        ("outages", sa.Integer(), "0"),
    ):
        column = sa.Column(name, kind, server_default=sa.text(default), nullable=False)
        op.add_column("service_run", column)
    op.create_foreign_key(
        op.f("fk_service_run_parent_id"),
        "service_run",
        "service_run",
        ["parent_id"],
        ["id"],
        ondelete="CASCADE",
    )
    index_present("service_run", "parent_id")


def make_result(table: str) -> None:
    """Let a row say only how it ended, and which run of a service it waits for."""
    op.add_column(table, sa.Column("service_run_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f(f"fk_{table}_service_run_id"),
        table,
        "service_run",
        ["service_run_id"],
        ["id"],
        ondelete="SET NULL",
    )
    index_present(table, "service_run_id")
    op.drop_constraint(op.f(f"ck_{table}_status"), table)
    op.alter_column(table, "status", nullable=True)


def index_present(table: str, column: str) -> None:
    """Index the rows that have a column: most have not."""
    name = f"ix_{table}_{column}"
    op.create_index(name, table, [column], postgresql_where=sa.text(f"{column} IS NOT NULL"))


def downgrade() -> None:
    done = sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("backtest", done)
    op.add_column("run", sa.Column("job", sa.String(), nullable=True))
    still = sa.text("status IN ('queued', 'running')")
    op.create_index("ix_run_open", "run", ["status"], postgresql_where=still)
    for table in RESULTS:
        op.drop_constraint(op.f(f"ck_{table}_life"), table)
        op.drop_constraint(op.f(f"ck_{table}_status"), table)
        op.execute(BACK.format(table=table))
        op.alter_column(table, "status", nullable=False)
        op.create_check_constraint(op.f(f"ck_{table}_status"), table, ANY)
        op.drop_column(table, "service_run_id")
    op.execute(
        "DELETE FROM service_run USING service"
        " WHERE service.id = service_id AND service.name IN ('forecast', 'backtest')"
        " AND (parent_id IS NOT NULL OR ended_at IS NULL)"
    )
    for column in ("outages", "awaits", "parent_id"):
        op.drop_column("service_run", column)
