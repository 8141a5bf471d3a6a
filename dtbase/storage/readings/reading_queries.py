"""Reading values: many series, raw or in buckets, from the cheapest source that is exact.

Readings and predictions alike; `source` says which.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import INSTANT, Bucket, edges, finest
from dtbase.domain.readings.columns import Columns, Numbers, fill_gaps, mean_of
from dtbase.domain.readings.queries import (
    Aggregate,
    Bucketing,
    Fill,
    Level,
    Part,
    level_for,
    parts_of,
)
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage.readings import reading_sql, retention
from dtbase.storage.readings.arrays import column_cursor
from dtbase.storage.readings.reading_sql import READINGS, Source
from dtbase.storage.registry.series import Resolved

MOST_VALUES = 1_000_000
"""The most values that an answer may have which is not streamed."""

PAGE = 50_000
"""How many values of a series are read at once (measured: fewer and more are slower)."""

TOO_MANY = (
    f"this answer has more than {MOST_VALUES} values; choose a wider bucket or a shorter range,"
    " or ask for format=csv, parquet or arrow, which are streamed"
)


class Found(NamedTuple):
    """What a query read: the columns of each series, and the level they came from."""

    source: Level
    columns: list[Columns]


EXTENT_OF_DROPPED = """
SELECT min(bucket) AS first, max(bucket) + interval '1 day' AS last FROM reading_day
 WHERE series_id = ANY (%(ids)s::int[]) AND bucket < %(end)s
   AND bucket >= time_bucket('1 day', %(start)s::timestamptz)
HAVING EXISTS (SELECT FROM reading_horizon
                WHERE series_id = ANY (%(ids)s::int[]) AND raw_from > %(start)s)
