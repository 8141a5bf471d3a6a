"""Readings as the hypertable's rows: sorted, each key once, and on their way to the server."""

from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.sql import SQL
from sqlalchemy import text

from dtbase.domain.readings.batches import Mask, Segment, Times
from dtbase.domain.readings.fitting import Column
from dtbase.storage.registry.series import Resolved
from dtbase.storage.still_so import array

UNPACK_ALL = text("""
SELECT set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true)
""")
"""Lets a transaction change as much as it needs of what is compressed."""

POSTGRES_EPOCH = np.datetime64("2000-01-01", "us")
STAGED_FROM = 1_000
"""From this many rows on, COPY into a temporary table beats arrays (measured)."""

BINARY_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("series_size", ">i4"),
        ("series_id", ">i4"),
        ("time_size", ">i4"),
        ("time", ">i8"),
        ("value_size", ">i4"),
        ("value", ">f8"),
    ]
)
MARKED_ROW = np.dtype([*BINARY_ROW.descr, ("mark_size", ">i4"), ("mark", ">i2")])
BINARY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_END = b"\xff\xff"

CREATE_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS reading_stage (
  series_id int, time timestamptz, value float8, whole int8, text text, mark int2
) ON COMMIT DELETE ROWS
"""
CLEAR_STAGE = "DELETE FROM reading_stage"
COPY_BINARY = SQL("COPY {table} (series_id, time, value) FROM STDIN (FORMAT binary)")
COPY_MARKED = SQL("COPY {table} (series_id, time, value, mark) FROM STDIN (FORMAT binary)")
COPY_TEXT = "COPY reading_stage (series_id, time, value, whole, text, mark) FROM STDIN"

STAGE = SQL("reading_stage")
READING = SQL("reading")
ARRAYS = SQL("""(SELECT * FROM unnest(
  %(series_id)s::int[], %(time)s::timestamptz[], %(value)s::float8[],
  %(whole)s::int8[], %(text)s::text[], %(mark)s::int2[]
) AS incoming (series_id, time, value, whole, text, mark))""")

ONE = SQL("""(VALUES (
  %(series_id)s::int, %(time)s::timestamptz, %(value)s::float8,
  %(whole)s::int8, %(text)s::text, %(mark)s::int2
)) AS incoming (series_id, time, value, whole, text, mark)""")
"""A single row, as most devices send them: to write arrays of one takes longer."""


@dataclass(frozen=True)
class Rows:
    """Columns of equal length; `value` is NaN where there is only a text."""

    series_id: NDArray[np.int32]
    time: Times
    value: NDArray[np.float64]
    whole: NDArray[Any] | None = None
    text: NDArray[Any] | None = None
    mark: NDArray[np.int16] | None = None

    def __len__(self) -> int:
        return len(self.series_id)

    @property
    def plain(self) -> bool:
        """Tell whether every value is in `value` alone."""
        return self.whole is None and self.text is None

    def take(self, places: NDArray[np.intp] | Mask | slice) -> "Rows":
        return Rows(
            self.series_id[places],
            self.time[places],
            self.value[places],
            None if self.whole is None else self.whole[places],
            None if self.text is None else self.text[places],
            None if self.mark is None else self.mark[places],
        )

    def same_value(self, a: NDArray[np.intp], b: NDArray[np.intp]) -> Mask:
        """Tell for pairs of rows whether they carry the same value."""
        same: Mask = (self.value[a] == self.value[b]) | (
            np.isnan(self.value[a]) & np.isnan(self.value[b])
        )
        for column in (self.whole, self.text):
            if column is not None:
                same &= column[a] == column[b]
        return same


def rows_of(checked: list[tuple[Resolved, Segment, Column]]) -> Rows:
    """Put the readings of many series into one set of columns."""
    ids = [np.full(len(segment), found.id, dtype=np.int32) for found, segment, _ in checked]
    return Rows(
        series_id=np.concatenate(ids),
        time=np.concatenate([segment.times for _, segment, _ in checked]),
        value=np.concatenate([number_column(column) for _, _, column in checked]),
        whole=object_column([(column.whole, len(segment)) for _, segment, column in checked]),
        text=object_column([(column.text, len(segment)) for _, segment, column in checked]),
        mark=mark_column(checked),
    )


def mark_column(checked: list[tuple[Resolved, Segment, Column]]) -> NDArray[np.int16] | None:
    """Join the marks of readings, 0 where a part has none; no column where no part has any."""
    if all(column.mark is None for _, _, column in checked):
        return None
    parts = [
        np.zeros(len(segment), np.int16) if column.mark is None else column.mark
        for _, segment, column in checked
    ]
    return np.concatenate(parts)


def number_column(column: Column) -> NDArray[np.float64]:
    """Return the numbers of a column, NaN where it has texts."""
    if column.value is not None:
        return column.value
    assert column.text is not None
    return np.full(len(column.text), np.nan)


def object_column(parts: list[tuple[NDArray[Any] | None, int]]) -> NDArray[Any] | None:
    """Join columns of objects, None where a part has none; no column where no part has any."""
    if all(part is None for part, _ in parts):
        return None
    return np.concatenate(
        [np.full(size, None, dtype=object) if part is None else part for part, size in parts]
    )


@dataclass(frozen=True)
class Distinct:
    """Rows sorted by series and time, each key once, and what became of the repeated ones."""

    rows: Rows
    repeated: int
    differing: Rows


def distinct(rows: Rows, *, last: bool) -> Distinct:
    """Sort the rows; of those with one key the last or the first stays."""
    if in_order(rows):
        return Distinct(rows, 0, rows.take(slice(0)))
    order = np.lexsort((rows.time, rows.series_id))
    rows = rows.take(order)
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (rows.series_id[1:] != rows.series_id[:-1]) | (rows.time[1:] != rows.time[:-1])
    if new.all():
        return Distinct(rows, 0, rows.take(~new))
    starts = np.flatnonzero(new)
    stays = np.append(starts[1:], len(rows)) - 1 if last else starts
    stay_of_row = stays[np.cumsum(new) - 1]
    gone = np.flatnonzero(stay_of_row != np.arange(len(rows)))
    differing = gone[~rows.same_value(gone, stay_of_row[gone])]
    return Distinct(rows.take(stays), len(gone), rows.take(differing))


def in_order(rows: Rows) -> bool:
    """Tell whether rows are sorted already and each key stands there once, as most batches are."""
    here, before = rows.series_id[1:], rows.series_id[:-1]
    later = rows.time[1:] > rows.time[:-1]
    return bool(((here > before) | ((here == before) & later)).all())


def stage(cursor: psycopg.Cursor[Any], rows: Rows) -> None:
    """Copy the rows into the transaction's stage."""
    cursor.execute(CREATE_STAGE)
    cursor.execute(CLEAR_STAGE)
    if rows.plain:
        copy_numbers(cursor, STAGE, rows)
        return
    with cursor.copy(COPY_TEXT) as copy:
        for row in zip(*arrays(rows).values(), strict=True):
            copy.write_row(row)


