"""The SQL of what steps are told from: readings with those around them, and stored days."""

from functools import lru_cache
from typing import NamedTuple

from psycopg.sql import SQL, Literal, Placeholder

from dtbase.storage.values.relations import KEPT, RELATIONS
from dtbase.storage.values.sources import Readings, Source

SOME = """(SELECT time, value FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND value IS NOT NULL AND time >= """
STRETCH = SQL(SOME + "{first} AND time < {last} ORDER BY time LIMIT %(most)s)")
BEFORE = SQL(SOME + "%(since)s AND time < %(start)s ORDER BY time DESC LIMIT {around})")
AFTER = SQL(SOME + "%(end)s AND time < %(until)s ORDER BY time LIMIT {around})")
POINTS = SQL("SELECT array_agg(time), array_agg(value), {dropped} FROM ({parts}) point")
DROPPED = SQL("EXISTS (SELECT FROM reading_horizon WHERE series_id = %(id)s)")
KEPT_ALL = SQL("false")

BESIDE_ZEROS = SQL("""
SELECT array_agg(time), array_agg(value) FROM (
  (SELECT time, value FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND value <> 0
      AND time >= greatest(%(since)s, %(start)s - %(zeros)s::interval) AND time < %(start)s
    ORDER BY time DESC LIMIT %(around)s)
  UNION ALL
  (SELECT time, value FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND value <> 0
      AND time >= %(end)s AND time < least(%(until)s, %(end)s + %(zeros)s::interval)
    ORDER BY time LIMIT %(around)s)) point
""")
"""What stood before and after zeros that a range begins or ends with."""

BESIDE_ZEROS_OF = {
    kind: BESIDE_ZEROS.format(**each.pieces).as_bytes() for kind, each in RELATIONS.items()
}


class PointsShape(NamedTuple):
    """All that the text of a statement for readings one by one depends on."""

    kind: type[Source]
    stretches: int
    around: int
    """A number in the text: of one that is not, PostgreSQL thinks it large, and plans each time."""


@lru_cache(maxsize=KEPT)
def points(shape: PointsShape) -> bytes:
    """Return the statement for the readings of stretches of a range, and for those around it.

    Each part costs time, also one in which there is nothing: it has none that is not needed.
    """
    pieces = {**RELATIONS[shape.kind].pieces, "around": Literal(shape.around)}
    names = [(Placeholder(f"first_{n}"), Placeholder(f"last_{n}")) for n in range(shape.stretches)]
    parts = [STRETCH.format(first=first, last=last, **pieces) for first, last in names]
    if shape.around:
        parts += [BEFORE.format(**pieces), AFTER.format(**pieces)]
    dropped = DROPPED if shape.kind is Readings else KEPT_ALL
    return POINTS.format(dropped=dropped, parts=SQL(" UNION ALL ").join(parts)).as_bytes()


DAYS = b"""
SELECT array_agg(first_at[1]), array_agg(last_at[cardinality(last_at)]), array_agg(first[1]),
       array_agg(last[cardinality(last)]), array_agg(coalesce(weighted, 0)),
       array_agg(coalesce(gap, 0)::float8), array_agg(coalesce(steepest, 0)::float8),
       array_agg(coalesce(falls, false)), array_agg(settled)
  FROM (SELECT * FROM reading_inside_day
         WHERE series_id = %(id)s AND bucket >= %(start)s AND bucket < %(end)s
         ORDER BY bucket LIMIT %(most)s) day
"""
"""What lies inside each day of a range."""

HOURS_COLUMNS = b"""SELECT first_at, last_at, first, last, inside, increase,
       coalesce(hour_gap, 0)::float8, coalesce(steepest, 0)::float8
  FROM reading_inside_day WHERE series_id = %(id)s """
HOURS = (
    HOURS_COLUMNS
    + b"""AND bucket > %(start)s::timestamptz - interval '1 day'
   AND bucket < %(end)s ORDER BY bucket LIMIT %(most)s"""
)
"""What lies inside each hour of the days that a range lies in, day by day."""

HOURS_OF_DAYS = HOURS_COLUMNS + b"AND bucket = ANY (%(days)s) ORDER BY bucket"

HOURS_BEFORE = b"""
SELECT last_at, last FROM reading_inside_day
 WHERE series_id = %(id)s AND bucket <= %(start)s ORDER BY bucket DESC LIMIT 2
"""
"""The last reading of each hour of the last days in which there were some until a time."""
