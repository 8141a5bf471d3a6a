"""Correcting stored readings: previewed, made, listed, undone; what was sent is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from psycopg.sql import SQL, Composable, Literal
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Segment
from dtbase.domain.readings.corrections import (
    MOST_CORRECTED,
    MOST_HOURS,
    MOST_SHOWN,
    Correction,
    Kind,
    NewCorrection,
    Preview,
    PreviewedReading,
)
from dtbase.domain.readings.fitting import fit
from dtbase.domain.readings.judging import ALL, SUSPICIOUS, Mark
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import SeriesKey, value_of
from dtbase.domain.timeranges import EARLIEST, LATEST, TimeRange
from dtbase.errors import Conflict, Invalid
from dtbase.storage import tables
from dtbase.storage.database import driver_of
from dtbase.storage.people import audit
from dtbase.storage.readings import corrected, rejudging, retention
from dtbase.storage.readings.rows import UNPACK_ALL
from dtbase.storage.registry import series, series_data
from dtbase.storage.registry.series import Resolved

NOUN = "correction"
OPERATORS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "=", "!=": "<>"}


class Reading(NamedTuple):
    """A reading as it is stored."""

    time: datetime
    value: float | None
    whole: int | None
    text: str | None


class Change(NamedTuple):
    """A reading before a correction and after it; None where it is taken away."""

    before: Reading
    mark: int | None
    after: Reading | None


def preview(session: Session, new: NewCorrection) -> Preview:
    """Tell what a correction would change, and change nothing."""
    resolved, changes = changes_of(session, new)
    refuse_covered(session, resolved, changes, "by")
    hours = {hour_of(each.before.time) for each in changes}
    hours |= {hour_of(each.after.time) for each in changes if each.after is not None}
    return Preview(
        readings=len(changes),
        hours=len(hours),
        first_hours=sorted(hours)[:MOST_HOURS],
        first_readings=[previewed(resolved.datatype, each) for each in changes[:MOST_SHOWN]],
    )


def previewed(datatype: Datatype, change: Change) -> PreviewedReading:
    before, later = change.before, change.after
    return PreviewedReading(
        time=before.time,
        value=value_of(datatype, *before[1:]),
        after_time=later and later.time,
        after_value=later and value_of(datatype, *later[1:]),
    )


def hour_of(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def make(session: Session, new: NewCorrection) -> Correction:
    """Make a correction; writers of the series wait until it is made."""
    resolved, changes = changes_of(session, new)
    refuse_covered(session, resolved, changes, "by")
    made = note(session, resolved, new, len(changes))
    keep(session, resolved, made.id, changes)
    replace(session, resolved, [each.before for each in changes], marked(changes))
    judge_again(session, resolved, changes)
    audit.created(session, NOUN, str(made.id), made)
    return made


def changes_of(session: Session, new: NewCorrection) -> tuple[Resolved, Sequence[Change]]:
    """Find what a correction is about, and what becomes of it."""
    span = TimeRange.of(new.start, new.end)
    (resolved,) = series.resolve(session, [SeriesKey.parse(new.series)])
    series_data.hold(session, select(tables.Series.id).where(tables.Series.id == resolved.id))
    refuse_gone(session, resolved, span.start)
    found = read(session, resolved, span, new)
    if len(found) > MOST_CORRECTED:
        raise Invalid(
            f"more than {MOST_CORRECTED:,} readings are meant; correct a shorter range", field="end"
        )
    afters = after(resolved, [reading for reading, _ in found], new)
    return resolved, [
        Change(reading, mark, changed)
        for (reading, mark), changed in zip(found, afters, strict=True)
        if changed != reading
    ]


def refuse_gone(session: Session, resolved: Resolved, start: datetime) -> None:
    """Refuse to change what stands for readings that retention has dropped."""
    horizon = retention.horizons(session, [resolved.id]).get(resolved.id)
    if horizon is not None and start < horizon:
        raise Invalid(
            f"readings of {resolved.key} before {horizon:%Y-%m-%d} have been dropped by retention"
            " and are out of reach, nothing was changed",
            field="start",
        )


def read(
    session: Session, resolved: Resolved, span: TimeRange, new: NewCorrection
) -> list[tuple[Reading, int | None]]:
    """Read what a correction is about, a little more than may be at once."""
    where: Composable = SQL("")
    if new.condition is not None:
        if resolved.datatype is Datatype.STRING:
            raise Invalid("texts have no size; leave where out", field="where")
        operator = SQL(OPERATORS[new.condition.operator])
        where = SQL(" AND value {} {}").format(operator, Literal(new.condition.number))
    query = SQL(
        "SELECT time, value, whole, text, mark FROM reading"
        " WHERE series_id = %s AND time >= %s AND time < %s{} ORDER BY time LIMIT %s"
    ).format(where)
    asked = (resolved.id, span.start, span.end, MOST_CORRECTED + 1)
    rows = driver_of(session).execute(query, asked).fetchall()
    return [(Reading(*row[:4]), row[4]) for row in rows]


def after(
    resolved: Resolved, found: Sequence[Reading], new: NewCorrection
) -> Sequence[Reading | None]:
    """Return what becomes of readings."""
    match new.kind:
        case Kind.VOID:
            return [None] * len(found)
        case Kind.CORRECT:
            value, whole, words = stored_as(resolved, new.value)
            return [Reading(each.time, value, whole, words) for each in found]
        case Kind.SHIFT:
            return [each._replace(time=moved(each.time, new.shift)) for each in found]
        case Kind.RESCALE:
            return [rescaled(resolved, each, new) for each in found]


def moved(time: datetime, by: timedelta) -> datetime:
    later = time + by
    if not EARLIEST <= later < LATEST:
        raise Invalid(f"{time.isoformat()} would be moved out of 1900 to 2200", field="by")
    return later


def stored_as(resolved: Resolved, value: Any) -> tuple[float | None, int | None, str | None]:
    """Return a value as the datatype stores it, or refuse it."""
    one = np.empty(1, dtype=object)
    one[0] = value
    times = np.array(["2000-01-01"], dtype="datetime64[us]")
    segment = Segment(resolved.sensor, resolved.measure, times, one, np.zeros(1, int))
    column, broken = fit(segment, resolved.datatype)
    if broken:
        raise Invalid(f"{resolved.key} {broken[0][0]}", field="value")
    return (
        None if column.value is None else float(column.value[0]),
        None if column.whole is None else column.whole[0],
        None if column.text is None else column.text[0],
    )


def rescaled(resolved: Resolved, reading: Reading, new: NewCorrection) -> Reading:
    """Multiply and add; a measure of integers takes what is an integer again."""
    if resolved.datatype not in {Datatype.FLOAT, Datatype.INTEGER} or reading.value is None:
        raise Invalid(f"{resolved.key} holds no numbers that could be rescaled", field="kind")
    exact = reading.value if reading.whole is None else reading.whole
    result = exact * (new.factor or 0.0) + (new.offset or 0.0)
    value, whole, _ = stored_as(resolved, result)
    return Reading(reading.time, value, whole, None)


def refuse_covered(
    session: Session, resolved: Resolved, changes: Sequence[Change], field: str
) -> None:
    """Refuse to move readings onto others that stay."""
    going = {each.before.time for each in changes}
    coming = [each.after.time for each in changes if each.after is not None]
    refuse_taken(session, resolved, [time for time in coming if time not in going], field)


def refuse_taken(
    session: Session, resolved: Resolved, foreign: Sequence[datetime], field: str
) -> None:
    """Refuse to put readings where others stand."""
    if not foreign:
        return
    refuse_gone(session, resolved, min(foreign))
    query = (
        "SELECT time FROM reading WHERE series_id = %s AND time >= %s AND time <= %s"
        " AND time = ANY (%s) ORDER BY time LIMIT 1"
    )
    asked = (resolved.id, min(foreign), max(foreign), foreign)
    found = driver_of(session).execute(query, asked).fetchone()
    if found is not None:
        raise Conflict(
            f"a reading of {resolved.key} stands at {found[0].astimezone(UTC).isoformat()} already,"
            " nothing was changed",
            field=field,
        )


NOTE = text("""
INSERT INTO correction (series_id, kind, span, asked, reason, readings, made_by)
VALUES (:series_id, :kind, tstzrange(:start, :end), CAST(:asked AS jsonb), :reason, :readings,
        :made_by)
