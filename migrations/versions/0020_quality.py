"""Rules of measures, what is set aside by them, and marks of what is suspect."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.time_series import run

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SAID = {"measure": "rules", "sensor_type_measure": "rules", "series": "own_rules"}

MARKED = """
CREATE INDEX ix_reading_marked ON reading (series_id, time) WHERE mark IS NOT NULL
"""
"""So that it costs nothing to look for marks where there are none."""


def upgrade() -> None:
    for table, column in SAID.items():
        op.add_column(table, sa.Column(column, postgresql.JSONB(), nullable=True))
    op.add_column("series", sa.Column("rules", sa.String(), nullable=True))
    op.add_column(
        "series", sa.Column("unjudged", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.create_index(
        "ix_series_unjudged", "series", ["id"], postgresql_where=sa.text("unjudged > 0")
    )
    op.execute("ALTER TABLE reading ADD COLUMN mark smallint")
    op.execute(MARKED)
    run("0020/asides.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION series_said")
    op.drop_table("reading_aside")
    op.execute("ALTER TABLE reading DROP COLUMN mark")
    op.drop_index("ix_series_unjudged", "series")
    op.drop_column("series", "unjudged")
    op.drop_column("series", "rules")
    for table, column in SAID.items():
        op.drop_column(table, column)
