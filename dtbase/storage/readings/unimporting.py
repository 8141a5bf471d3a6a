"""Taking back what an import stored, wherever it still stands as the import stored it."""

import numpy as np
import psycopg
from psycopg.sql import SQL
from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.imports.imports import NOTHING_UNDONE, Undone
from dtbase.domain.readings.batches import Mask
from dtbase.domain.readings.buckets import aware, naive
from dtbase.domain.readings.judging import ALL
from dtbase.errors import Conflict
from dtbase.storage import tables
from dtbase.storage.database import driver_of
from dtbase.storage.readings import rejudging, retention
from dtbase.storage.readings.import_parts import Part
from dtbase.storage.readings.imported import columns_of
from dtbase.storage.readings.readings import PURGED
from dtbase.storage.readings.rows import UNPACK_ALL, Rows, arrays, iso, micros

STANDS = SQL("""
   r.series_id = %(id)s AND r.time >= %(first)s::timestamptz AND r.time <= %(last)s::timestamptz
   AND r.time = w.time
   AND (r.value, r.whole, r.text) IS NOT DISTINCT FROM (w.value, w.whole, w.text)
RETURNING (extract(epoch FROM r.time) * 1000000)::bigint
""")
"""Only what stands exactly as it was stored; whoever changes it meanwhile is seen."""

REMOVE = SQL("""
DELETE FROM reading r
 USING unnest(%(time)s::timestamptz[], %(value)s::float8[], %(whole)s::int8[], %(text)s::text[])
       AS w (time, value, whole, text)
 WHERE {stands}
""")
RESTORE = SQL("""
UPDATE reading r SET value = w.value_before, whole = w.whole_before, text = w.text_before
  FROM unnest(%(time)s::timestamptz[], %(value)s::float8[], %(whole)s::int8[], %(text)s::text[],
              %(value_before)s::float8[], %(whole_before)s::int8[], %(text_before)s::text[])
       AS w (time, value, whole, text, value_before, whole_before, text_before)
 WHERE {stands}
""")
TAKE_AWAY, PUT_BACK = (each.format(stands=STANDS).as_bytes() for each in (REMOVE, RESTORE))
JUST_DROPPED = "retention has just dropped some of these readings; ask again"


def undo_part(session: Session, row: tables.ImportPart) -> Undone:
    """Undo a part; what could not be undone stays in it, for when it stands again."""
    from dtbase.storage.readings.packing import unpack  # only who undoes an import pays for Arrow

    part = unpack(row.content)
    kept = reachable(session, part)
    dropped = int((~kept).sum())
    done, left = take_back(session, part.take(kept))
    if len(left):
        row.series_ids, row.readings, row.latest, row.content = columns_of(left)
    else:
        session.delete(row)
    session.flush()
    return done.plus(Undone(removed=0, restored=0, changed=len(left), dropped=dropped))


def reachable(session: Session, part: Part) -> Mask:
    """Tell which readings retention has left."""
    series, places = np.unique(part.rows.series_id, return_inverse=True)
    horizons = retention.horizons(session, series.tolist())
    earliest = np.array(
        [
            naive(horizons[one]) if one in horizons else np.datetime64("0001-01-01", "us")
            for one in series.tolist()
        ]
    )
    return np.asarray(part.rows.time >= earliest[places])


def take_back(session: Session, part: Part) -> tuple[Undone, Part]:
    """Remove and restore, and return what could not be."""
    session.execute(UNPACK_ALL)
    series = np.unique(part.rows.series_id).tolist()
    present = select(tables.Series.id).where(tables.Series.id.in_(series))
    held = session.scalars(
        present.order_by(tables.Series.id).with_for_update(read=True, key_share=True)
    ).all()
    gone = np.zeros(len(part), dtype=bool)
    try:
        for one in held:
            own = part.rows.series_id == one
            gone |= taken(session, one, part, own & ~part.replaced)
            gone |= taken(session, one, part, own & part.replaced)
            judge_again(session, one, part.take(gone & own))
    except psycopg.DatabaseError as error:
        if error.sqlstate != PURGED:
            raise
        raise Conflict(JUST_DROPPED, field="import_id") from error
    counts = {
        "removed": int((gone & ~part.replaced).sum()),
        "restored": int((gone & part.replaced).sum()),
    }
    return NOTHING_UNDONE.model_copy(update=counts), part.take(~gone)


def judge_again(session: Session, series_id: int, done: Part) -> None:
    """Note anew what is suspect where readings have gone or come back."""
    one = rejudging.by_id(session, series_id)
    judge = one.judge
    if len(done) and (judge.looks_back or judge.looks_around or done.replaced.any()):
        times = done.rows.time
        rejudging.mark(session, one, aware(times.min()), aware(times.max()), ALL)


def taken(session: Session, series_id: int, part: Part, places: Mask) -> Mask:
    """Take back some readings of one series, and tell which could be."""
    if not places.any():
        return places
    rows, before = part.rows.take(places), part.before.take(places)
    query = PUT_BACK if part.replaced[places][0] else TAKE_AWAY
    put_back = {f"{name}_before": column for name, column in arrays(before).items()}
    asked = {"id": series_id, **bounds(rows), **arrays(rows), **put_back}
    found = driver_of(session).execute(query, asked).fetchall()
    times = np.array([row[0] for row in found], dtype=np.int64)
    return places & np.isin(micros(part.rows.time), times)


def bounds(rows: Rows) -> dict[str, str]:
    """Return the range of rows, so that only its chunks are looked at."""
    first, last = iso(rows.time[[0, -1]])
    return {"first": first, "last": last}
