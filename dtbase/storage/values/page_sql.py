"""The SQL of values as they are stored, of states, and of how many values there are."""

from functools import lru_cache
from typing import NamedTuple

from psycopg.sql import SQL, Identifier, Placeholder

from dtbase.domain.registry.measures import Datatype
from dtbase.storage.values.relations import KEPT, RELATIONS
from dtbase.storage.values.sources import PREDICTIONS, Source

PAGE = SQL("""
SELECT array_agg(time), array_agg(value){arrays} FROM (
  SELECT time, {value} AS value{columns} FROM {relation} known
   WHERE {key} = %(id)s::{key_type} AND time >= %(start)s AND time < %(end)s
   ORDER BY time LIMIT %(size)s) page
""")
READING_VALUES = {
    Datatype.FLOAT: SQL("value"),
    Datatype.INTEGER: SQL("coalesce(whole, value::int8)"),
    Datatype.BOOLEAN: SQL("value <> 0"),
    Datatype.STRING: SQL("text"),
}
BOUND = SQL(", coalesce({side}[array_position(levels, {level}::float8)], 'NaN') AS {name}")

STATE_VALUES = {
    Datatype.STRING: SQL("text"),
    Datatype.BOOLEAN: SQL("value <> 0"),
}
STATES = SQL("""
SELECT array_agg(time), array_agg(state) FROM (
  (SELECT time, {state} AS state FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND time >= %(since)s AND time < %(start)s
    ORDER BY time DESC LIMIT 1)
  UNION ALL
  (SELECT time, {state} AS state FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND time >= greatest(%(since)s, %(start)s)
      AND time < least(%(until)s, %(end)s) ORDER BY time LIMIT %(most)s)
  UNION ALL
  (SELECT time, {state} AS state FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND time >= greatest(%(since)s, %(end)s)
      AND time < %(until)s ORDER BY time LIMIT 1)) state
""")
"""The states of a range, in no order, with the one that holds when it begins and the next one."""

TRUTH_NAMES = SQL("""
SELECT CASE WHEN state THEN 'true' ELSE 'false' END FROM (VALUES (false), (true)) AS truth (state)
 WHERE EXISTS (SELECT FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND time >= greatest(%(since)s, %(start)s)
      AND time < least(%(until)s, %(end)s) AND (value <> 0) = state)
    OR (SELECT value <> 0 FROM {relation} known
         WHERE {key} = %(id)s::{key_type} AND time >= %(since)s AND time < %(start)s
         ORDER BY time DESC LIMIT 1) = state
 ORDER BY state
""")
"""Which of two states a range has: found as soon as one reading has it."""

STATE_NAMES = SQL("""
SELECT DISTINCT state FROM (
  (SELECT {state} AS state FROM {relation} known
    WHERE {key} = %(id)s::{key_type} AND time >= %(since)s AND time < %(start)s
    ORDER BY time DESC LIMIT 1)
  UNION ALL
  SELECT {state} AS state FROM {relation} known
   WHERE {key} = %(id)s::{key_type} AND time >= greatest(%(since)s, %(start)s)
     AND time < least(%(until)s, %(end)s)) state
 ORDER BY 1 LIMIT %(most)s
""")

EXTENT = SQL("""
SELECT coalesce(max(n), 0), min(first), max(last)
  FROM unnest(%(ids)s::{key_type}[]) AS wanted (id)
 CROSS JOIN LATERAL (
  SELECT count(*) AS n FROM (SELECT FROM {relation} known WHERE {key} = id
     AND time >= %(start)s AND time < %(end)s LIMIT %(most)s) r) counted
 CROSS JOIN LATERAL (
  SELECT (SELECT time FROM {relation} known WHERE {key} = id
             AND time >= %(start)s AND time < %(end)s ORDER BY time LIMIT 1) AS first,
         (SELECT time FROM {relation} known WHERE {key} = id
             AND time >= %(start)s AND time < %(end)s ORDER BY time DESC LIMIT 1) AS last) reach
""")
EXTENTS = {kind: EXTENT.format(**each.pieces).as_bytes() for kind, each in RELATIONS.items()}
"""By kind of source: how many values a range holds, and where they lie."""

EXTENT_OF_DROPPED = SQL("""
SELECT min(bucket) AS first, max(bucket) + interval '1 day' AS last FROM reading_day
 WHERE series_id = ANY (%(ids)s::int[]) AND bucket < %(end)s
   AND bucket >= time_bucket('1 day', %(start)s::timestamptz)
HAVING EXISTS (SELECT FROM reading_horizon
                WHERE series_id = ANY (%(ids)s::int[]) AND raw_from > %(start)s)
""")
"""Where the days of series lie of which retention has dropped raw readings in the range."""


class PageShape(NamedTuple):
    """All that the text of a statement for raw values depends on."""

    kind: type[Source]
    datatype: Datatype
    levels: int


@lru_cache(maxsize=KEPT)
def page(shape: PageShape) -> bytes:
    """Return the statement for the next values of one series, with the bounds of its levels."""
    value = READING_VALUES[shape.datatype]
    if shape.kind in PREDICTIONS:  # they have no exact integers beside their numbers
        value = SQL("text" if shape.datatype is Datatype.STRING else "value")
    bounds = [(side, place) for place in range(shape.levels) for side in ("lower", "upper")]
    names = [Identifier(f"{side}_{place}") for side, place in bounds]
    columns = [
        BOUND.format(side=Identifier(side), level=Placeholder(f"level_{place}"), name=name)
        for (side, place), name in zip(bounds, names, strict=True)
    ]
    return PAGE.format(
        value=value,
        columns=SQL("").join(columns),
        arrays=SQL("").join(SQL(", array_agg({})").format(name) for name in names),
        **RELATIONS[shape.kind].pieces,
    ).as_bytes()


@lru_cache(maxsize=KEPT)
def states(shape: PageShape) -> bytes:
    """Return the statement for the states of one series."""
    return STATES.format(
        state=STATE_VALUES[shape.datatype], **RELATIONS[shape.kind].pieces
    ).as_bytes()


@lru_cache(maxsize=KEPT)
def state_names(shape: PageShape) -> bytes:
    """Return the statement for the names of the states that a series has in a range."""
    if shape.datatype is Datatype.BOOLEAN:
        return TRUTH_NAMES.format(**RELATIONS[shape.kind].pieces).as_bytes()
    return STATE_NAMES.format(
        state=STATE_VALUES[shape.datatype], **RELATIONS[shape.kind].pieces
    ).as_bytes()
