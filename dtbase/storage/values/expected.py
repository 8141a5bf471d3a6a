"""What the newest forecast of every series says: of its last reading, and of the hours ahead."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dtbase.domain.glance.overview import HOURS, Ahead
from dtbase.storage.values.lately import Lately

NEWEST = text("""
SELECT last.id, newest.run_id, newest.step, said.lower, said.upper, ahead.*
  FROM unnest(CAST(:ids AS int[]), CAST(:times AS timestamptz[])) AS last (id, time)
  LEFT JOIN LATERAL (
   SELECT o.id FROM run_output o JOIN run r ON r.id = o.run_id
    WHERE o.series_id = last.id AND o.ends_at >= last.time AND o.starts_at <= last.time
      AND r.status = 'succeeded' AND r.issued_at < last.time
    ORDER BY r.issued_at DESC, o.id DESC LIMIT 1) before ON true
  LEFT JOIN LATERAL (
   SELECT lower[cardinality(lower)] AS lower, upper[cardinality(upper)] AS upper
     FROM prediction WHERE output_id = before.id AND time = last.time) said ON true
  LEFT JOIN LATERAL (
   SELECT o.id, o.run_id, o.step FROM run_output o JOIN run r ON r.id = o.run_id
    WHERE o.series_id = last.id AND o.ends_at > :now AND r.status = 'succeeded'
    ORDER BY r.issued_at DESC, o.id DESC LIMIT 1) newest ON true
 CROSS JOIN LATERAL (
   SELECT min(time), array_agg(value ORDER BY time),
          array_agg(lower[1] ORDER BY time), array_agg(upper[1] ORDER BY time)
     FROM (SELECT * FROM prediction
            WHERE output_id = newest.id AND time > :now AND time <= :until
            ORDER BY time LIMIT :most) p) ahead (start, values, lows, highs)
 WHERE newest.id IS NOT NULL OR said.lower IS NOT NULL
""")
"""What was foretold for the last reading before it came, and what is foretold now.

The bounds of a prediction stand by their levels, the narrowest first.
"""


class Expected(NamedTuple):
    """The widest interval that was foretold for the last reading, and the hours ahead."""

    lower: float | None
    upper: float | None
    ahead: Ahead | None


def expected_of(
    session: Session, lately: Mapping[int, Lately], now: datetime
) -> Mapping[int, Expected]:
    """Return what is expected by the ids of the series; those without a forecast are not there."""
    asked = {
        "ids": [*lately],
        "times": [each.time for each in lately.values()],
        "now": now,
        "until": now + timedelta(hours=HOURS),
        "most": 4 * HOURS,
    }
    return {row[0]: to_domain(row) for row in session.execute(NEWEST, asked)}


def to_domain(row: Row[*tuple[Any, ...]]) -> Expected:
    _, run, step, lower, upper, start, values, lows, highs = row
    if start is None:
        return Expected(lower, upper, None)
    seconds = step.total_seconds() if step else 3600.0
    ahead = Ahead(run=run, start=start, step=seconds, values=values, lower=lows, upper=highs)
    return Expected(lower, upper, ahead)