RETURNING id
""")


def note(session: Session, resolved: Resolved, new: NewCorrection, count: int) -> Correction:
    """Write a correction down."""
    said = new.model_dump_json(
        include={"where", "value", "by", "factor", "offset"}, exclude_none=True
    )
    asked = {
        "series_id": resolved.id,
        "kind": new.kind.value,
        "start": new.start,
        "end": new.end,
        "asked": said,
        "reason": new.reason,
        "readings": count,
        "made_by": session.info.get(audit.ACTOR, audit.NOBODY),
    }
    made = session.execute(NOTE, asked).scalar_one()
    session.execute(text("UPDATE series SET corrected = true WHERE id = :id"), {"id": resolved.id})
    return corrected.get(session, made)


KEEP = b"""
WITH found AS (
  SELECT * FROM unnest(%(time)s::timestamptz[], %(value)s::float8[], %(whole)s::int8[],
    %(text)s::text[], %(mark)s::int2[], %(after_time)s::timestamptz[], %(after_value)s::float8[],
    %(after_whole)s::int8[], %(after_text)s::text[])
    AS found (time, value, whole, text, mark, after_time, after_value, after_whole, after_text)),
earlier AS (
  UPDATE correction_reading e SET live = false FROM found
   WHERE e.series_id = %(series_id)s AND e.live
     AND e.after_time IN (found.time, found.after_time)
  RETURNING e.*),
