"""The SQL of reading queries, put together from fixed pieces; values are always parameters.

Readings and predictions are read by the same pieces; a source says what differs. Whole columns
are answered as arrays, one row for each series, which transfers many times faster than rows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from dtbase.domain.readings.buckets import origin
from dtbase.domain.readings.queries import Aggregate, Bucketing, Level, Part
from dtbase.domain.registry.measures import Datatype, Statistic


class Source(NamedTuple):
    """A relation of times and values, and the column that tells its series apart.

    Readings have hours and days stored beside them; predictions have interval levels. A typed one
    has exact integers and texts beside its numbers. Of one series alone PostgreSQL keeps the plan;
    for many it plans anew each time, because it cannot know how many there will be.
    """

    relation: str
    key: str
    key_type: str
    stored: bool = False
    typed: bool = False
    levels: tuple[float, ...] = ()
    parameters: Mapping[str, Any] = {}
    one: bool = False


READINGS = Source("reading", "series_id", "int", stored=True, typed=True)

COLUMNS = ("n", "sum", "min", "max", "first", "last", "sum_sin", "sum_cos")

WHERE = """WHERE {key} = {ids}
   AND {time} >= %({start})s AND {time} < %({end})s"""

STORED = """SELECT series_id, bucket AS t, n, sum, min, max, first, last, sum_sin, sum_cos
  FROM {view} """
VALUES = """SELECT {key} AS series_id, time AS t, 1 AS n, value AS sum, value AS min,
  value AS max, value AS first, value AS last,
  sin(radians(value)) AS sum_sin, cos(radians(value)) AS sum_cos FROM {relation} known """
PARTS = {
    Level.RAW: VALUES,
    Level.HOUR: STORED.format(view="reading_hour"),
    Level.DAY: STORED.format(view="reading_day"),
}
COUNTER_PARTS = {
    Level.RAW: """SELECT {key} AS series_id, time AS t, value AS first, value AS last,
  0::float8 AS increase FROM {relation} known """,
    Level.HOUR: """SELECT series_id, bucket AS t, first, last, increase
  FROM reading_counter_hour """,
}

FIXED_EDGE = "time_bucket(%(width)s::interval, t, origin => %(origin)s::timestamptz)"
WALL_CLOCK_EDGE = "time_bucket(%(width)s::interval, t AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s"

COMBINED = {
    "n": "sum(n)::float8",
    "sum": "sum(sum)",
    "min": "min(min)",
    "max": "max(max)",
    "first": "first(first, t)",
    "last": "last(last, t)",
    "sum_sin": "sum(sum_sin)",
    "sum_cos": "sum(sum_cos)",
}

COLUMNS_OF_EACH = """
SELECT series_id, array_agg(edge), {arrays} FROM ({buckets} LIMIT %(most)s) bucket
 GROUP BY series_id
"""
GROUPED = (
    "SELECT series_id, {edge} AS edge, {columns} FROM ({parts}) part GROUP BY 1, 2 ORDER BY 1, 2"
)
AS_STORED = "SELECT series_id, t AS edge, {columns} FROM ({parts}) part ORDER BY 1, 2"

STORED_SEED = """,
    (SELECT last FROM reading_hour
      WHERE series_id = id AND bucket <= %(start)s::timestamptz - interval '1 hour'
      ORDER BY bucket DESC LIMIT 1)"""
"""The last hour that ends before the range: one that reaches into it may hold only what follows."""

COUNTERS = """
WITH part AS ({parts}),
seed AS (
  SELECT id, coalesce(
    (SELECT value FROM {relation} known WHERE {key} = id AND time < %(start)s AND value IS NOT NULL
      ORDER BY time DESC LIMIT 1){stored_seed}) AS last
    FROM unnest(%(ids)s::{key_type}[]) AS wanted (id)),
step AS (
  SELECT series_id, t, first, increase,
         coalesce(lag(part.last) OVER (PARTITION BY series_id ORDER BY t), seed.last) AS before
    FROM part JOIN seed ON seed.id = series_id)
SELECT series_id, {edge} AS edge, sum(increase + CASE
         WHEN before IS NULL THEN 0 WHEN first >= before THEN first - before ELSE first END)
         AS gained
  FROM step GROUP BY 1, 2 ORDER BY 1, 2
"""

PAGE = """
SELECT array_agg(time), array_agg(value){arrays} FROM (
  SELECT time, {value} AS value{columns} FROM {relation} known
   WHERE {key} = %(id)s::{key_type} AND time >= %(start)s AND time < %(end)s
   ORDER BY time LIMIT %(size)s) page
