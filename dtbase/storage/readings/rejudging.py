"""Judging again what is stored, as rules change; and what stands around late readings."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Mask, Times
from dtbase.domain.readings.judging import (
    SUSPICIOUS,
    Judge,
    Mark,
    first_broken,
    marks_of_run,
    naive,
    now,
)
from dtbase.domain.readings.set_aside import Rule
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.storage import tables
from dtbase.storage.database import driver_of, transaction
from dtbase.storage.readings import retention
from dtbase.storage.readings.rows import iso
from dtbase.storage.readings.sifting import Checked
from dtbase.storage.readings.taking_in import believe_again
from dtbase.storage.registry import series
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
UPDATE reading r SET mark = nullif((coalesce(r.mark, 0) & ~%(suspicious)s::int2) | found.mark, 0)
  FROM unnest(%(times)s::timestamptz[], %(values)s::float8[], %(marks)s::int2[])
    AS found (time, value, mark)
 WHERE r.series_id = %(id)s AND r.time = found.time AND r.value = found.value
   AND r.time >= %(start)s AND r.time <= %(end)s
"""
UNPACK_ALL = text("""
SELECT set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true)
""")


class Stored(NamedTuple):
    """Readings of one series in order of time, as they are judged."""

    times: Times
    values: NDArray[np.float64]
    texts: NDArray[Any]
    marks: NDArray[np.int16]

    def take(self, places: Mask) -> "Stored":
        """Return some of them."""
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
            resolved = by_id(session, row.id)
            start = rejudge_page(session, resolved, start)
    with open_() as session:
        believe_again(session, resolved)
        session.execute(
            update(tables.Series)
            .where(tables.Series.id == row.id, tables.Series.unjudged == row.unjudged)
            .values(unjudged=0)
        )
    return str(resolved.key)


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
    return found


def rejudge_page(session: Session, resolved: Resolved, start: datetime) -> datetime | None:
    """Judge some readings from a time on, and return where to go on."""
    session.execute(UNPACK_ALL)
    found = rows_between(session, resolved, start, LATEST, PAGE)
    if not len(found.times):
        return None
    last = aware(found.times[-1])
    set_aside(session, resolved, found)
    mark(session, resolved, start, last)
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


def mark(session: Session, resolved: Resolved, start: datetime, end: datetime) -> None:
    """Note what is suspect of readings between two times, and of those that it reaches."""
    judge = resolved.judge
    if resolved.datatype is Datatype.STRING:
        return
    first, last = reach(session, resolved, judge, start, end)
    found = rows_between(session, resolved, first, last)
    marks = marks_of_run(judge, found.times, found.values)
    wanted = found.times >= naive(start)
    changed = wanted & (marks != found.marks & np.int16(SUSPICIOUS))
    if changed.any():
        asked = named(resolved, found.take(changed)) | {
            "marks": marks[changed].tolist(),
            "suspicious": int(SUSPICIOUS),
        }
        driver_of(session).execute(MARK, asked)


def mark_around(session: Session, checked: Sequence[Checked]) -> None:
    """Note what is suspect of readings just written, and of those after them, by their neighbours.

    Series without such rules cost nothing.
    """
    for resolved, segment, _ in checked:
        if len(segment) and resolved.judge.looks_back:
            mark(session, resolved, aware(segment.times.min()), aware(segment.times.max()))


def reach(
    session: Session, resolved: Resolved, judge: Judge, start: datetime, end: datetime
) -> tuple[datetime, datetime]:
    """Return from when to when readings say something of those between, or are judged by them."""
    if not judge.looks_back:
        return start, end
    connection = driver_of(session)
    asked = {"id": resolved.id, "start": start - judge.look, "end": end + judge.look}
    before = connection.execute(BEFORE, asked).fetchone()
    after = connection.execute(AFTER, asked).fetchone()
    first = start - judge.look if before is None or before[0] is None else before[0]
    return first, end + judge.look if after is None or after[0] is None else after[0]


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


def aware(time: np.datetime64) -> datetime:
    read: datetime = time.astype("datetime64[us]").astype(datetime)
    return read.replace(tzinfo=UTC)