standing AS (
  SELECT DISTINCT ON (after_time) * FROM earlier ORDER BY after_time, correction_id DESC)
INSERT INTO correction_reading (correction_id, series_id, time, value, whole, text, mark,
  after_time, after_value, after_whole, after_text,
  sent_time, sent_value, sent_whole, sent_text, previous)
SELECT %(id)s, %(series_id)s, found.*,
       coalesce(e.sent_time, found.time),
       CASE WHEN e.sent_time IS NULL THEN found.value ELSE e.sent_value END,
       CASE WHEN e.sent_time IS NULL THEN found.whole ELSE e.sent_whole END,
       CASE WHEN e.sent_time IS NULL THEN found.text ELSE e.sent_text END,
       e.correction_id
  FROM found LEFT JOIN standing e ON e.after_time = found.time
   AND (e.after_value, e.after_whole, e.after_text)
       IS NOT DISTINCT FROM (found.value, found.whole, found.text)
"""
"""A reading goes back to what was sent by the correction that left it as it is; others ended there
without a word, where a rule set their reading aside and another came to its time."""


def keep(session: Session, resolved: Resolved, id_: int, changes: Sequence[Change]) -> None:
    """Keep each reading as it was, as it is to be, and as it was first sent."""
    columns: dict[str, list[Any]] = {"mark": [each.mark for each in changes]}
    for place, name in enumerate(Reading._fields):
        columns[name] = [each.before[place] for each in changes]
        columns[f"after_{name}"] = [
            None if each.after is None else each.after[place] for each in changes
        ]
    driver_of(session).execute(KEEP, {**columns, "id": id_, "series_id": resolved.id})


def marked(changes: Sequence[Change]) -> Sequence[tuple[Reading, int | None]]:
    """Return the readings after a correction, with what is noted of them."""
    return [
        (each.after, ((each.mark or 0) & ~int(SUSPICIOUS)) | int(Mark.CORRECTED))
        for each in changes
        if each.after is not None
    ]


DELETE = b"""
DELETE FROM reading WHERE series_id = %(id)s AND time = ANY (%(times)s::timestamptz[])
   AND time >= %(first)s AND time <= %(last)s
"""
INSERT = b"""
INSERT INTO reading (series_id, time, value, whole, text, mark)
SELECT %(id)s, * FROM unnest(%(time)s::timestamptz[], %(value)s::float8[], %(whole)s::int8[],
  %(text)s::text[], %(mark)s::int2[])
"""


def replace(
    session: Session,
    resolved: Resolved,
    gone: Sequence[Reading],
    new: Sequence[tuple[Reading, int | None]],
) -> None:
    """Put readings in the place of others."""
    session.execute(UNPACK_ALL)
    connection = driver_of(session)
    if gone:
        times = [each.time for each in gone]
        bounds = {"first": min(times), "last": max(times)}
        connection.execute(DELETE, {"id": resolved.id, "times": times, **bounds})
    if new:
        columns: dict[str, Any] = {
            name: [reading[place] for reading, _ in new]
            for place, name in enumerate(Reading._fields)
        }
        columns |= {"id": resolved.id, "mark": [mark for _, mark in new]}
        connection.execute(INSERT, columns)


def judge_again(session: Session, resolved: Resolved, changes: Sequence[Change]) -> None:
    """Note anew what is suspect where readings have changed."""
    times = [each.before.time for each in changes]
    times += [each.after.time for each in changes if each.after is not None]
    if times:
        judged = rejudging.by_id(session, resolved.id)
        rejudging.mark(session, judged, min(times), max(times), ALL)
