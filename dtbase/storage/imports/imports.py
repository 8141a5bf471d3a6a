"""Imports: begun, written piece by piece, ended, listed, and undone as a whole."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from dtbase.domain.imports.imports import (
    NOTHING_UNDONE,
    Import,
    ImportedBatch,
    ImportQuery,
    NewImport,
    Undone,
)
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.imports.progress import Progress
from dtbase.domain.imports.reports import ImportReport
from dtbase.domain.paging import Listed
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import Conflict, NotFound
from dtbase.storage import paging, tables
from dtbase.storage.people import audit
from dtbase.storage.readings import imported, readings, unimporting
from dtbase.storage.readings.readings import OnConflict, OnInvalid

NOUN = "import"
AT_ONCE = 200_000
"""So many readings one request undoes, or one part of an import if that has more."""

COUNTED = ("inserted", "replaced", "unchanged", "kept")
STANDING = (
    select(func.coalesce(func.sum(tables.ImportPart.readings), 0))
    .where(tables.ImportPart.import_id == tables.Import.id)
    .correlate(tables.Import)
    .scalar_subquery()
)
ORDER = paging.Order(columns={"id": tables.Import.id.expression}, key=("id",))


def select_imports() -> Select[*tuple[Any, ...]]:
    return select(tables.Import, STANDING)


def to_domain(found: Row[*tuple[Any, ...]]) -> Import:
    row, standing = found
    return Import(
        id=row.id,
        file=row.file,
        kind=row.kind,
        profile=None if row.profile is None else Profile.model_validate(row.profile),
        made_by=row.made_by,
        started_at=row.started_at,
        ended_at=row.ended_at,
        report=ImportReport.model_validate(row.report),
        standing=int(standing),
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        removed=row.removed,
        restored=row.restored,
    )


def get(session: Session, import_id: int) -> Import:
    query = select_imports().where(tables.Import.id == import_id)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(f"no import {import_id}", field="import_id")
    return to_domain(row)


def page(session: Session, wanted: ImportQuery) -> Listed[Import]:
    """Return one page of the imports that fit, the newest first unless asked otherwise."""
    query = select_imports()
    for column, part in (
        (tables.Import.file, wanted.search),
        (tables.Import.made_by, wanted.made_by),
    ):
        if part is not None:
            query = query.where(column.icontains(part, autoescape=True))
    return paging.page(session, query, wanted, ORDER, to_domain)


def begin(
    session: Session, new: NewImport, made_by: str | None = None, path: str | None = None
) -> Import:
    """Begin an import, or go on with one of the same caller and file that was not undone."""
    by = made_by or session.info.get(audit.ACTOR, audit.NOBODY)
    row = None if new.resumes is None else session.get(tables.Import, new.resumes)
    if row is not None and (row.made_by, row.file, row.undone_at) == (by, new.file, None):
        row.ended_at = None
        session.flush()
        return get(session, row.id)
    made = tables.Import(
        file=new.file,
        kind=new.kind,
        profile=new.profile and new.profile.model_dump(mode="json", exclude_unset=True),
        report=document(ImportReport(file=new.file, kind=new.kind)),
        made_by=by,
        path=path,
    )
    session.add(made)
    session.flush()
    began = get(session, made.id)
    audit.created(session, NOUN, str(made.id), began)
    return began


def last_of(session: Session, path: str) -> tuple[Import, Progress] | None:
    """Return the last import of a file of the worker's folder, and how far it came."""
    query = select_imports().where(tables.Import.path == path, tables.Import.progress.is_not(None))
    found = session.execute(query.order_by(tables.Import.id.desc()).limit(1)).first()
    if found is None:
        return None
    row: tables.Import = found[0]
    return to_domain(found), Progress.model_validate(row.progress)


def write(
    session: Session,
    import_id: int,
    batch: Batch,
    on_conflict: OnConflict = OnConflict.REPLACE,
    on_invalid: OnInvalid = OnInvalid.REFUSE,
) -> IngestCounts:
    """Store readings of an import as others are stored, and keep which it has stored."""
    row = held(session, import_id)
    refuse_foreign(session, row)
    if row.undone_at is not None:
        raise Conflict(f"import {import_id} was undone; begin another one", field="import_id")
    imported.importing(session, import_id)
    try:
        counts = readings.write(session, batch, on_conflict, on_invalid)
    finally:
        imported.importing(session, None)
    row.report = document(with_more(ImportReport.model_validate(row.report), counts))
    return counts


