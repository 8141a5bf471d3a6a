"""What a model learns from: the recent readings of one series."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen

HISTORY = text("""
SELECT array_agg(time ORDER BY time), array_agg(value ORDER BY time)
  FROM (SELECT avg(extract(epoch FROM time)::float8) AS time, avg(value) AS value
          FROM reading
         WHERE series_id = :series_id AND time >= :start AND time < :end AND value IS NOT NULL
         GROUP BY time_bucket('1 minute', time)) minute
""")


class History(Frozen):
    """Numbers of a series in order of time; times are epoch seconds."""

    times: list[float]
    values: list[float]


def read(session: Session, series_id: int, start: datetime, end: datetime) -> History:
    """Return the numbers of a series in [start, end); those of one minute are averaged.

    So the newest 60 days never are more than 86,400 numbers, however fast a sensor speaks.
    """
    parameters = {"series_id": series_id, "start": start, "end": end}
    times, values = session.execute(HISTORY, parameters).one()
    return History(times=times or [], values=values or [])
