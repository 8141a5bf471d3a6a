"""Whether values move, from days that are stored."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.timeranges import TimeRange

USUAL = timedelta(days=14)
MOVED = text("""
SELECT series_id FROM reading_day
 WHERE series_id = ANY (:ids) AND bucket >= :since AND bucket < :until AND n > 1
 GROUP BY series_id HAVING bool_and(min < max) AND count(*) >= 3
""")
"""Series that have not stood still on any day of late: what often does so means nothing by it."""


def moved_of_late(session: Session, ids: Sequence[int], span: TimeRange) -> frozenset[int]:
    """Return those of the series that moved on every day before."""
    if not ids:
        return frozenset()
    day = span.start.replace(hour=0)
    asked = {"ids": [*ids], "since": day - USUAL, "until": day}
    return frozenset(session.scalars(MOVED, asked))