def write_on(session: Session, part: ImportedBatch, on_invalid: OnInvalid) -> IngestCounts:
    """Store a part of a file, and note in the same transaction how far that is read."""
    counts = write(session, part.import_id, part.batch, on_invalid=on_invalid)
    row = held(session, part.import_id)
    row.progress = part.progress.model_dump(mode="json")
    return counts


def with_more(report: ImportReport, counts: IngestCounts) -> ImportReport:
    """Return a report of what has come so far, until the end says all."""
    own = report.readings
    more: Mapping[str, int] = {name: getattr(own, name) + getattr(counts, name) for name in COUNTED}
    said = {"read": own.read + counts.received, "set_aside": own.set_aside + counts.aside}
    found = own.model_copy(update={**more, **said})
    return report.model_copy(update={"readings": found})


def document(report: ImportReport) -> dict[str, Any]:
    """Return a report as it is kept; where a file lay on somebody's disk is theirs."""
    return report.model_copy(update={"skipped_file": None}).model_dump(mode="json")


def end(session: Session, import_id: int, report: ImportReport) -> Import:
    """Write down what became of a file."""
    row = held(session, import_id)
    refuse_foreign(session, row)
    row.report = document(report.model_copy(update={"file": row.file, "import_id": row.id}))
    row.ended_at = func.clock_timestamp()
    session.flush()
    return get(session, import_id)


def refuse_foreign(session: Session, row: tables.Import) -> None:
    actor = session.info.get(audit.ACTOR, audit.NOBODY)
    if actor not in {row.made_by, audit.NOBODY}:
        raise Conflict(f"import {row.id} is by {row.made_by}; begin your own", field="import_id")


def held(session: Session, import_id: int) -> tables.Import:
    """Return an import that nobody else writes or undoes before the transaction ends."""
    row = session.get(tables.Import, import_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"no import {import_id}", field="import_id")
    return row


def sensors_of(session: Session, import_id: int) -> set[str]:
    """Return the sensors whose readings undoing an import would change."""
    ids = func.unnest(tables.ImportPart.series_ids).label("id")
    parts = select(ids).where(tables.ImportPart.import_id == import_id).distinct().subquery()
    query = (
        select(tables.Sensor.identifier)
        .join(tables.Series, tables.Series.sensor_id == tables.Sensor.id)
        .join(parts, parts.c.id == tables.Series.id)
        .distinct()
    )
    return set(session.scalars(query))


def undo(
    session: Session, import_id: int, before: int | None = None, at_once: int = AT_ONCE
) -> Undone:
    """Take back what an import stored, the newest parts first, up to a number of readings.

    So what replaced a reading of the same import goes before that. The first request closes the
    import; each is a transaction of its own, and the next one goes on behind it.
    """
    row = held(session, import_id)
    if row.undone_at is not None and before is None and not get(session, import_id).standing:
        raise Conflict(f"import {import_id} was undone already", field="import_id")
    if before is None or row.undone_at is None:
        close(session, row)
    done = NOTHING_UNDONE
    part = newest(session, import_id, before)
    while part is not None:
        last, size = part.id, part.readings
        done = done.plus(unimporting.undo_part(session, part))
        at_once -= size
        part = newest(session, import_id, last)
        if at_once <= 0 and part is not None:
            done = done.model_copy(update={"next": last})
            break
    row.removed += done.removed
    row.restored += done.restored
    session.flush()
    return done


def close(session: Session, row: tables.Import) -> None:
    """Let nothing more be written into an import, and say who undoes it."""
    known = get(session, row.id)
    row.undone_at = func.clock_timestamp()
    row.undone_by = session.info.get(audit.ACTOR, audit.NOBODY)
    session.flush()
    session.refresh(row)
    audit.changed(session, NOUN, str(row.id), known, get(session, row.id))


def newest(session: Session, import_id: int, before: int | None) -> tables.ImportPart | None:
    """Return the newest part of an import that is older than another."""
    parts = tables.ImportPart
    query = select(parts).where(parts.import_id == import_id).order_by(parts.id.desc()).limit(1)
    return session.scalar(query if before is None else query.where(parts.id < before))
