"""Writing readings: checked whole, in one transaction or not at all."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString, NamedTuple, NoReturn

import numpy as np
import psycopg
import psycopg.errors as pg
from psycopg.sql import SQL, Composable
from sqlalchemy.orm import Session

from dtbase.domain.readings.asides import Aside, aside_of, by_rule, never_taken_in
from dtbase.domain.readings.batches import Batch, Segment, check_kept
from dtbase.domain.readings.findings import SHOWN, Findings
from dtbase.domain.readings.readings import NOTHING, IngestCounts
from dtbase.domain.readings.set_aside import Rule
from dtbase.domain.registry.stamps import NOTHING_SAID
from dtbase.errors import Conflict, Invalid, Unavailable, Violation
from dtbase.storage.database import driver_of, reason_of
from dtbase.storage.readings import asides, imported, retention, stands, turns
from dtbase.storage.readings.looking import mark_around
from dtbase.storage.readings.rows import (
    ARRAYS,
    STAGE,
    STAGED_FROM,
    Rows,
    are_new,
    arrays,
    copy_straight,
    distinct,
    rows_of,
    stage,
)
from dtbase.storage.readings.sifting import Checked, Sifted, sift
from dtbase.storage.readings.undoing import without_corrected
from dtbase.storage.registry import series

TRIES = 5
PURGED = "DT001"


class OnConflict(StrEnum):
    """What happens to a reading whose time is already stored with another value."""

    REPLACE = "replace"
    KEEP = "keep"
    REFUSE = "refuse"


class OnInvalid(StrEnum):
    """What happens to a reading whose form is wrong, such as a text where a number belongs."""

    REFUSE = "refuse"
    SET_ASIDE = "set_aside"


REPLACE = """
WITH done AS (
  INSERT INTO reading (series_id, time, value, whole, text, mark)
  SELECT series_id, time, value, whole, text, mark FROM {rows} ORDER BY series_id, time
  ON CONFLICT (series_id, time) DO UPDATE
    SET value = excluded.value, whole = excluded.whole, text = excluded.text,
        mark = excluded.mark
  WHERE (reading.value, reading.whole, reading.text)
    IS DISTINCT FROM (excluded.value, excluded.whole, excluded.text)
  RETURNING series_id, time, xmax = 0 AS inserted)
"""
INSERT = """
WITH done AS (
  INSERT INTO reading (series_id, time, value, whole, text, mark)
  SELECT series_id, time, value, whole, text, mark FROM {rows} ORDER BY series_id, time
  ON CONFLICT (series_id, time) DO NOTHING RETURNING series_id, time, true AS inserted)
"""
COUNTED = """
SELECT count(*) FILTER (WHERE inserted), count(*) FILTER (WHERE NOT inserted) FROM done
"""
NAMED = """
SELECT series_id, (extract(epoch FROM time) * 1000000)::bigint, inserted FROM done
"""
CLASHES = """
SELECT sensor.identifier || '/' || measure.name, new.time,
       coalesce(stored.text, stored.whole::text, stored.value::text), count(*) OVER ()
  FROM {rows} new
  JOIN reading stored USING (series_id, time)
  JOIN series ON series.id = series_id
  JOIN sensor ON sensor.id = series.sensor_id
  JOIN measure ON measure.id = series.measure_id
 WHERE (stored.value, stored.whole, stored.text) IS DISTINCT FROM (new.value, new.whole, new.text)
 ORDER BY 1, 2 LIMIT 100
