"""Undoing corrections, and keeping them where senders send again what they have sent before."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Segment
from dtbase.domain.readings.corrections import Correction
from dtbase.domain.readings.fitting import Column
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Conflict
from dtbase.storage import tables
from dtbase.storage.database import driver_of
from dtbase.storage.people import audit
from dtbase.storage.readings import corrected, corrections
from dtbase.storage.readings.corrections import NOUN, Change, Reading
from dtbase.storage.readings.rows import iso, micros
from dtbase.storage.readings.sifting import Checked
from dtbase.storage.registry import series, series_data

KEPT = b"""
SELECT c.time, c.value, c.whole, c.text, c.mark, c.after_time, c.after_value, c.after_whole,
       c.after_text, c.live, r.time, r.value, r.whole, r.text
  FROM correction_reading c
  LEFT JOIN reading r ON r.series_id = c.series_id AND r.time = coalesce(c.after_time, c.time)
   AND r.time >= %(first)s AND r.time <= %(last)s
 WHERE c.correction_id = %(id)s ORDER BY c.time
"""
BOUNDS = b"""
SELECT count(*), least(min(time), min(after_time)), greatest(max(time), max(after_time))
  FROM correction_reading WHERE correction_id = %(id)s
"""
REVIVE = text("""
WITH undone AS (
  UPDATE correction_reading SET live = false WHERE correction_id = :id RETURNING time, previous)
UPDATE correction_reading p SET live = true FROM undone u
 WHERE p.correction_id = u.previous AND p.after_time = u.time
""")
UNDONE = text("""
UPDATE correction SET undone_by = :by, undone_at = clock_timestamp() WHERE id = :id
""")


def undo(session: Session, id_: int) -> Correction:
    """Put readings back as they were, unless they have changed since; in the order made."""
    before = corrected.get(session, id_)
    (resolved,) = series.resolve(session, [SeriesKey.parse(before.series)])
    series_data.hold(session, select(tables.Series.id).where(tables.Series.id == resolved.id))
    before = corrected.get(session, id_)
    if before.undone_at is not None:
        raise Conflict(f"correction {id_} was undone already", field="id")
    corrections.refuse_gone(session, resolved, before.start)
    changes = kept_of(session, before)
    gone = [each.after for each in changes if each.after is not None]
    going = {each.time for each in gone}
    back = [each.before.time for each in changes if each.before.time not in going]
    corrections.refuse_taken(session, resolved, back, "id")
    corrections.replace(session, resolved, gone, [(each.before, each.mark) for each in changes])
    session.execute(REVIVE, {"id": id_})
    session.execute(UNDONE, {"id": id_, "by": session.info.get(audit.ACTOR, audit.NOBODY)})
    corrections.judge_again(session, resolved, changes)
    after = corrected.get(session, id_)
    audit.changed(session, NOUN, str(id_), before, after)
    return after


def kept_of(session: Session, made: Correction) -> Sequence[Change]:
    """Return what a correction has changed, or refuse where it has changed since."""
    connection = driver_of(session)
    row = connection.execute(BOUNDS, {"id": made.id}).fetchone()
    assert row is not None
    count, first, last = row
    if count < made.readings:
        raise Conflict(
            f"retention has dropped {made.readings - count:,} of the readings: out of reach"
        )
    asked = {"id": made.id, "first": first, "last": last}
    changes, moved = [], 0
    for found in connection.execute(KEPT, asked).fetchall():
        after = None if found[5] is None else Reading(*found[5:9])
        present = None if found[10] is None else Reading(*found[10:14])
        moved += not found[9] or after != present
        changes.append(Change(Reading(*found[:4]), found[4], after))
    if moved:
        raise Conflict(
            f"{moved:,} of the readings have changed since, by a later correction or by who sends"
            " them; undo what came later first"
        )
    return changes


SENT = b"""
SELECT (extract(epoch FROM sent_time) * 1000000)::bigint, sent_value, sent_whole, sent_text
  FROM correction_reading
 WHERE series_id = %(id)s AND live AND sent_time = ANY (%(times)s::timestamptz[])
"""
SUPERSEDE = b"""
UPDATE correction_reading SET live = false
 WHERE series_id = %(id)s AND live
   AND coalesce(after_time, sent_time) = ANY (%(times)s::timestamptz[])
"""


def without_corrected(
    session: Session, checked: Sequence[Checked], *, supersede: bool
) -> tuple[list[Checked], int]:
    """Leave out readings that were sent before and have been corrected since, and count them.

    A value other than the one first sent is news: it takes the correction's place if `supersede`.
    """
    left, known = [], 0
    for resolved, segment, column in checked:
        if not resolved.corrected or not len(segment):
            left.append((resolved, segment, column))
            continue
        same = is_sent_again(session, resolved.id, segment, column)
        news = segment.take(~same)
        known += int(same.sum())
        if supersede:
            asked: dict[str, Any] = {"id": resolved.id, "times": iso(news.times)}
            driver_of(session).execute(SUPERSEDE, asked)
        left.append((resolved, news, column.take(~same)))
    return left, known


def is_sent_again(
    session: Session, series_id: int, segment: Segment, column: Column
) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Tell which readings are those that were corrected, as they were first sent."""
    asked = {"id": series_id, "times": iso(segment.times)}
    rows = driver_of(session).execute(SENT, asked).fetchall()
    sent = {time: (value, whole, words) for time, value, whole, words in rows}
    times = micros(segment.times).tolist()
    same = np.zeros(len(segment), dtype=bool)
    for place, time in enumerate(times):
        if time in sent:
            same[place] = sent[time] == (
                None if column.value is None else float(column.value[place]),
                None if column.whole is None else column.whole[place],
                None if column.text is None else column.text[place],
            )
    return same
