"""The SQL of buckets of values, put together from fixed pieces; values are always parameters.

Readings and predictions are read by the same pieces; the kind of source says what differs. Whole
columns are answered as arrays, one row for each series, which transfers many times faster than
rows. A statement is put together once for each shape that it can have, and kept.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from psycopg.sql import SQL, Composable, Identifier, Placeholder

from dtbase.domain.readings.buckets import origin
from dtbase.domain.readings.queries import Aggregate, Bucketing, Grain, Part
from dtbase.domain.registry.measures import Statistic
from dtbase.storage.values.relations import (
    KEPT,
    RELATIONS,
    SERIES_ID,
    Parameters,
    arrays_of,
    comma,
    parameters_of,
)
from dtbase.storage.values.sources import Readings, Source

COLUMNS = ("n", "sum", "min", "max", "first", "last", "sum_sin", "sum_cos")

WHERE = SQL(" WHERE {key} = {ids} AND {time} >= {start} AND {time} < {end}")
ONE_ID = SQL("%(id)s::{key_type}")
"""Of one series alone PostgreSQL keeps the plan; of many it cannot know how many there will be."""

ANY_ID = SQL("ANY (%(ids)s::{key_type}[])")

VALUES = SQL("""SELECT {key} AS series_id, time AS t, 1 AS n, value AS sum, value AS min,
  value AS max, value AS first, value AS last,
  sin(radians(value)) AS sum_sin, cos(radians(value)) AS sum_cos FROM {relation} known""")
STORED = """SELECT series_id, bucket AS t, n, sum, min, max, first, last, sum_sin, sum_cos
  FROM """
PARTS = {
    Grain.RAW: VALUES,
    Grain.HOUR: SQL(STORED + "reading_hour"),
    Grain.DAY: SQL(STORED + "reading_day"),
}
FIXED_EDGE = SQL("time_bucket(%(width)s::interval, t, origin => %(origin)s::timestamptz)")
WALL_CLOCK_EDGE = SQL(
    "time_bucket(%(width)s::interval, t AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s"
)

COMBINED = {
    "n": SQL("sum(n)::float8 AS n"),
    "sum": SQL("sum(sum) AS sum"),
    "min": SQL("min(min) AS min"),
    "max": SQL("max(max) AS max"),
    "first": SQL("first(first, t) AS first"),
    "last": SQL("last(last, t) AS last"),
    "sum_sin": SQL("sum(sum_sin) AS sum_sin"),
    "sum_cos": SQL("sum(sum_cos) AS sum_cos"),
}

COLUMNS_OF_EACH = SQL("""
SELECT series_id, array_agg(edge), {arrays} FROM ({buckets} LIMIT %(most)s) bucket
 GROUP BY series_id
""")
GROUPED = SQL(
    "SELECT series_id, {edge} AS edge, {columns} FROM ({parts}) part GROUP BY 1, 2 ORDER BY 1, 2"
)
AS_STORED = SQL("SELECT series_id, t AS edge, {columns} FROM ({parts}) part ORDER BY 1, 2")

MINUTES = SQL("""
SELECT array_agg(time), {arrays} FROM (
  SELECT to_timestamp(avg(extract(epoch FROM t)::float8)) AS time, {columns}
    FROM ({readings} WHERE series_id = %(id)s AND time >= %(start)s AND time < %(end)s
             AND value IS NOT NULL) reading
   GROUP BY time_bucket('1 minute', t) ORDER BY 1) minute