"""
"""Where the days of series lie of which retention has dropped raw readings in the range."""

HOURLY = Bucket.parse("1h")


class Automatic(NamedTuple):
    """What a bucket has to suit: at most so many points, in a zone, filled or not."""

    points: int
    zone: ZoneInfo
    fill: Fill

    def suit(self, span: TimeRange, first: datetime, last: datetime) -> Bucket:
        """Return the finest bucket for values between two times, or if filled for all the range."""
        if self.fill is Fill.NONE:
            span = TimeRange(start=max(first, span.start), end=min(last + INSTANT, span.end))
        return finest(span, self.points, self.zone)


def choose(
    session: Session,
    wanted: Sequence[Resolved],
    span: TimeRange,
    suiting: Automatic,
    source: Source = READINGS,
) -> Bucket | None:
    """Return the finest bucket within so many points, or None where raw values are few enough."""
    asked = {
        "ids": [series.id for series in wanted],
        "start": span.start,
        "end": span.end,
        "most": suiting.points + 1,
        **source.parameters,
    }
    with column_cursor(session) as cursor:
        most, first, last = one(cursor, reading_sql.extent(source), asked)
        if source.stored:
            below = cursor.execute(EXTENT_OF_DROPPED, asked).fetchone()
            if below is not None and below[0] is not None:
                finest_ = suiting.suit(span, below[0], below[1] - INSTANT)
                return max(finest_, HOURLY, key=lambda bucket: bucket.seconds)
    if most > suiting.points:
        return suiting.suit(span, first, last)
    stays = source.parameters.get("stay_series", [])
    if stays and retention.passed(session, stays, source.parameters["stay_starts"]):
        return suiting.suit(span, span.start, span.end)  # raw ones would be too few, unsaid
    return None


def one(cursor: psycopg.Cursor[Any], query: str, asked: dict[str, Any]) -> Any:
    """Run a query that answers one row."""
    return cursor.execute(query.encode(), asked).fetchone()


def raw(
    session: Session, wanted: Sequence[Resolved], span: TimeRange, source: Source = READINGS
) -> Found:
    """Return the values as they are stored, or refuse when they are too many to hold."""
    left = MOST_VALUES
    columns = []
    with column_cursor(session) as cursor:
        for series in wanted:
            found = list(up_to(left, pages(cursor, series, span, source, PAGE)))
            columns.append(with_own_bounds(joined(found)))
            left -= len(columns[-1])
    return Found(Level.RAW, columns)


def up_to(most: int, read: Iterator[Columns]) -> Iterator[Columns]:
    """Pass pages on, and refuse when they hold more than so many values."""
    for page in read:
        most -= len(page)
        if most < 0:
            raise Invalid(TOO_MANY, field="bucket")
        yield page


def joined(found: Sequence[Columns]) -> Columns:
    """Put the pages of one series together; an empty one would spoil the type of the others."""
    found = [page for page in found if len(page)] or found[:1]
    values = {
        name: np.concatenate([page.values[name] for page in found]) for name in found[0].values
    }
    return Columns(np.concatenate([page.times for page in found]), values)


def with_own_bounds(columns: Columns) -> Columns:
    """Leave out the bounds of levels that only other series of the answer have."""
    values = {
        name: column
        for name, column in columns.values.items()
        if name == "value" or not np.isnan(column).all()
    }
    return Columns(columns.times, values)


def pages(
    cursor: psycopg.Cursor[Any],
    series: Resolved,
    span: TimeRange,
    source: Source,
    size: int,
) -> Iterator[Columns]:
    """Read the values of one series page by page; there is at least one, which may be empty."""
    query = reading_sql.page(source, series.datatype)
    asked = {"id": series.id, "start": span.start, "end": span.end, "size": size}
    asked |= {f"level_{place}": level for place, level in enumerate(source.levels)}
    asked |= source.parameters
    while True:
        times, *columns = one(cursor, query, asked)
        yield page_of(times, columns, series.datatype, source)
        if times is None or len(times) < size:
            return
        asked["start"] = to_time(times[-1]) + timedelta(microseconds=1)


def page_of(times: Times | None, columns: list[Any], datatype: Datatype, source: Source) -> Columns:
    """Return one page as columns; without values each is empty."""
    names = column_names(source)
    if times is None:
        columns = [np.empty(0) for _ in names]
        columns[0] = columns[0].astype(object if datatype is Datatype.STRING else np.float64)
        times = np.empty(0, "datetime64[us]")
    return Columns(times, dict(zip(names, columns, strict=True)))


def column_names(source: Source) -> list[str]:
    """Return the names of raw columns: the value, and the bounds of each interval."""
    bounds = [f"{side}_{level:g}" for level in source.levels for side in ("lower", "upper")]
    return ["value", *bounds]


def to_time(time: np.datetime64) -> datetime:
    """Return one of numpy's times as an aware one."""
    found: datetime = time.astype(datetime)
    return found.replace(tzinfo=UTC)


def bucketed(
    session: Session,
    wanted: Sequence[Resolved],
    span: TimeRange,
    how: Bucketing,
    source: Source = READINGS,
) -> Found:
    """Return the aggregates of each bucket, exact whatever is pending."""
    refuse_strings(wanted)
    source = source._replace(one=len(wanted) == 1)
    parts = parts_of(span, level_of(source, span, how))
    with column_cursor(session) as cursor:
        stored = read_stored(cursor, wanted, parts, how, source)
        gained = read_gained(cursor, wanted, span, how, source)
    grid = grid_of(span, how, stored) if how.fill is not Fill.NONE else None
    columns = []
    for series in wanted:
        found = aggregate(series, stored[series.id], gained.get(series.id), how)
        if grid is not None:
            found = fill_gaps(found, grid, how.fill, series.statistic)
        columns.append(found)
    return Found(coarsest(parts), columns)


def level_of(source: Source, span: TimeRange, how: Bucketing) -> Level:
    """Return the coarsest level from which the buckets of a source can be read."""
    return level_for(how.bucket, span, how.zone) if source.stored else Level.RAW


