"""What a model learns from: the recent readings of one series."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen

HISTORY = text("""
SELECT array_agg(extract(epoch FROM time)::float8 ORDER BY time), array_agg(value ORDER BY time)
  FROM reading
 WHERE series_id = :series_id AND time >= :start AND time < :end AND value IS NOT NULL
""")


class History(Frozen):
    """Numbers of a series in order of time; times are epoch seconds."""

    times: list[float]
    values: list[float]


def read(session: Session, series_id: int, start: datetime, end: datetime) -> History:
    """Return the numbers of a series in [start, end)."""
    parameters = {"series_id": series_id, "start": start, "end": end}
    times, values = session.execute(HISTORY, parameters).one()
    return History(times=times or [], values=values or [])
