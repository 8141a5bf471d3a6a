"""Writing readings: checked whole, in one transaction or not at all."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, NoReturn

import psycopg
import psycopg.errors as pg
from psycopg.sql import SQL
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import (
    SHOWN,
    Batch,
    Column,
    Findings,
    Segment,
    check_kept,
    check_times,
    check_values,
)
from dtbase.domain.readings.declared import as_stored
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import Conflict, Invalid, Unavailable, Violation
from dtbase.storage.database import reason_of
from dtbase.storage.readings import retention, stands
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
from dtbase.storage.registry import series
from dtbase.storage.registry.series import Resolved

TRIES = 5
PURGED = "DT001"


class OnConflict(StrEnum):
    """What happens to a reading whose time is already stored with another value."""

    REPLACE = "replace"
    KEEP = "keep"
    REFUSE = "refuse"


REPLACE = SQL("""
WITH done AS (
  INSERT INTO reading (series_id, time, value, whole, text)
  SELECT series_id, time, value, whole, text FROM {rows} ORDER BY series_id, time
  ON CONFLICT (series_id, time) DO UPDATE
    SET value = excluded.value, whole = excluded.whole, text = excluded.text
  WHERE (reading.value, reading.whole, reading.text)
    IS DISTINCT FROM (excluded.value, excluded.whole, excluded.text)
  RETURNING xmax = 0 AS inserted)
SELECT count(*) FILTER (WHERE inserted), count(*) FILTER (WHERE NOT inserted) FROM done
""")
INSERT = SQL("""
WITH done AS (
  INSERT INTO reading (series_id, time, value, whole, text)
  SELECT series_id, time, value, whole, text FROM {rows} ORDER BY series_id, time
  ON CONFLICT (series_id, time) DO NOTHING RETURNING 1)
SELECT count(*) FROM done
""")
CLASHES = SQL("""
SELECT sensor.identifier || '/' || measure.name, new.time,
       coalesce(stored.text, stored.whole::text, stored.value::text), count(*) OVER ()
  FROM {rows} new
  JOIN reading stored USING (series_id, time)
  JOIN series ON series.id = series_id
  JOIN sensor ON sensor.id = series.sensor_id
  JOIN measure ON measure.id = series.measure_id
 WHERE (stored.value, stored.whole, stored.text) IS DISTINCT FROM (new.value, new.whole, new.text)
 ORDER BY 1, 2 LIMIT 100
""")


class Statements(NamedTuple):
    """What writes rows from one relation, and what names those that clash."""

    replace: bytes
    insert: bytes
    clashes: bytes


STAGED, SENT = (
    Statements(*(template.format(rows=rows).as_bytes() for template in (REPLACE, INSERT, CLASHES)))
    for rows in (STAGE, ARRAYS)
)


def write(
    session: Session, batch: Batch, on_conflict: OnConflict = OnConflict.REPLACE
) -> IngestCounts:
    """Store a batch whole, or refuse it whole naming every rule it breaks."""
    checked = check(session, batch)
    if not len(batch):
        return IngestCounts(received=0, inserted=0, replaced=0, unchanged=0, kept=0)
    found = distinct(rows_of(checked), last=on_conflict is OnConflict.REPLACE)
    if on_conflict is OnConflict.REFUSE and len(found.differing):
        refuse_repeated(found.differing, checked)
    with refusing_purged(session, checked):
        inserted, replaced, kept = store(session, found.rows, on_conflict)
    if on_conflict is OnConflict.REPLACE:
        replaced += len(found.differing)
    else:
        kept += len(found.differing)
    return IngestCounts(
        received=len(batch),
        inserted=inserted,
        replaced=replaced,
        kept=kept,
        unchanged=len(batch) - inserted - replaced - kept,
    )


Checked = tuple[Resolved, Segment, Column]


def check(session: Session, batch: Batch) -> list[Checked]:
    """Check a batch against the registry and the rules of its measures."""
    found = series.find(session, names_of([batch]), lock=True)
    checked = check_against(found, batch)
    stands.check(checked, stands.before(session, found, [batch]), batch.findings)
    return checked


def names_of(batches: Iterable[Batch]) -> list[tuple[str, str]]:
    """Return the series that batches name, each once, in one order for all writers."""
    segments = (segment for batch in batches for segment in batch.segments)
    return sorted({(segment.sensor, segment.measure) for segment in segments})


def check_against(found: Mapping[tuple[str, str], Resolved], batch: Batch) -> list[Checked]:
    """Check a batch against series that were found."""
    findings = batch.findings
    checked: list[Checked] = []
    for segment in batch.segments:
        resolved = found.get((segment.sensor, segment.measure))
        if resolved is None:
            note_unknown(segment, findings)
            continue
        segment = as_stored(segment, resolved.unit, resolved.stamps, findings)  # noqa: PLW2901
        check_times(segment, findings)
        checked.append((resolved, segment, check_values(segment, resolved.datatype, findings)))
    findings.refuse()
    return checked


def note_unknown(segment: Segment, findings: Findings) -> None:
    """Note each reading of a series that does not exist."""
    rule = f"no sensor {segment.sensor!r} with a measure {segment.measure!r} is registered"
    if not len(segment):
        findings.add(Violation(field="series", series=segment.name, rule=rule))
    violations = (
        Violation(field="series", series=segment.name, row=int(row), rule=rule)
        for row in segment.rows
    )
    findings.add_many(len(segment), violations)


def store(session: Session, rows: Rows, on_conflict: OnConflict) -> tuple[int, int, int]:
    """Write the rows and count what happened; try again where others were at them meanwhile."""
    straight = rows.plain and len(rows) >= STAGED_FROM
    for tries_left in reversed(range(TRIES)):
        try:
            # the savepoint is set when the connection is asked for, so that comes inside
            with session.begin_nested(), driver_of(session).cursor() as cursor:
                if straight and tries_left and are_new(cursor, rows):
                    copy_straight(cursor, rows)  # takes about half of what the stage takes
                    return len(rows), 0, 0
                return store_once(cursor, rows, on_conflict)
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


def driver_of(session: Session) -> psycopg.Connection[Any]:
    """Return the session's connection as the driver knows it."""
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def store_once(
    cursor: psycopg.Cursor[Any], rows: Rows, on_conflict: OnConflict
) -> tuple[int, int, int]:
    """Write the rows and return how many were inserted, replaced and kept."""
    staged = len(rows) >= STAGED_FROM
    statements = STAGED if staged else SENT
    parameters = None if staged else arrays(rows)
    if staged:
        stage(cursor, rows)
    if on_conflict is OnConflict.REPLACE:
        inserted, replaced = one(cursor, statements.replace, parameters)
        return inserted, replaced, 0
    (inserted,) = one(cursor, statements.insert, parameters)
    clashes = cursor.execute(statements.clashes, parameters).fetchall()
    if clashes and on_conflict is OnConflict.REFUSE:
        refuse_clashes(clashes)
    return inserted, 0, clashes[0][3] if clashes else 0


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
