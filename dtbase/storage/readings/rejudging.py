"""Judging again what is stored, as rules change; and what stands around late readings."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Mask, Times
from dtbase.domain.readings.buckets import aware, naive
from dtbase.domain.readings.judging import (
    ALL,
    ON_ENTRY,
    Mark,
    first_broken,
    marks_of_run,
    now,
)
from dtbase.domain.readings.set_aside import Rule
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.storage import tables
from dtbase.storage.database import driver_of, transaction
from dtbase.storage.readings import retention, turns
from dtbase.storage.readings.rows import UNPACK_ALL, iso
from dtbase.storage.readings.taking_in import believe_again
from dtbase.storage.registry import series, series_data
from dtbase.storage.registry.series import Resolved

PAGE = 20_000
QUALITY = (Rule.PLACEHOLDERS, Rule.FAIL, Rule.EARLIEST, Rule.AHEAD)

ROWS = b"""
SELECT time, value, text, coalesce(mark, 0) FROM reading
 WHERE series_id = %(id)s AND time >= %(start)s AND time <= %(end)s
 ORDER BY time LIMIT %(size)s
"""
BEFORE = b"""
SELECT max(time) FROM (SELECT time FROM reading WHERE series_id = %(id)s AND time < %(start)s
                        ORDER BY time DESC LIMIT 1) before
"""
AFTER = b"""
SELECT min(time) FROM (SELECT time FROM reading WHERE series_id = %(id)s AND time > %(end)s
                        ORDER BY time LIMIT 1) after
"""
SET_ASIDE = b"""
WITH gone AS (
  DELETE FROM reading r
   USING unnest(%(times)s::timestamptz[], %(values)s::float8[], %(texts)s::text[],
                %(rules)s::text[]) AS found (time, value, text, rule)
   WHERE r.series_id = %(id)s AND r.time = found.time AND coalesce(r.mark, 0) & 256 = 0
     AND (r.value, r.text) IS NOT DISTINCT FROM (found.value, found.text)
     AND r.time >= %(start)s AND r.time <= %(end)s
  RETURNING r.time, found.rule,
    CASE WHEN r.text IS NOT NULL THEN r.text WHEN %(truth)s THEN (r.value <> 0)::text
         ELSE coalesce(r.whole::text, r.value::text) END AS raw)
INSERT INTO reading_aside (series_id, sensor, measure, time, raw, rule)
SELECT %(id)s, %(sensor)s, %(measure)s, time, raw, rule FROM gone
ON CONFLICT DO NOTHING
"""
MARK = b"""
UPDATE reading r SET mark = nullif((coalesce(r.mark, 0) & ~%(which)s::int2) | found.mark, 0)
  FROM unnest(%(times)s::timestamptz[], %(values)s::float8[], %(marks)s::int2[])
    AS found (time, value, mark)
 WHERE r.series_id = %(id)s AND r.time = found.time AND r.value = found.value
   AND r.time >= %(start)s AND r.time <= %(end)s
