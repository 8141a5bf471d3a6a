"""The SQL of what steps are told from: readings with those around them, and stored days."""

from psycopg.sql import SQL

from dtbase.storage.values.relations import RELATIONS

POINTS = SQL("""
SELECT array_agg(time), array_agg(value) FROM (
  (SELECT time, value FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND value IS NOT NULL
      AND time >= %(since)s AND time < %(start)s ORDER BY time DESC LIMIT %(around)s)
  UNION
  (SELECT time, value FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND value IS NOT NULL
      AND time >= greatest(%(since)s, %(start)s - %(beside)s::interval)
      AND time < least(%(until)s, %(end)s + %(beside)s::interval) ORDER BY time LIMIT %(most)s)
  UNION
  (SELECT time, value FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND value IS NOT NULL
      AND time >= %(end)s AND time < %(until)s ORDER BY time LIMIT %(around)s)
  UNION
  (SELECT time, value FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND value <> 0
      AND time >= greatest(%(since)s, %(start)s - %(zeros)s::interval) AND time < %(start)s
    ORDER BY time DESC LIMIT %(around)s)
  UNION
  (SELECT time, value FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND value <> 0
      AND time >= %(end)s AND time < least(%(until)s, %(end)s + %(zeros)s::interval)
    ORDER BY time LIMIT %(around)s)
  ORDER BY time) point
""")
"""The readings of a range, with those around it from which its steps are told: also past zeros."""

POINTS_OF = {kind: POINTS.format(**each.pieces).as_bytes() for kind, each in RELATIONS.items()}

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
