"""What is stored of the days and the hours of levels and meters, beside their readings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import aware, naive
from dtbase.domain.readings.queries import Grain, Part
from dtbase.domain.readings.steps import Numbers
from dtbase.storage.values import relations, step_sql

Cursor = psycopg.Cursor[Any]
Truths = NDArray[np.bool_]

ROUNDED = 1 + 1e-6
"""Gaps and rises are stored as single floats: what is near a limit is looked into."""

STEEP = 9e37
"""Rises are stored up to 1e38; what is there stands for any that is higher."""


class Rows(NamedTuple):
    """What is stored of days and of hours in order of time, column by column."""

    first_at: Times
    last_at: Times
    first: Numbers
    last: Numbers
    weighted: Numbers
    gap: Numbers
    steepest: Numbers
    falls: Truths
    increase: Numbers
    """What a meter counted that fell in an hour, else NaN."""
    of_day: Truths

    @property
    def size(self) -> int:
        return len(self.first_at)

    @property
    def hours(self) -> NDArray[np.datetime64]:
        """Return the hour in which the first reading of each lies."""
        return self.first_at.astype("datetime64[h]")

    @property
    def days(self) -> list[datetime]:
        """Return the days in which the rows lie, each once."""
        return [aware(day) for day in np.unique(self.first_at.astype("datetime64[D]"))]

    def where(self, kept: Truths) -> "Rows":
        columns: Any = [column[kept] for column in self]
        return Rows(*columns)


NO_TIMES = np.empty(0, "datetime64[us]")
NO_NUMBERS = np.empty(0)
NO_TRUTHS = np.empty(0, dtype=bool)
NO_ROWS = Rows(
    *(NO_TIMES, NO_TIMES, *(NO_NUMBERS,) * 5),
    *(NO_TRUTHS, NO_NUMBERS, NO_TRUTHS),
)


def read_rows(cursor: Cursor, id_: int, parts: Sequence[Part], most: int) -> Rows:
    """Read what is stored of whole days and hours, side by side."""
    found = []
    for part in parts:
        asked = {"id": id_, "start": part.span.start, "end": part.span.end, "most": most}
        if part.grain is Grain.DAY:
            found.append(read_days(cursor, asked))
            continue
        hours = read_hours(cursor, step_sql.HOURS, asked)
        start, end = naive(part.span.start), naive(part.span.end)
        found.append(hours.where((hours.first_at >= start) & (hours.first_at < end)))
    return joined(found)


def read_days(cursor: Cursor, asked: relations.Parameters) -> Rows:
    """Read what is stored of days; one whose hours change is told by these."""
    row = cursor.execute(step_sql.DAYS, asked).fetchone()
    if row is None or row[0] is None:
        return NO_ROWS
    first_at, last_at, first, last, weighted, gap, steepest, falls, settled = row
    nothing = np.full(len(settled), np.nan)
    days = Rows(
        first_at=first_at,
        last_at=last_at,
        first=first,
        last=last,
        weighted=weighted,
        gap=gap * ROUNDED,
        steepest=limit(steepest),
        falls=falls,
        increase=nothing,
        of_day=np.ones(len(settled), dtype=bool),
    )
    return refined(cursor, asked["id"], days, ~settled)


def refined(cursor: Cursor, id_: int, rows: Rows, chosen: Truths) -> Rows:
    """Put the hours of some days in the place of these."""
    chosen = chosen & rows.of_day
    if not chosen.any():
        return rows
    asked = {"id": id_, "days": rows.where(chosen).days}
    return joined([rows.where(~chosen), read_hours(cursor, step_sql.HOURS_OF_DAYS, asked)])


def read_hours(cursor: Cursor, query: bytes, asked: relations.Parameters) -> Rows:
    """Read what is stored of the hours of days."""
    days = cursor.execute(query, asked).fetchall()
    if not days:
        return NO_ROWS
    sizes = [len(day[0]) for day in days]
    first_at, last_at, first, last, inside, increase, gap, steepest = zip(*days, strict=True)
    counted = filled(increase, sizes, np.nan)
    return Rows(
        first_at=np.concatenate(first_at),
        last_at=np.concatenate(last_at),
        first=np.concatenate(first),
        last=np.concatenate(last),
        weighted=filled(inside, sizes, 0.0),
        gap=np.repeat(gap, sizes) * ROUNDED,
        steepest=limit(np.repeat(steepest, sizes)),
        falls=~np.isnan(counted),
        increase=counted,
        of_day=np.zeros(sum(sizes), dtype=bool),
    )


def filled(columns: Sequence[Numbers | None], sizes: Sequence[int], nothing: float) -> Numbers:
    """Put the columns of days together; some days have none."""
    if all(column is None for column in columns):
        return np.full(sum(sizes), nothing)
    return np.concatenate(
        [
            np.full(size, nothing) if column is None else column
            for column, size in zip(columns, sizes, strict=True)
        ]
    )


def limit(steepest: Numbers) -> Numbers:
    """Return rises as the highest that they can have been."""
    return np.where(steepest > STEEP, np.inf, steepest * ROUNDED)


def joined(found: Sequence[Rows]) -> Rows:
    """Put rows together in order of time."""
    if len(found) == 1:
        return found[0]
    columns: Any = [np.concatenate(column) for column in zip(*found, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return Rows(*(column[order] for column in columns))


def last_before(cursor: Cursor, id_: int, start: datetime) -> tuple[Times, Numbers] | None:
    """Return the last reading of the last hour before a time that still is stored."""
    asked = {"id": id_, "start": start}
    for times, values in cursor.execute(step_sql.HOURS_BEFORE, asked).fetchall():
        earlier = np.flatnonzero(times < naive(start))[-1:]
        if len(earlier):
            return times[earlier], values[earlier]
    return None