""")

NEEDED = {
    Aggregate.MIN: ("min",),
    Aggregate.MAX: ("max",),
    Aggregate.SUM: ("sum",),
    Aggregate.COUNT: ("n",),
    Aggregate.FIRST: ("first",),
    Aggregate.LAST: ("last",),
    Aggregate.INTEGRAL: (),
    Aggregate.TIME: (),
    Aggregate.CHANGES: (),
}
NEEDED_FOR_MEAN = {
    Statistic.MEAN: ("sum", "n"),
    Statistic.TOTAL: ("sum",),
    Statistic.CIRCULAR: ("sum_sin", "sum_cos"),
    Statistic.COUNTER: (),
    Statistic.LEVEL: (),
    Statistic.NET: (),
    Statistic.STATE: (),
}


def needed(aggregates: tuple[Aggregate, ...], statistics: set[Statistic]) -> tuple[str, ...]:
    """Return the stored columns from which the aggregates can be computed."""
    wanted = {"n"}
    for aggregate in aggregates:
        if aggregate is Aggregate.MEAN:
            wanted.update(*(NEEDED_FOR_MEAN[statistic] for statistic in statistics))
        else:
            wanted.update(NEEDED[aggregate])
    return tuple(column for column in COLUMNS if column in wanted)


class Shape(NamedTuple):
    """All that the text of a statement for buckets depends on; the rest are its parameters."""

    kind: type[Source]
    grains: tuple[Grain, ...]
    alone: bool
    fixed: bool
    as_stored: bool


def shape_of(source: Source, parts: Sequence[Part], how: Bucketing, *, alone: bool) -> Shape:
    """Return the shape of a statement that reads parts of a source into buckets."""
    grain = parts[0].grain
    whole = len(parts) == 1 and grain is not Grain.RAW and how.bucket.seconds == grain.seconds
    grains = tuple(part.grain for part in parts)
    return Shape(type(source), grains, alone, how.bucket.fixed, as_stored=whole)


@lru_cache(maxsize=KEPT)
def bucketed(shape: Shape, columns: tuple[str, ...]) -> bytes:
    """Return the statement for buckets of the stored columns."""
    parts = union(shape, PARTS)
    if shape.as_stored:
        names = [SQL("n::float8") if name == "n" else Identifier(name) for name in columns]
        return in_columns(AS_STORED.format(columns=comma(names), parts=parts), columns)
    combined = comma([COMBINED[column] for column in columns])
    buckets = GROUPED.format(edge=edge(shape), columns=combined, parts=parts)
    return in_columns(buckets, columns)


def in_columns(buckets: Composable, columns: tuple[str, ...]) -> bytes:
    """Return the statement that answers buckets as one row of arrays for each series."""
    return COLUMNS_OF_EACH.format(arrays=arrays_of(columns), buckets=buckets).as_bytes()


@lru_cache
def minutes(columns: tuple[str, ...]) -> bytes:
    """Return the statement for the stored columns of each minute of one series' readings."""
    return MINUTES.format(
        arrays=arrays_of(columns),
        columns=comma([COMBINED[column] for column in columns]),
        readings=VALUES.format(**RELATIONS[Readings].pieces),
    ).as_bytes()


def edge(shape: Shape) -> SQL:
    """Return the expression for the bucket of a time t."""
    return FIXED_EDGE if shape.fixed else WALL_CLOCK_EDGE


def union(shape: Shape, pieces: dict[Grain, SQL]) -> Composable:
    """Return the query that reads each part at its grain."""
    relation = RELATIONS[shape.kind]
    return SQL(" UNION ALL ").join(
        pieces[grain].format(**relation.pieces) + condition(shape, place)
        for place, grain in enumerate(shape.grains)
    )


def condition(shape: Shape, place: int) -> Composable:
    """Return the condition that keeps a part within its series and its range."""
    raw = shape.grains[place] is Grain.RAW
    relation = RELATIONS[shape.kind]
    ids = (ONE_ID if shape.alone else ANY_ID).format(key_type=relation.key_type)
    where = WHERE.format(
        key=relation.key if raw else SERIES_ID,
        ids=ids,
        time=SQL("time" if raw else "bucket"),
        start=Placeholder(f"start_{place}"),
        end=Placeholder(f"end_{place}"),
    )
    return where + SQL(" AND value IS NOT NULL") if raw else where


def parameters(ids: list[int], parts: Sequence[Part], how: Bucketing, source: Source) -> Parameters:
    found: Parameters = {
        "ids": ids,
        "id": ids[0],
        "start": parts[0].span.start,
        "width": how.bucket.interval,
        "origin": origin(how.zone),
        "zone": how.zone.key,
    }
    for place, part in enumerate(parts):
        found[f"start_{place}"], found[f"end_{place}"] = part.span.start, part.span.end
    return found | parameters_of(source)
