"""The SQL of reading queries, put together from fixed pieces; values are always parameters."""

from datetime import datetime
from typing import Any

from dtbase.domain.buckets import origin
from dtbase.domain.measures import Statistic
from dtbase.domain.queries import Aggregate, Bucketing, Level, Part

COLUMNS = ("n", "sum", "min", "max", "first", "last", "sum_sin", "sum_cos")

WHERE = "WHERE series_id = ANY (%(ids)s::int[]) AND {time} >= %({start})s AND {time} < %({end})s"

STORED = """SELECT series_id, bucket AS t, n, sum, min, max, first, last, sum_sin, sum_cos
  FROM {view} """
SOURCES = {
    Level.RAW: """SELECT series_id, time AS t, 1::bigint AS n, value AS sum, value AS min,
  value AS max, value AS first, value AS last,
  sin(radians(value)) AS sum_sin, cos(radians(value)) AS sum_cos FROM reading """,
    Level.HOUR: STORED.format(view="reading_hour"),
    Level.DAY: STORED.format(view="reading_day"),
}
COUNTER_SOURCES = {
    Level.RAW: """SELECT series_id, time AS t, value AS first, value AS last,
  0::float8 AS increase FROM reading """,
    Level.HOUR: """SELECT series_id, bucket AS t, first, last, increase
  FROM reading_counter_hour """,
}

FIXED_EDGE = "time_bucket(%(width)s::interval, t, origin => %(origin)s::timestamptz)"
WALL_CLOCK_EDGE = "time_bucket(%(width)s::interval, t AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s"

COMBINED = {
    "n": "sum(n)::bigint",
    "sum": "sum(sum)",
    "min": "min(min)",
    "max": "max(max)",
    "first": "first(first, t)",
    "last": "last(last, t)",
    "sum_sin": "sum(sum_sin)",
    "sum_cos": "sum(sum_cos)",
}

GROUPED = (
    "SELECT series_id, {edge} AS edge, {columns} FROM ({parts}) part GROUP BY 1, 2 ORDER BY 1, 2"
)
AS_STORED = "SELECT series_id, t AS edge, {columns} FROM ({parts}) part ORDER BY 1, 2"

COUNTERS = """
WITH part AS ({parts}),
seed AS (
  SELECT id, coalesce(
    (SELECT value FROM reading WHERE series_id = id AND time < %(start)s AND value IS NOT NULL
      ORDER BY time DESC LIMIT 1),
    (SELECT last FROM reading_hour WHERE series_id = id AND bucket < %(start)s
      ORDER BY bucket DESC LIMIT 1)) AS last
    FROM unnest(%(ids)s::int[]) AS wanted (id)),
step AS (
  SELECT series_id, t, first, increase,
         coalesce(lag(part.last) OVER (PARTITION BY series_id ORDER BY t), seed.last) AS before
    FROM part JOIN seed ON seed.id = series_id)
SELECT series_id, {edge} AS edge, sum(increase + CASE
         WHEN before IS NULL THEN 0 WHEN first >= before THEN first - before ELSE first END)
  FROM step GROUP BY 1, 2 ORDER BY 1, 2
"""

RAW = """
SELECT time, value, whole, text FROM reading
 WHERE series_id = %(id)s AND time >= %(start)s AND time < %(end)s ORDER BY time
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


def bucketed(parts: list[Part], how: Bucketing, columns: tuple[str, ...]) -> str:
    """Return the query for buckets of the stored columns."""
    source = union(parts, SOURCES)
    level = parts[0].level
    if len(parts) == 1 and level is not Level.RAW and how.bucket.seconds == level.seconds:
        return AS_STORED.format(columns=", ".join(columns), parts=source)
    combined = ", ".join(f"{COMBINED[column]} AS {column}" for column in columns)
    return GROUPED.format(edge=edge(how), columns=combined, parts=source)


def counters(parts: list[Part], how: Bucketing) -> str:
    """Return the query for what counters gained in each bucket."""
    return COUNTERS.format(edge=edge(how), parts=union(parts, COUNTER_SOURCES))


def edge(how: Bucketing) -> str:
    """Return the expression for the bucket of a time t."""
    return FIXED_EDGE if how.bucket.fixed else WALL_CLOCK_EDGE


def union(parts: list[Part], sources: dict[Level, str]) -> str:
    """Return the query that reads each part from its level."""
    return " UNION ALL ".join(
        sources[part.level] + condition(part.level, place) for place, part in enumerate(parts)
    )


def condition(level: Level, place: int) -> str:
    """Return the condition that keeps a part within its series and its range."""
    time = "time" if level is Level.RAW else "bucket"
    where = WHERE.format(time=time, start=f"start_{place}", end=f"end_{place}")
    return where + (" AND value IS NOT NULL" if level is Level.RAW else "")


def parameters(ids: list[int], parts: list[Part], how: Bucketing) -> dict[str, Any]:
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
    }
