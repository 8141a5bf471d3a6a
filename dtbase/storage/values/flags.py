"""Marking what is suspect in answers of raw readings."""

from typing import Any

import numpy as np
import psycopg

from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.judging import SUSPICIOUS, Mark

FLAG = "flag"
MARKED = b"""
SELECT array_agg(time), array_agg(mark::int8) FROM reading
 WHERE series_id = %(id)s AND time >= %(start)s AND time < %(end)s AND mark IS NOT NULL
"""
RULES = {Mark.SUSPECT: "suspect", Mark.FASTEST: "fastest", Mark.FLAT: "flat"}


def flagged(cursor: psycopg.Cursor[Any], asked: dict[str, Any], columns: Columns) -> Columns:
    """Add a column that names the rules that readings break, where any does."""
    if not len(columns):
        return columns
    row = cursor.execute(MARKED, asked).fetchone()
    if row is None or row[0] is None:
        return columns
    times, marks = row[0].astype("datetime64[us]").astype(np.int64), row[1]
    suspect = (marks & int(SUSPICIOUS)) != 0
    known = columns.times.astype("datetime64[us]").astype(np.int64)
    found = dict(zip(times[suspect].tolist(), marks[suspect].tolist(), strict=True))
    flags = np.empty(len(columns), dtype=object)
    flags[:] = [named(found.get(time, 0)) for time in known.tolist()]
    if not any(flags):
        return columns
    return Columns(columns.times, {**columns.values, FLAG: flags})


def named(marks: int) -> str | None:
    """Name the rules of marks, such as fastest,flat."""
    return ",".join(name for mark, name in RULES.items() if marks & mark) or None
