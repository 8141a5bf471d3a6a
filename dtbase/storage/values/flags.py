"""Telling what is thought of raw readings: their flags, and the rules that suspect ones break."""

from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from dtbase.domain.readings.buckets import aware
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.flags import QualityFlag
from dtbase.domain.readings.judging import ALL, SUSPICIOUS, Mark
from dtbase.storage.registry.series import Resolved

FLAG, BROKEN = "flag", "rules"
COLUMNS = (FLAG, BROKEN)
MARKED = b"""
SELECT array_agg(time), array_agg(mark::int8) FROM reading
 WHERE series_id = %(id)s AND time >= %(start)s AND time < %(end)s AND mark IS NOT NULL
"""
NAMES = {
    Mark.SUSPECT: "suspect",
    Mark.FASTEST: "fastest",
    Mark.FLAT: "flat",
    Mark.SPIKE: "spike",
    Mark.CLIMATOLOGY: "climatology",
    Mark.GAP: "gap",
}


def flagged(cursor: psycopg.Cursor[Any], series: Resolved, columns: Columns) -> Columns:
    """Add a column of flags, and one that names the rules that suspect readings break."""
    marks = marks_of(cursor, series.id, columns)
    suspect = (marks & int(SUSPICIOUS)) != 0
    flags = np.full(len(columns), None, dtype=object)
    flags[:] = (QualityFlag.GOOD if series.judge.evaluates else QualityFlag.NOT_EVALUATED).value
    flags[suspect] = QualityFlag.SUSPECT.value
    return Columns(columns.times, {**columns.values, FLAG: flags, BROKEN: broken(marks)})


def marked(cursor: psycopg.Cursor[Any], series: Resolved, columns: Columns) -> Columns:
    """Add a column that names the rules that readings break, where any does."""
    marks = marks_of(cursor, series.id, columns)
    if not (marks & int(ALL)).any():
        return columns
    return Columns(columns.times, {**columns.values, BROKEN: broken(marks)})


def marks_of(cursor: psycopg.Cursor[Any], series_id: int, columns: Columns) -> NDArray[np.int64]:
    """Return what is noted with each reading; zero where nothing is."""
    marks = np.zeros(len(columns), dtype=np.int64)
    if not len(columns):
        return marks
    first, last = aware(columns.times[0]), aware(columns.times[-1])
    asked = {"id": series_id, "start": first, "end": last + timedelta(microseconds=1)}
    row = cursor.execute(MARKED, asked).fetchone()
    if row is None or row[0] is None:
        return marks
    places = np.searchsorted(
        columns.times.astype("datetime64[us]"), row[0].astype("datetime64[us]")
    )
    places = np.minimum(places, len(columns) - 1)
    held = columns.times[places] == row[0]
    marks[places[held]] = row[1][held]
    return marks


def broken(marks: NDArray[np.int64]) -> NDArray[np.object_]:
    """Name the rules of marks, such as fastest,flat."""
    names = np.full(len(marks), None, dtype=object)
    for place in np.flatnonzero(marks & int(ALL)).tolist():
        names[place] = ",".join(name for mark, name in NAMES.items() if int(marks[place]) & mark)
    return names
