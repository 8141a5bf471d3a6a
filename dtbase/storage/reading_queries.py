"""Reading readings: many series, raw or in buckets, from the cheapest source that is exact."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.buckets import Bucket, edges, finest
from dtbase.domain.columns import Columns, Numbers, fill_gaps, mean_of
from dtbase.domain.frozen import Frozen
from dtbase.domain.measures import Datatype, Statistic
from dtbase.domain.queries import Aggregate, Bucketing, Fill, Level, Part, level_for, parts_of
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage import reading_sql
from dtbase.storage.series import Resolved, value_of


class Found(NamedTuple):
    """What a query read: the columns of each series, and the level they came from."""

    source: Level
    columns: list[Columns]


class Extent(Frozen):
    """How many readings a range holds, counted no further than needed, and where they lie."""

    most: int
    span: TimeRange | None


EXTENT = text("""
SELECT coalesce(max(n), 0), min(first), max(last) FROM unnest(CAST(:ids AS int[])) AS wanted (id)
CROSS JOIN LATERAL (
  SELECT count(*) AS n FROM (SELECT FROM reading WHERE series_id = id
     AND time >= :start AND time < :end LIMIT :most) r) counted
CROSS JOIN LATERAL (
  SELECT (SELECT time FROM reading WHERE series_id = id AND time >= :start AND time < :end
           ORDER BY time LIMIT 1) AS first,
         (SELECT time FROM reading WHERE series_id = id AND time >= :start AND time < :end
           ORDER BY time DESC LIMIT 1) AS last) reach
""")


def choose(
    session: Session, wanted: Sequence[Resolved], span: TimeRange, points: int
) -> Bucket | None:
    """Return the finest bucket within so many points, or None where raw readings are few enough."""
    ids = [series.id for series in wanted]
    asked = {"ids": ids, "start": span.start, "end": span.end, "most": points + 1}
    most, first, last = session.execute(EXTENT, asked).one()
    if most <= points:
        return None
    return finest((last - first).total_seconds(), points)


def raw(session: Session, wanted: Sequence[Resolved], span: TimeRange) -> Found:
    """Return the readings as they are stored."""
    with cursor_of(session) as cursor:
        columns = [raw_columns(cursor, series, span) for series in wanted]
    return Found(Level.RAW, columns)


def raw_columns(cursor: psycopg.Cursor[Any], series: Resolved, span: TimeRange) -> Columns:
    """Return the readings of one series."""
    asked = {"id": series.id, "start": span.start, "end": span.end}
    rows = cursor.execute(reading_sql.RAW, asked).fetchall()
    if series.datatype is Datatype.FLOAT:
        values = np.array([row[1] for row in rows], dtype=np.float64)
    else:
        values = np.empty(len(rows), dtype=object)
        values[:] = [value_of(series.datatype, *row[1:]) for row in rows]
    return Columns(to_times([row[0] for row in rows]), {"value": values})


def to_times(times: Sequence[Any]) -> Any:
    """Return aware times as numpy holds them."""
    return np.array([time.replace(tzinfo=None) for time in times], dtype="datetime64[us]")


def cursor_of(session: Session) -> psycopg.Cursor[Any]:
    """Open a cursor in the session's transaction that transfers values in binary."""
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.cursor(binary=True)


def bucketed(
    session: Session, wanted: Sequence[Resolved], span: TimeRange, how: Bucketing
) -> Found:
    """Return the aggregates of each bucket, exact whatever is pending."""
    refuse_strings(wanted)
    level = level_for(how.bucket, span, how.zone)
    parts = parts_of(span, level)
    with cursor_of(session) as cursor:
        stored = read_stored(cursor, wanted, parts, how)
        gained = read_gained(cursor, wanted, span, how)
    grid = edges(how.bucket, span, how.zone) if how.fill is not Fill.NONE else None
    columns = []
    for series in wanted:
        found = aggregate(series, stored[series.id], gained.get(series.id), how)
        if grid is not None:
            found = fill_gaps(found, grid, how.fill, series.statistic)
        columns.append(found)
    return Found(coarsest(parts), columns)


def refuse_strings(wanted: Sequence[Resolved]) -> None:
    """Refuse to aggregate texts."""
    texts = [str(series.key) for series in wanted if series.datatype is Datatype.STRING]
    if texts:
        raise Invalid(f"{', '.join(texts)} holds texts; ask with bucket=raw", field="bucket")


def coarsest(parts: list[Part]) -> Level:
    """Return the coarsest level among parts."""
    return max((part.level for part in parts), key=lambda level: level.seconds)


Stored = dict[int, Columns]


def read_stored(
    cursor: psycopg.Cursor[Any], wanted: Sequence[Resolved], parts: list[Part], how: Bucketing
) -> Stored:
    """Read the sums from which the aggregates of each series are computed."""
    names = reading_sql.needed(how.aggregates, {series.statistic for series in wanted})
    query = reading_sql.bucketed(parts, how, names)
    ids = [series.id for series in wanted]
    rows = cursor.execute(query.encode(), reading_sql.parameters(ids, parts, how)).fetchall()
    return split(rows, names, ids)


def read_gained(
    cursor: psycopg.Cursor[Any], wanted: Sequence[Resolved], span: TimeRange, how: Bucketing
) -> Stored:
    """Read what the counters among the series gained, if their mean is asked for."""
    ids = [series.id for series in wanted if series.statistic is Statistic.COUNTER]
    if not ids or Aggregate.MEAN not in how.aggregates:
        return {}
    level = level_for(how.bucket, span, how.zone)
    parts = parts_of(span, Level.HOUR if level is Level.DAY else level)
    query = reading_sql.counters(parts, how)
    rows = cursor.execute(query.encode(), reading_sql.parameters(ids, parts, how)).fetchall()
    return split(rows, ("gained",), ids)


def split(rows: list[tuple[Any, ...]], names: tuple[str, ...], ids: list[int]) -> Stored:
    """Split rows that are sorted by series into the columns of each."""
    keys = np.array([row[0] for row in rows], dtype=np.int64)
    times = to_times([row[1] for row in rows])
    numbers = np.array([row[2:] for row in rows], dtype=np.float64).reshape(-1, len(names))
    found = {}
    for id_ in ids:
        own = slice(np.searchsorted(keys, id_), np.searchsorted(keys, id_, side="right"))
        values = {name: numbers[own, place] for place, name in enumerate(names)}
        found[id_] = Columns(times[own], values)
    return found


def aggregate(series: Resolved, stored: Columns, gained: Columns | None, how: Bucketing) -> Columns:
    """Compute the aggregates of one series from its sums."""
    values: dict[str, Numbers] = {}
    for name in how.aggregates:
        if name is Aggregate.MEAN:
            counted = gained.values["gained"] if gained is not None else None
            values[name] = mean_of(series.statistic, stored.values) if counted is None else counted
        else:
            values[name] = stored.values["n" if name is Aggregate.COUNT else name]
    return Columns(stored.times, dict(values))
