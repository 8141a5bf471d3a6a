"""Storing notes: everybody sees them, their authors and admins change them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Row, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from dtbase.domain.paging import Listed
from dtbase.domain.people.users import Role, User
from dtbase.domain.registry.notes import NewNote, Note, NoteChange, NoteQuery, check_order
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Conflict, Invalid, NotAllowed, NotFound
from dtbase.storage import paging, tables
from dtbase.storage.people import audit
from dtbase.storage.registry import installations, locations, series

NOUN = "note"
MOST_NOTES = 100_000
"""Of all there are, so that no script fills the table."""

OWN = aliased(tables.Sensor)
"""The sensor of the series that a note is on."""

SERIES_NAME = (OWN.identifier + "/" + tables.Measure.name).label("series")
LAST = func.coalesce(tables.Note.until, tables.Note.start)
ORDER = paging.Order(
    columns={
        "start": tables.Note.start.expression,
        "changed_at": tables.Note.changed_at.expression,
        "id": tables.Note.id.expression,
    },
    key=("id",),
)


def select_notes() -> Select[*tuple[Any, ...]]:
    """Select notes with the names of what they are on."""
    return (
        select(
            tables.Note.id,
            tables.Note.text,
            tables.Note.start,
            tables.Note.until,
            SERIES_NAME,
            tables.Sensor.identifier,
            tables.Location.identifier,
            tables.Note.author,
            tables.Note.created_at,
            tables.Note.changed_at,
        )
        .outerjoin(tables.Series, tables.Series.id == tables.Note.series_id)
        .outerjoin(OWN, OWN.id == tables.Series.sensor_id)
        .outerjoin(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .outerjoin(tables.Sensor, tables.Sensor.id == tables.Note.sensor_id)
        .outerjoin(tables.Location, tables.Location.id == tables.Note.location_id)
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> Note:
    id_, text, start, until, series, sensor, location, author, created_at, changed_at = row
    return Note(
        id=id_,
        text=text,
        start=start,
        end=until,
        series=series,
        sensor=sensor,
        location=location,
        author=author,
        created_at=created_at,
        changed_at=changed_at,
    )


def add(session: Session, new: NewNote, author: User) -> Note:
    """Write a note on a thing that is there."""
    if (session.scalar(select(func.count()).select_from(tables.Note)) or 0) >= MOST_NOTES:
        raise Conflict(f"there are {MOST_NOTES} notes; delete some first")
    row = tables.Note(
        text=new.text,
        start=new.start,
        until=new.end,
        author_id=author.id,
        author=author.email,
        **subject_of(session, new),
    )
    session.add(row)
    session.flush()
    added = get(session, row.id)
    audit.created(session, NOUN, str(row.id), added)
    return added


def subject_of(session: Session, new: NewNote) -> dict[str, int]:
    """Return the row that a note is on, held until the transaction ends, or refuse."""
    if new.series is not None:
        key = SeriesKey.parse(new.series)
        found = series.find(session, [(key.sensor, key.measure)], lock=True)
        if not found:
            raise Invalid(f"no series {new.series}", field="series")
        return {"series_id": next(iter(found.values())).id}
    if new.sensor is not None:
        sensor = select(tables.Sensor.id).where(tables.Sensor.identifier == new.sensor)
        return {"sensor_id": held(session, sensor, f"no sensor {new.sensor!r}", "sensor")}
    place = select(tables.Location.id).where(tables.Location.identifier == new.location)
    return {"location_id": held(session, place, f"no location {new.location!r}", "location")}


def held(session: Session, query: Select[int], refusal: str, field: str) -> int:
    found = session.scalar(query.with_for_update(read=True, key_share=True))
    if found is None:
        raise Invalid(refusal, field=field)
    return found


def get(session: Session, note_id: int) -> Note:
    row = session.execute(select_notes().where(tables.Note.id == note_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no note {note_id}")
    return to_domain(row)


def page(session: Session, wanted: NoteQuery) -> Listed[Note]:
    query = select_notes().where(*during(wanted.start, wanted.end))
    if wanted.series:
        query = query.where(concerning(session, wanted.series))
    if wanted.sensor is not None:
        names = (tables.Sensor.identifier, OWN.identifier)
        query = query.where(or_(*(name == wanted.sensor for name in names)))
    if wanted.location is not None:
        query = query.where(tables.Note.location_id.in_(locations.subtree(wanted.location)))
    for column, part in ((tables.Note.author, wanted.author), (tables.Note.text, wanted.search)):
        if part is not None:
            query = query.where(column.icontains(part, autoescape=True))
    return paging.page(session, query, wanted, ORDER, to_domain)


def during(start: datetime | None, end: datetime | None) -> Sequence[Any]:
    """Return the conditions for notes that touch a range."""
    found = []
    if start is not None:
        found.append(or_(start < LAST, tables.Note.start >= start))
    if end is not None:
        found.append(tables.Note.start < end)
    return found


def concerning(session: Session, names: Sequence[str]) -> Any:
    """Return the condition for notes that concern any of some series."""
    keys = [SeriesKey.parse(name) for name in names]
    found = series.find(session, [(key.sensor, key.measure) for key in keys])
    ids = [one.id for one in found.values()]
    sensors = select(tables.Series.sensor_id).where(tables.Series.id.in_(ids))
    there = places_of(sensors)
    stayed = (
        select(there.c.location_id)
        .where(
            there.c.location_id == tables.Note.location_id,
            there.c.since <= LAST,
            or_(there.c.until.is_(None), there.c.until > tables.Note.start),
        )
        .exists()
    )
    return or_(tables.Note.series_id.in_(ids), tables.Note.sensor_id.in_(sensors), stayed)


def places_of(sensors: Select[int]) -> CTE:
    """Select where sensors were and in what these places lie, with since when and until when."""
    stays = installations.STAYS.c
    own = (
        select(stays.location_id, stays.since, stays.until)
        .where(stays.sensor_id.in_(sensors), stays.location_id.is_not(None))
        .cte("there", recursive=True)
    )
    above = (
        select(tables.Location.parent_id, own.c.since, own.c.until)
        .join(tables.Location, tables.Location.id == own.c.location_id)
        .where(tables.Location.parent_id.is_not(None))
    )
    return own.union(above)


def lock(session: Session, note_id: int, person: User) -> tables.Note:
    """Hold a note that somebody may change, or refuse."""
    row = session.get(tables.Note, note_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no note {note_id}")
    if person.role is not Role.ADMIN and row.author_id != person.id:
        raise NotAllowed(f"note {note_id} is by {row.author}; they and admins change it")
    return row


def update(
    session: Session, note_id: int, change: NoteChange, person: User, expected: Expected = WHATEVER
) -> Note:
    """Change what a note says, or when it is about."""
    row = lock(session, note_id, person)
    before = get(session, note_id)
    expected.check(before, f"note {note_id}")
    start = change.start or before.start
    until = change.end if change.gives("end") else before.end
    try:
        check_order(start, until)
    except ValueError as error:
        raise Invalid(str(error), field="end") from None
    row.text = change.text if change.text is not None else row.text
    row.start, row.until = start, until
    row.changed_at = func.clock_timestamp()
    session.flush()
    session.expire(row)
    after = get(session, note_id)
    audit.changed(session, NOUN, str(note_id), before, after)
    return after


def delete(session: Session, note_id: int, person: User, expected: Expected = WHATEVER) -> None:
    row = lock(session, note_id, person)
    before = get(session, note_id)
    expected.check(before, f"note {note_id}")
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, str(note_id), before)
