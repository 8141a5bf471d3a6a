"""The SQL of reading values, put together from fixed pieces; values are always parameters.

Readings and predictions are read by the same pieces; the kind of source says what differs. Whole
columns are answered as arrays, one row for each series, which transfers many times faster than
rows. A statement is put together once for each shape that it can have, and kept.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from psycopg.sql import SQL, Composable, Identifier, Placeholder

from dtbase.domain.readings.buckets import origin
from dtbase.domain.readings.queries import Aggregate, Bucketing, Level, Part
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.storage.values.sources import (
    PREDICTIONS,
    DuringStays,
    GoodReadings,
    NewestByLead,
    Outputs,
    Readings,
    Source,
)

Parameters = dict[str, Any]
"""What psycopg puts in the places of a statement, by their names in it."""

KEPT = 512
"""Statements that are kept; there are some dozens in practice."""


class Relation(NamedTuple):
    """A relation of times and values, and the column that tells its series apart."""

    relation: SQL
    key: Identifier
    key_type: SQL

    @property
    def pieces(self) -> dict[str, Composable]:
        return dict(self._asdict())


SERIES_ID = Identifier("series_id")
DURING_STAYS = SQL("""(
  SELECT stay.key AS series_id, reading.time, reading.value, reading.whole, reading.text
    FROM unnest(%(stay_keys)s::int[], %(stay_series)s::int[],
                %(stay_starts)s::timestamptz[], %(stay_ends)s::timestamptz[])
      AS stay (key, series_id, start, until)
    JOIN reading ON reading.series_id = stay.series_id
     AND reading.time >= stay.start AND reading.time < stay.until)""")
GOOD_READINGS = SQL("(SELECT * FROM reading WHERE coalesce(mark, 0) & 7 = 0)")
"""7 is `judging.SUSPICIOUS`."""

OUTPUTS = SQL("""(
  SELECT p.output_id, p.time, p.value, p.text, p.lower, p.upper, o.levels
    FROM prediction p JOIN run_output o ON o.id = p.output_id)""")
NEWEST_BY_LEAD = SQL("""(
  SELECT DISTINCT ON (coalesce(o.series_id, -o.measure_id), p.time)
         coalesce(o.series_id, -o.measure_id) AS series_id,
         p.time, p.value, p.text, p.lower, p.upper, o.levels
    FROM run JOIN run_output o ON o.run_id = run.id JOIN prediction p ON p.output_id = o.id
   WHERE run.scenario_id = %(scenario)s AND run.status = 'succeeded'
     AND run.issued_at <= coalesce(%(as_of)s::timestamptz, 'infinity')
     AND run.issued_at <= p.time - %(lead)s::interval
     AND (o.series_id = ANY (%(predicted)s::int[])
          OR o.series_id IS NULL AND -o.measure_id = ANY (%(predicted)s::int[]))
   ORDER BY 1, p.time, run.issued_at DESC, run.id DESC)""")

RELATIONS: dict[type[Source], Relation] = {
    Readings: Relation(SQL("reading"), SERIES_ID, SQL("int")),
    GoodReadings: Relation(GOOD_READINGS, SERIES_ID, SQL("int")),
    DuringStays: Relation(DURING_STAYS, SERIES_ID, SQL("int")),
    Outputs: Relation(OUTPUTS, Identifier("output_id"), SQL("bigint")),
    NewestByLead: Relation(NEWEST_BY_LEAD, SERIES_ID, SQL("int")),
}


def parameters_of(source: Source) -> Parameters:
    """Return the parameters that a source's relation takes."""
    match source:
        case DuringStays(stays):
            return {
                "stay_keys": [stay.key for stay in stays],
                "stay_series": [stay.series_id for stay in stays],
                "stay_starts": [stay.span.start for stay in stays],
                "stay_ends": [stay.span.end for stay in stays],
            }
        case NewestByLead():
            return {
                "scenario": source.scenario_id,
                "as_of": source.as_of,
                "lead": source.lead,
                "predicted": list(source.keys),
            }
        case _:
            return {}