SOME_STORED = """
SELECT EXISTS (
  SELECT FROM unnest(%(ids)s::int[], %(first)s::timestamptz[], %(last)s::timestamptz[])
    AS wanted (id, first, last)
   WHERE EXISTS (
     SELECT FROM reading WHERE series_id = id AND time >= first AND time <= last
        AND time >= %(start)s::timestamptz AND time <= %(end)s::timestamptz))
"""


def are_new(cursor: psycopg.Cursor[Any], rows: Rows) -> bool:
    """Tell whether nothing is stored between the first and last time of any series."""
    starts = np.flatnonzero(np.diff(rows.series_id, prepend=-1))
    ends = np.append(starts[1:], len(rows)) - 1
    asked = {
        "ids": array(rows.series_id[starts].tolist()),
        "first": array(iso(rows.time[starts])),
        "last": array(iso(rows.time[ends])),
        "start": iso(rows.time.min(keepdims=True))[0],
        "end": iso(rows.time.max(keepdims=True))[0],
    }
    found = cursor.execute(SOME_STORED, asked).fetchone()
    return found is not None and not found[0]


def micros(times: Times) -> NDArray[np.int64]:
    """Return times as microseconds since 1970, as rows of ours answer them."""
    found: NDArray[np.int64] = times.astype("datetime64[us]").astype(np.int64)
    return found


def iso(times: Times) -> list[str]:
    """Write times as PostgreSQL reads them."""
    return [f"{time}Z" for time in times.astype(str).tolist()]


def copy_straight(cursor: psycopg.Cursor[Any], rows: Rows) -> None:
    """Copy rows into the hypertable itself; one that is stored already is an error."""
    copy_numbers(cursor, READING, rows)


def copy_numbers(cursor: psycopg.Cursor[Any], table: SQL, rows: Rows) -> None:
    """Copy numbers into a table; those with which something is noted by themselves."""
    noted = None if rows.mark is None else rows.mark != 0
    for query, part in (
        (COPY_BINARY, rows if noted is None else rows.take(~noted)),
        (COPY_MARKED, None if noted is None else rows.take(noted)),
    ):
        if part is not None and len(part):
            with cursor.copy(query.format(table=table)) as copy:
                copy.write(binary(part, marked=query is COPY_MARKED))


def binary(rows: Rows, *, marked: bool = False) -> bytearray:
    """Write rows of three or four columns in PostgreSQL's binary COPY format."""
    row, head = MARKED_ROW if marked else BINARY_ROW, len(BINARY_HEADER)
    written = bytearray(head + len(rows) * row.itemsize + len(BINARY_END))
    written[:head], written[-len(BINARY_END) :] = BINARY_HEADER, BINARY_END
    out = np.frombuffer(written, row, len(rows), head)
    out["fields"] = 4 if marked else 3
    if marked:
        out["mark_size"], out["mark"] = 2, rows.mark
    out["series_size"], out["series_id"] = 4, rows.series_id
    out["time_size"], out["time"] = 8, (rows.time - POSTGRES_EPOCH).astype(np.int64)
    out["value_size"], out["value"] = 8, rows.value
    return written


def arrays(rows: Rows) -> dict[str, list[Any]]:
    """Return the columns as lists for PostgreSQL's arrays."""
    nothing = [None] * len(rows)
    return {
        "series_id": rows.series_id.tolist(),
        "time": iso(rows.time),
        "value": [None if isnan(value) else value for value in rows.value.tolist()],
        "whole": nothing if rows.whole is None else rows.whole.tolist(),
        "text": nothing if rows.text is None else rows.text.tolist(),
        "mark": nothing if rows.mark is None else [mark or None for mark in rows.mark.tolist()],
    }
