"""Parameters of forecasts and backtests are checked before a worker has told what they are."""

from alembic import op

from migrations.time_series import run

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("0019/schemas.sql")


def downgrade() -> None:
    op.execute(
        "UPDATE service SET summary = NULL, parameters_schema = '{}'"
        " WHERE name IN ('backtest', 'forecast') AND seen_at IS NULL"
    )
