"""The last readings of every series, and how often they come."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.glance.overview import Rhythm

FEW = 12
"""From the steps between so many readings a series' rhythm is told."""

LATELY = timedelta(days=14)
"""Older readings are not looked for: those of a dead series lie behind all that came since."""

LAST = text("""
SELECT s.id, r.times, r.value, r.whole, r.text
  FROM series s CROSS JOIN LATERAL (
    SELECT array_agg(extract(epoch FROM time)::float8 ORDER BY time DESC) AS times,
           (array_agg(value ORDER BY time DESC))[1] AS value,
           (array_agg(whole ORDER BY time DESC))[1] AS whole,
           (array_agg(text ORDER BY time DESC))[1] AS text
      FROM (SELECT time, value, whole, text FROM reading
             WHERE series_id = s.id AND time > :since
             ORDER BY time DESC LIMIT :few) newest) r
 WHERE r.times IS NOT NULL AND (CAST(:ids AS int[]) IS NULL OR s.id = ANY (:ids))
""")

HOURS = text("""
SELECT series_id, array_agg(extract(epoch FROM bucket)::float8 ORDER BY bucket) FROM reading_hour
 WHERE series_id = ANY (:ids) AND bucket > :since GROUP BY series_id
""")


class Lately(NamedTuple):
    """The last reading of a series, and its rhythm."""

    time: datetime
    value: float | None
    whole: int | None
    text: str | None
    rhythm: Rhythm | None


def last_with_rhythm(
    session: Session, now: datetime, ids: Sequence[int] | None = None
) -> Mapping[int, Lately]:
    """Return the last readings by the ids of their series, of some or of all.

    Those without any are not there.
    """
    given = {"since": now - LATELY, "few": FEW, "ids": None if ids is None else [*ids]}
    rows = session.execute(LAST, given)
    return {
        id_: Lately(datetime.fromtimestamp(times[0], UTC), value, whole, string, rhythm(times))
        for id_, times, value, whole, string in rows
    }


def rhythm(times: list[float]) -> Rhythm | None:
    """Return how often readings come, whose times are given newest first."""
    return Rhythm.of([newer - older for newer, older in pairwise(times)])


def hours_of_late(
    session: Session, ids: Collection[int], now: datetime
) -> Mapping[int, Sequence[float]]:
    """Return the hours in which series have readings, as seconds, the oldest first."""
    if not ids:
        return {}
    rows = session.execute(HOURS, {"ids": [*ids], "since": now - LATELY})
    return {row[0]: row[1] for row in rows}