"""


class Statements(NamedTuple):
    """What writes rows from one relation, and what names those that clash."""

    replace: bytes
    insert: bytes
    clashes: bytes


def statements_of(told: LiteralString, rows: Composable) -> Statements:
    """Write the statements for rows from a relation, with what they tell of each or of all."""
    templates = (REPLACE + told, INSERT + told, CLASHES)
    return Statements(*(SQL(each).format(rows=rows).as_bytes() for each in templates))


STAGED, SENT = (statements_of(COUNTED, rows) for rows in (STAGE, ARRAYS))
STAGED_NAMING, SENT_NAMING = (statements_of(NAMED, rows) for rows in (STAGE, ARRAYS))


def write(
    session: Session,
    batch: Batch,
    on_conflict: OnConflict = OnConflict.REPLACE,
    on_invalid: OnInvalid = OnInvalid.REFUSE,
) -> IngestCounts:
    """Store a batch whole, or refuse it whole naming every error of form.

    What the rules of its series do not believe is set aside, and refuses nothing.
    """
    sifted = sifted_by(session, batch, lenient=on_invalid is OnInvalid.SET_ASIDE)
    counts = write_believed(session, sifted, on_conflict) if sifted.count else NOTHING
    asides.add(session, sifted.asides)
    received = counts.received + sum(map(len, sifted.asides))
    aside = by_rule(sifted.asides)
    return counts.model_copy(update={"received": received, "set_aside": aside})


def keep_aside(session: Session, batch: Batch, rule: Rule) -> IngestCounts:
    """Set a whole batch aside, as whoever sends it knows that it is not to be believed."""
    found = series.find(session, names_of([batch]), lock=True)
    unbelieved = [
        as_sent(found[key].id, segment, rule)
        for segment in batch.segments
        if (key := (segment.sensor, segment.measure)) in found and len(segment)
    ]
    asides.add(session, unbelieved)
    counts = {"received": len(batch), "set_aside": by_rule(unbelieved)}
    return NOTHING.model_copy(update=counts)


def as_sent(series_id: int, segment: Segment, rule: Rule) -> Aside:
    """Return readings to be set aside; those of another unit can only be looked at there."""
    aside = aside_of(series_id, segment, rule, np.ones(len(segment), dtype=bool))
    if segment.said == NOTHING_SAID:
        return aside
    return never_taken_in(aside, "sent in a unit or stamps of its own")


def write_believed(session: Session, sifted: Sifted, on_conflict: OnConflict) -> IngestCounts:
    """Store what is believed of a batch."""
    checked, known = without_corrected(
        session, sifted.checked, supersede=on_conflict is not OnConflict.KEEP
    )
    if known == sifted.count:
        return NOTHING.model_copy(update={"received": known, "unchanged": known})
    found = distinct(rows_of(checked), last=on_conflict is OnConflict.REPLACE)
    if on_conflict is OnConflict.REFUSE and len(found.differing):
        refuse_repeated(found.differing, checked)
    with refusing_purged(session, checked):
        inserted, replaced, kept = store(session, found.rows, on_conflict)
    mark_around(session, checked)
    if on_conflict is OnConflict.REPLACE:
        replaced += len(found.differing)
    else:
        kept += len(found.differing)
    return IngestCounts(
        received=sifted.count,
        inserted=inserted,
        replaced=replaced,
        kept=kept,
        unchanged=sifted.count - inserted - replaced - kept,
    )


def sifted_by(session: Session, batch: Batch, *, lenient: bool = False) -> Sifted:
    """Hold a batch against the registry and the rules of its series."""
    found = series.find(session, names_of([batch]), lock=True)
    turns.take(session, found.values())
    sifted = sift(found, batch, lenient=lenient)
    stands.check(sifted.checked, stands.before(session, found, [batch]), Findings())
    return sifted


def names_of(batches: Iterable[Batch]) -> list[tuple[str, str]]:
    """Return the series that batches name, each once, in one order for all writers."""
    segments = (segment for batch in batches for segment in batch.segments)
    return sorted({(segment.sensor, segment.measure) for segment in segments})


def store(session: Session, rows: Rows, on_conflict: OnConflict) -> tuple[int, int, int]:
    """Write the rows and count what happened; try again where others were at them meanwhile."""
    straight = rows.plain and len(rows) >= STAGED_FROM
    import_id = session.info.get(imported.IMPORT)
    for tries_left in reversed(range(TRIES)):
        try:
            # the savepoint is set when the connection is asked for, so that comes inside
            with session.begin_nested(), driver_of(session).cursor() as cursor:
                if straight and tries_left and are_new(cursor, rows):
                    copy_straight(cursor, rows)  # takes about half of what the stage takes
                    imported.keep_new(cursor, import_id, rows)
                    return len(rows), 0, 0
                return store_once(cursor, rows, on_conflict, import_id)
        except pg.UniqueViolation:
            if not straight:
                raise
            straight = False
        except (pg.DeadlockDetected, pg.SerializationFailure):
            if not tries_left:
                raise
        except psycopg.OperationalError as error:
            raise Unavailable(f"{reason_of(error)}; nothing was stored") from error
    raise AssertionError("unreachable")


def store_once(
    cursor: psycopg.Cursor[Any], rows: Rows, on_conflict: OnConflict, import_id: int | None
) -> tuple[int, int, int]:
    """Write the rows and return how many were inserted, replaced and kept."""
    staged = len(rows) >= STAGED_FROM
    statements = STAGED if staged else SENT
    parameters = None if staged else arrays(rows)
    if staged:
        stage(cursor, rows)
    replacing = on_conflict is OnConflict.REPLACE
    if import_id is None:
        query = statements.replace if replacing else statements.insert
        inserted, replaced = one(cursor, query, parameters)
    else:
        inserted, replaced = store_naming(cursor, rows, parameters, replacing, import_id)
    if replacing:
        return inserted, replaced, 0
    clashes = cursor.execute(statements.clashes, parameters).fetchall()
    if clashes and on_conflict is OnConflict.REFUSE:
        refuse_clashes(clashes)
    return inserted, 0, clashes[0][3] if clashes else 0


def store_naming(
    cursor: psycopg.Cursor[Any],
    rows: Rows,
    parameters: dict[str, Any] | None,
    replacing: bool,
    import_id: int,
) -> tuple[int, int]:
    """Write the rows of an import, and keep what it stored; tell how many are new, and not."""
    statements = STAGED_NAMING if parameters is None else SENT_NAMING
    imported.begin(cursor)
    query = statements.replace if replacing else statements.insert
    changes = cursor.execute(query, parameters).fetchall()
    imported.keep_changes(cursor, import_id, rows, changes)
    inserted = sum(new for _, _, new in changes)
    return inserted, len(changes) - inserted


def one(cursor: psycopg.Cursor[Any], query: bytes, parameters: dict[str, Any] | None) -> Any:
    """Run a query that answers one row."""
    return cursor.execute(query, parameters).fetchone()


@contextmanager
def refusing_purged(session: Session, checked: list[Checked]) -> Iterator[None]:
    """Name the readings that are older than what retention has left of their series."""
    try:
        yield
    except psycopg.DatabaseError as error:
        if error.sqlstate != PURGED:
            raise
        findings = Findings()
        horizons = retention.horizons(session, [found.id for found, _, _ in checked])
        for found, segment, _ in checked:
            if found.id in horizons:
                check_kept(segment, horizons[found.id], findings)
        raise Invalid(
            f"{error.diag.message_primary}, nothing was stored", violations=findings.shown
        ) from error


def refuse_clashes(clashes: list[tuple[str, datetime, str, int]]) -> NoReturn:
    """Name the readings that are stored with another value."""
    violations = [
        Violation(field="values", series=name, value=stored, rule=f"{time.isoformat()} is stored")
        for name, time, stored, _ in clashes
    ]
    count = clashes[0][3]
    those = "one reading is" if count == 1 else f"{count:,} readings are"
    raise Conflict(
        f"{those} already stored with another value, nothing was stored", violations=violations
    )


def refuse_repeated(differing: Rows, checked: list[Checked]) -> NoReturn:
    """Name the readings that the batch itself brings twice with different values."""
    names = {found.id: segment.name for found, segment, _ in checked}
    violations = [
        Violation(
            field="times", series=names[int(id_)], value=f"{time}Z", rule="stands there twice"
        )
        for id_, time in zip(differing.series_id[:SHOWN], differing.time[:SHOWN], strict=True)
    ]
    count = len(differing)
    those = "one reading stands" if count == 1 else f"{count:,} readings stand"
    raise Conflict(
        f"{those} in the request twice with different values, nothing was stored",
        violations=violations,
    )