def refuse_strings(wanted: Sequence[Resolved]) -> None:
    """Refuse to aggregate texts."""
    texts = [str(series.key) for series in wanted if series.datatype is Datatype.STRING]
    if texts:
        raise Invalid(f"{', '.join(texts)} holds texts; ask with bucket=raw", field="bucket")


def coarsest(parts: list[Part]) -> Level:
    """Return the coarsest level among parts."""
    return max((part.level for part in parts), key=lambda level: level.seconds)


Stored = dict[int, Columns]


def grid_of(span: TimeRange, how: Bucketing, stored: Stored) -> Times:
    """Return every bucket of a range, or refuse when they are too many to hold.

    A range can begin after an edge and pass it again when the clocks go back, so what was read
    counts too.
    """
    grid = edges(how.bucket, span, how.zone)
    if len(grid) * len(stored) * len(how.aggregates) > MOST_VALUES:
        raise Invalid(TOO_MANY, field="bucket")
    return np.unique(np.concatenate([grid, *(columns.times for columns in stored.values())]))


def read_stored(
    cursor: psycopg.Cursor[Any],
    wanted: Sequence[Resolved],
    parts: list[Part],
    how: Bucketing,
    source: Source,
) -> Stored:
    """Read the sums from which the aggregates of each series are computed."""
    names = reading_sql.needed(how.aggregates, {series.statistic for series in wanted})
    ids = [series.id for series in wanted]
    asked = reading_sql.parameters(ids, parts, how, source)
    asked["most"] = MOST_VALUES // len(how.aggregates) + 1
    return read(cursor, reading_sql.bucketed(source, parts, how, names), asked, names)


def read_gained(
    cursor: psycopg.Cursor[Any],
    wanted: Sequence[Resolved],
    span: TimeRange,
    how: Bucketing,
    source: Source,
) -> Stored:
    """Read what the counters among the series gained, if their mean is asked for."""
    ids = [series.id for series in wanted if series.statistic is Statistic.COUNTER]
    if not ids or Aggregate.MEAN not in how.aggregates:
        return {}
    level = level_of(source, span, how)
    parts = parts_of(span, Level.HOUR if level is Level.DAY else level)
    asked = reading_sql.parameters(ids, parts, how, source)
    asked["most"] = MOST_VALUES + 1
    return read(cursor, reading_sql.counters(source, parts, how), asked, ("gained",))


def read(
    cursor: psycopg.Cursor[Any], query: str, asked: dict[str, Any], names: tuple[str, ...]
) -> Stored:
    """Run a query that answers columns for each series; a series without any has empty ones."""
    rows = cursor.execute(query.encode(), asked).fetchall()
    if sum(len(times) for _, times, *_ in rows) >= asked["most"]:
        raise Invalid(TOO_MANY, field="bucket")
    nothing = Columns(np.empty(0, "datetime64[us]"), {name: np.empty(0) for name in names})
    found = dict.fromkeys(asked["ids"], nothing)
    for id_, times, *columns in rows:
        found[id_] = Columns(times, dict(zip(names, columns, strict=True)))
    return found


def aggregate(series: Resolved, stored: Columns, gained: Columns | None, how: Bucketing) -> Columns:
    """Compute the aggregates of one series from its sums."""
    values: dict[str, Numbers] = {}
    for name in how.aggregates:
        if name is not Aggregate.MEAN:
            values[name] = stored.values["n" if name is Aggregate.COUNT else name]
        elif gained is not None:
            values[name] = gained_at(stored.times, gained)
        else:
            values[name] = mean_of(series.statistic, stored.values)
    return Columns(stored.times, dict(values))


def gained_at(times: Times, gained: Columns) -> Numbers:
    """Return the gains of buckets, NaN where none is known.

    Those dropped before a measure became a counter have none, and readings may come and go
    between the two queries.
    """
    found = np.full(len(times), np.nan)
    _, here, there = np.intersect1d(times, gained.times, assume_unique=True, return_indices=True)
    found[here] = gained.values["gained"][there]
    return found