"""


class Stored(NamedTuple):
    """Readings of one series in order of time, as they are judged."""

    times: Times
    values: NDArray[np.float64]
    texts: NDArray[Any]
    marks: NDArray[np.int16]

    def take(self, places: Mask) -> "Stored":
        times, values, texts, marks = self
        return Stored(times[places], values[places], texts[places], marks[places])


Open = Callable[[], AbstractContextManager[Session]]


def rejudge_all(open_: Open = transaction) -> Iterator[str]:
    """Judge again what rules have changed for, series by series, and name each."""
    while (name := rejudge_next(open_)) is not None:
        yield name


def rejudge_next(open_: Open) -> str | None:
    """Judge one series again, in short transactions, and return its name; None if none waits."""
    with open_() as session:
        query = select(tables.Series.id, tables.Series.unjudged)
        row = session.execute(query.where(tables.Series.unjudged > 0).limit(1)).first()
        if row is None:
            return None
        resolved = by_id(session, row.id)
        horizon = retention.horizons(session, [row.id]).get(row.id)
    start: datetime | None = horizon or EARLIEST
    while start is not None:
        with open_() as session:
            start = rejudge_page(session, held(session, row.id), start)
    with open_() as session:
        believe_again(session, held(session, row.id))
        session.execute(
            update(tables.Series)
            .where(tables.Series.id == row.id, tables.Series.unjudged == row.unjudged)
            .values(unjudged=0)
        )
    return str(resolved.key)


def held(session: Session, series_id: int) -> Resolved:
    """Return a series whose writers wait: they reach the same readings in another order."""
    series_data.hold(session, select(tables.Series.id).where(tables.Series.id == series_id))
    return by_id(session, series_id)


def by_id(session: Session, series_id: int) -> Resolved:
    """Return a series, held so that it is not deleted meanwhile."""
    query = (
        select(tables.Sensor.identifier, tables.Measure.name)
        .select_from(tables.Series)
        .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .where(tables.Series.id == series_id)
    )
    names = session.execute(query).one()
    (found,) = series.find(session, [(names[0], names[1])], lock=True).values()
    turns.take(session, [found])
    return found


def rejudge_page(session: Session, resolved: Resolved, start: datetime) -> datetime | None:
    """Judge some readings from a time on, and return where to go on."""
    session.execute(UNPACK_ALL)
    found = rows_between(session, resolved, start, LATEST, PAGE)
    if not len(found.times):
        return None
    last = aware(found.times[-1])
    set_aside(session, resolved, found)
    mark(session, resolved, start, last, ALL)
    return last + timedelta(microseconds=1) if len(found.times) == PAGE else None


def set_aside(session: Session, resolved: Resolved, found: Stored) -> None:
    """Set aside what rules do not believe, unless somebody has taken it in."""
    judge = resolved.judge
    broken = [*judge.of_times(found.times, now())]
    if resolved.datatype is Datatype.STRING:
        words = np.array([judge.is_word(each) for each in found.texts], dtype=bool)
        broken.append((Rule.PLACEHOLDERS, words))
    else:
        broken += judge.of_values(found.values)
    for rule, mask in first_broken(broken):
        doubted = found.take(mask & (found.marks & Mark.TAKEN_IN == 0))
        if len(doubted.times):
            asked = named(resolved, doubted) | {
                "rules": [rule.value] * len(doubted.times),
                "truth": resolved.datatype is Datatype.BOOLEAN,
                "sensor": resolved.sensor,
                "measure": resolved.measure,
            }
            driver_of(session).execute(SET_ASIDE, asked)


def mark(session: Session, resolved: Resolved, start: datetime, end: datetime, which: Mark) -> None:
    """Note what some rules say of readings between two times, and of those that it reaches."""
    if resolved.datatype is Datatype.STRING:
        return
    seen = reach(session, resolved, start, end, which)
    found = rows_between(session, resolved, seen.first, seen.last)
    known = found.marks & np.int16(which)
    told = marks_of_run(resolved.judge, found.times, found.values)
    near = (found.times >= naive(seen.before)) & (found.times <= naive(seen.after))
    later = found.times >= naive(start)
    asked_of = np.where(later, np.int16(ON_ENTRY), 0) | np.where(near, np.int16(ALL ^ ON_ENTRY), 0)
    marks = (known & ~asked_of) | (told & asked_of & np.int16(which))
    changed = marks != known
    if changed.any():
        asked = named(resolved, found.take(changed)) | {
            "marks": marks[changed].tolist(),
            "which": int(which),
        }
        driver_of(session).execute(MARK, asked)


class Reach(NamedTuple):
    """What is read to judge some readings, and the neighbours that these say something of."""

    first: datetime
    before: datetime
    after: datetime
    last: datetime


def reach(
    session: Session, resolved: Resolved, start: datetime, end: datetime, which: Mark
) -> Reach:
    """Return from when to when readings say something of those between, or are judged by them."""
    judge = resolved.judge
    if which is ON_ENTRY and not judge.looks_back:
        return Reach(start, start, end, end)

    def edge(query: bytes, time: datetime) -> datetime:
        asked = {"id": resolved.id, "start": time, "end": time}
        row = driver_of(session).execute(query, asked).fetchone()
        return time if row is None or row[0] is None else row[0]

    alone = which is ON_ENTRY
    before, after = (start, end) if alone else (edge(BEFORE, start), edge(AFTER, end))
    first = edge(BEFORE, min(before, start - judge.look))
    return Reach(first, before, after, edge(AFTER, max(after, end + judge.look)))


def rows_between(
    session: Session, resolved: Resolved, start: datetime, end: datetime, size: int | None = None
) -> Stored:
    """Read readings of a series between two times, both included."""
    asked = {"id": resolved.id, "start": start, "end": end, "size": size}
    rows = driver_of(session).execute(ROWS, asked).fetchall()
    return Stored(
        np.array([naive(row[0]) for row in rows], dtype="datetime64[us]"),
        np.array([np.nan if row[1] is None else row[1] for row in rows], dtype=np.float64),
        np.array([row[2] for row in rows], dtype=object),
        np.array([row[3] for row in rows], dtype=np.int16),
    )


def named(resolved: Resolved, found: Stored) -> dict[str, Any]:
    """Return the parameters that name readings as they were read."""
    times = iso(found.times)
    values = [None if np.isnan(value) else value for value in found.values.tolist()]
    texts = found.texts.tolist()
    bounds = {"id": resolved.id, "start": times[0], "end": times[-1]}
    return bounds | {"times": times, "values": values, "texts": texts}