"""
READING_VALUES = {
    Datatype.FLOAT: "value",
    Datatype.INTEGER: "coalesce(whole, value::int8)",
    Datatype.BOOLEAN: "value <> 0",
    Datatype.STRING: "text",
}
BOUND = "coalesce({side}[array_position(levels, %(level_{place})s::float8)], 'NaN')"

EXTENT = """
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
"""

NEEDED = {
    Aggregate.MIN: ("min",),
    Aggregate.MAX: ("max",),
    Aggregate.SUM: ("sum",),
    Aggregate.COUNT: ("n",),
    Aggregate.FIRST: ("first",),
    Aggregate.LAST: ("last",),
}
NEEDED_FOR_MEAN = {
    Statistic.MEAN: ("sum", "n"),
    Statistic.TOTAL: ("sum",),
    Statistic.CIRCULAR: ("sum_sin", "sum_cos"),
    Statistic.COUNTER: (),
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


def bucketed(source: Source, parts: list[Part], how: Bucketing, columns: tuple[str, ...]) -> str:
    """Return the query for buckets of the stored columns."""
    level = parts[0].level
    selected = union(source, parts, PARTS)
    if len(parts) == 1 and level is not Level.RAW and how.bucket.seconds == level.seconds:
        names = ", ".join("n::float8" if name == "n" else name for name in columns)
        return in_columns(AS_STORED.format(columns=names, parts=selected), columns)
    combined = ", ".join(f"{COMBINED[column]} AS {column}" for column in columns)
    buckets = GROUPED.format(edge=edge(how), columns=combined, parts=selected)
    return in_columns(buckets, columns)


def counters(source: Source, parts: list[Part], how: Bucketing) -> str:
    """Return the query for what counters gained in each bucket."""
    buckets = COUNTERS.format(
        parts=union(source, parts, COUNTER_PARTS),
        stored_seed=STORED_SEED if source.stored else "",
        edge=edge(how),
        **source._asdict(),
    )
    return in_columns(buckets, ("gained",))


def in_columns(buckets: str, columns: tuple[str, ...]) -> str:
    """Return the query that answers buckets as one row of arrays for each series."""
    arrays = ", ".join(f"array_agg({column})" for column in columns)
    return COLUMNS_OF_EACH.format(arrays=arrays, buckets=buckets)


def page(source: Source, datatype: Datatype) -> str:
    """Return the query for the next values of one series, as they are."""
    value = "text" if datatype is Datatype.STRING else "value"
    bounds = [
        BOUND.format(side=side, place=place)
        for place in range(len(source.levels))
        for side in ("lower", "upper")
    ]
    return PAGE.format(
        value=READING_VALUES[datatype] if source.typed else value,
        columns="".join(f", {bound} AS bound_{place}" for place, bound in enumerate(bounds)),
        arrays="".join(f", array_agg(bound_{place})" for place in range(len(bounds))),
        **source._asdict(),
    )


def extent(source: Source) -> str:
    """Return the query for how many values a range holds, and for where they lie."""
    return EXTENT.format(**source._asdict())


def edge(how: Bucketing) -> str:
    """Return the expression for the bucket of a time t."""
    return FIXED_EDGE if how.bucket.fixed else WALL_CLOCK_EDGE


def union(source: Source, parts: list[Part], pieces: dict[Level, str]) -> str:
    """Return the query that reads each part from its level."""
    return " UNION ALL ".join(
        pieces[part.level].format(**source._asdict()) + condition(source, part.level, place)
        for place, part in enumerate(parts)
    )


def condition(source: Source, level: Level, place: int) -> str:
    """Return the condition that keeps a part within its series and its range."""
    raw = level is Level.RAW
    ids = f"%(ids)s::{source.key_type}[]"
    where = WHERE.format(
        key=source.key if raw else "series_id",
        ids=f"({ids})[1]" if source.one else f"ANY ({ids})",
        time="time" if raw else "bucket",
        start=f"start_{place}",
        end=f"end_{place}",
    )
    return where + (" AND value IS NOT NULL" if raw else "")


def parameters(ids: list[int], parts: list[Part], how: Bucketing, source: Source) -> dict[str, Any]:
    """Return the values of a query's parameters."""
    spans: dict[str, datetime] = {}
    for place, part in enumerate(parts):
        spans[f"start_{place}"] = part.span.start
        spans[f"end_{place}"] = part.span.end
    return {
        "ids": ids,
        "start": parts[0].span.start,
        "width": how.bucket.interval,
        "origin": origin(how.zone),
        "zone": how.zone.key,
        **spans,
        **source.parameters,
    }
