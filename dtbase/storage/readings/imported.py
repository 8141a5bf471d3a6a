"""What an import stores, kept packed so that it can be undone: some bytes for each reading."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
from sqlalchemy.orm import Session

from dtbase.storage.readings.import_parts import Part, empty, objects
from dtbase.storage.readings.rows import Rows, micros

IMPORT = "import"
"""Under what a session says which import its readings are of."""

BEGIN = b"""
CREATE TEMPORARY TABLE IF NOT EXISTS reading_replaced (
  series_id int, time timestamptz, value float8, whole int8, text text
) ON COMMIT DELETE ROWS;
DELETE FROM pg_temp.reading_replaced;
SELECT set_config('dtbase.importing', 'on', true)
"""
END = b"SELECT set_config('dtbase.importing', '', true)"
REPLACED = b"""
SELECT series_id, (extract(epoch FROM time) * 1000000)::bigint, value, whole, text
  FROM pg_temp.reading_replaced
"""
KEEP = b"""
INSERT INTO import_part (import_id, series_ids, readings, latest, content)
VALUES (%s, %s, %s, %s, %s)
"""

Change = tuple[int, int, bool]
"""The series and the time of a reading that was written, and whether it is new."""

Value = tuple[float | None, int | None, str | None]


def begin(cursor: psycopg.Cursor[Any]) -> None:
    """Have noted what is replaced from now on."""
    for statement in BEGIN.split(b";"):
        cursor.execute(statement)


def keep_new(cursor: psycopg.Cursor[Any], import_id: int | None, rows: Rows) -> None:
    """Keep that an import stored readings where there were none."""
    if import_id is not None:
        keep(cursor, import_id, Part(rows, np.zeros(len(rows), dtype=bool), empty(rows)))


def keep_changes(
    cursor: psycopg.Cursor[Any], import_id: int, rows: Rows, changes: Sequence[Change]
) -> None:
    """Keep which of some readings an import stored, and what each replaced."""
    found = cursor.execute(REPLACED).fetchall()
    cursor.execute(END)
    stood: dict[tuple[int, int], Value] = {(row[0], row[1]): tuple(row[2:]) for row in found}
    new = {(series_id, time): is_new for series_id, time, is_new in changes}
    keys = keys_of(rows)
    written = np.fromiter((key in new for key in keys), bool, len(rows))
    if not written.any():
        return
    stored = rows.take(written)
    left = [key for key in keys if key in new]
    replaced = np.fromiter((not new[key] for key in left), bool, len(left))
    before = rows_before(stored, [stood.get(key, (None, None, None)) for key in left])
    keep(cursor, import_id, Part(stored, replaced, before))


def keys_of(rows: Rows) -> list[tuple[int, int]]:
    """Return series and time in microseconds of each row."""
    return list(zip(rows.series_id.tolist(), micros(rows.time).tolist(), strict=True))


def rows_before(rows: Rows, values: Sequence[Value]) -> Rows:
    """Return what stood where rows are."""
    columns = list(zip(*values, strict=True))
    return Rows(
        rows.series_id,
        rows.time,
        np.array([np.nan if each is None else each for each in columns[0]], dtype=np.float64),
        objects(columns[1]),
        objects(columns[2]),
    )


def keep(cursor: psycopg.Cursor[Any], import_id: int, part: Part) -> None:
    """Store a part."""
    cursor.execute(KEEP, (import_id, *columns_of(part)))


def columns_of(part: Part) -> tuple[list[int], int, datetime, bytes]:
    """Return what a part's row says: its series, how many readings, the last time, and all."""
    from dtbase.storage.readings.packing import pack  # only who imports pays for Arrow

    latest: datetime = part.rows.time.max().astype("datetime64[us]").astype(datetime)
    series = np.unique(part.rows.series_id).tolist()
    return series, len(part), latest.replace(tzinfo=UTC), pack(part)


def importing(session: Session, import_id: int | None) -> None:
    """Say of which import the readings are that a session stores from now on."""
    session.info[IMPORT] = import_id
