"""When the readings of series begin."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

FIRST = text("""
SELECT min(first.time) FROM unnest(CAST(:ids AS int[])) AS wanted (id)
 CROSS JOIN LATERAL (
   (SELECT time FROM reading WHERE series_id = wanted.id ORDER BY time LIMIT 1)
   UNION ALL
   (SELECT bucket FROM reading_hour WHERE series_id = wanted.id ORDER BY bucket LIMIT 1)) first
""")
"""Of readings that retention has dropped the hours are left."""


def first_of(session: Session, ids: Sequence[int]) -> datetime | None:
    """Return when the first of these series begins; None where none has readings."""
    found: datetime | None = session.scalar(FIRST, {"ids": [*ids]})
    return found