COLUMNS = ("n", "sum", "min", "max", "first", "last", "sum_sin", "sum_cos")

WHERE = SQL(" WHERE {key} = {ids} AND {time} >= {start} AND {time} < {end}")
ONE_ID = SQL("(%(ids)s::{key_type}[])[1]")
"""Of one series alone PostgreSQL keeps the plan; of many it cannot know how many there will be."""

ANY_ID = SQL("ANY (%(ids)s::{key_type}[])")

VALUES = SQL("""SELECT {key} AS series_id, time AS t, 1 AS n, value AS sum, value AS min,
  value AS max, value AS first, value AS last,
  sin(radians(value)) AS sum_sin, cos(radians(value)) AS sum_cos FROM {relation} known""")
STORED = """SELECT series_id, bucket AS t, n, sum, min, max, first, last, sum_sin, sum_cos
  FROM """
PARTS = {
    Level.RAW: VALUES,
    Level.HOUR: SQL(STORED + "reading_hour"),
    Level.DAY: SQL(STORED + "reading_day"),
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

STATE_VALUES = {
    Datatype.STRING: SQL("text"),
    Datatype.BOOLEAN: SQL("CASE value WHEN 0 THEN 'false' ELSE 'true' END"),
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
  ORDER BY time) state
""")
"""The states of a range, with the one that holds when it begins."""

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

MINUTES = SQL("""
SELECT array_agg(time), {arrays} FROM (
  SELECT to_timestamp(avg(extract(epoch FROM t)::float8)) AS time, {columns}
    FROM ({readings} WHERE series_id = %(id)s AND time >= %(start)s AND time < %(end)s
             AND value IS NOT NULL) reading
   GROUP BY time_bucket('1 minute', t) ORDER BY 1) minute
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
    levels: tuple[Level, ...]
    alone: bool
    fixed: bool
    as_stored: bool


def shape_of(source: Source, parts: Sequence[Part], how: Bucketing, *, alone: bool) -> Shape:
    """Return the shape of a statement that reads parts of a source into buckets."""
    level = parts[0].level
    whole = len(parts) == 1 and level is not Level.RAW and how.bucket.seconds == level.seconds
    levels = tuple(part.level for part in parts)
    return Shape(type(source), levels, alone, how.bucket.fixed, as_stored=whole)


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


POINTS_OF = {kind: POINTS.format(**each.pieces).as_bytes() for kind, each in RELATIONS.items()}


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


def arrays_of(columns: tuple[str, ...]) -> Composable:
    return comma([SQL("array_agg({})").format(Identifier(column)) for column in columns])


def comma(pieces: Sequence[Composable]) -> Composable:
    return SQL(", ").join(pieces)


def edge(shape: Shape) -> SQL:
    """Return the expression for the bucket of a time t."""
    return FIXED_EDGE if shape.fixed else WALL_CLOCK_EDGE


def union(shape: Shape, pieces: dict[Level, SQL]) -> Composable:
    """Return the query that reads each part from its level."""
    relation = RELATIONS[shape.kind]
    return SQL(" UNION ALL ").join(
        pieces[level].format(**relation.pieces) + condition(shape, place)
        for place, level in enumerate(shape.levels)
    )


def condition(shape: Shape, place: int) -> Composable:
    """Return the condition that keeps a part within its series and its range."""
    raw = shape.levels[place] is Level.RAW
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
        "start": parts[0].span.start,
        "width": how.bucket.interval,
        "origin": origin(how.zone),
        "zone": how.zone.key,
    }
    for place, part in enumerate(parts):
        found[f"start_{place}"], found[f"end_{place}"] = part.span.start, part.span.end
    return found | parameters_of(source)


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
    return STATE_NAMES.format(
        state=STATE_VALUES[shape.datatype], **RELATIONS[shape.kind].pieces
    ).as_bytes()
