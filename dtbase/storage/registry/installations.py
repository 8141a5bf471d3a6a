"""Storing which sensor was where since when."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, or_, select, text
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.registry.installations import (
    Installation,
    InstallationChange,
    InstallationQuery,
    NewInstallation,
)
from dtbase.domain.timeranges import LATEST, TimeRange
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Invalid, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.registry import locations, sensors

NOUN = "installation"
KEY = ("sensor_id", "since")
STAYS = select(
    tables.Installation.id,
    tables.Installation.sensor_id,
    tables.Installation.location_id,
    tables.Installation.since,
    func.lead(tables.Installation.since)
    .over(partition_by=tables.Installation.sensor_id, order_by=tables.Installation.since)
    .label("until"),
).subquery("stay")
"""Every installation with its end: the beginning of the sensor's next one."""

ORDER = paging.Order(columns={"since": STAYS.c.since, "id": STAYS.c.id}, key=("id",))


class Stay(NamedTuple):
    """From when to when, half-open, a sensor was at a location or anywhere in it."""

    sensor_id: int
    span: TimeRange
    whole: TimeRange


def select_stays() -> Select[*tuple[Any, ...]]:
    """Select installations with the names of their sensor and location."""
    return (
        select(
            STAYS.c.id,
            tables.Sensor.identifier,
            tables.Location.identifier,
            STAYS.c.since,
            STAYS.c.until,
        )
        .join(tables.Sensor, tables.Sensor.id == STAYS.c.sensor_id)
        .outerjoin(tables.Location, tables.Location.id == STAYS.c.location_id)
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> Installation:
    id_, sensor, location, since, until = row
    return Installation(id=id_, sensor=sensor, location=location, since=since, until=until)


def add(session: Session, new: NewInstallation) -> Installation:
    """Note that a sensor stands at a location, or nowhere, from a time on."""
    return insert_all(session, [new], bulk.raise_first)[0]


def add_many(session: Session, new: Sequence[NewInstallation]) -> Sequence[Installation]:
    """Note where sensors stand from when on, all or none."""
    return insert_all(session, new, bulk.refuse)


def insert_all(
    session: Session, new: Sequence[NewInstallation], refuse: bulk.Refuse
) -> Sequence[Installation]:
    columns = columns_for(session, new)
    kind = bulk.Kind(tables.Installation, KEY, described_as)
    with session.begin_nested():
        ids = bulk.insert_all(session, kind, new, columns, refuse)
        theirs = select_stays().where(tables.Sensor.identifier.in_({each.sensor for each in new}))
        found = {row[0]: to_domain(row) for row in session.execute(theirs)}
        added = [found[id_] for id_ in ids]
        audit.created_many(session, NOUN, [(str(each.id), each) for each in added])
    return added


def described_as(_: NewInstallation) -> str:
    return "an installation of this sensor since this time"


def columns_for(
    session: Session, new: Sequence[NewInstallation]
) -> Callable[[NewInstallation], bulk.Row]:
    """Return what tells how installations are stored; all that name no time begin at once, now."""
    ids = sensors.ids_of(session, [each.sensor for each in new])
    places = locations.ids_of(session, [each.location for each in new if each.location])
    now = session.scalars(select(sensors.NOW)).one()

    def columns(each: NewInstallation) -> bulk.Row:
        if each.sensor not in ids:
            raise Invalid(f"no sensor {each.sensor!r}", field="sensor")
        if each.location is not None and each.location not in places:
            raise Invalid(f"no location {each.location!r}", field="location")
        return {
            "sensor_id": ids[each.sensor],
            "since": each.since or now,
            "location_id": each.location and places[each.location],
        }

    return columns


def get(session: Session, installation_id: int) -> Installation:
    row = session.execute(select_stays().where(STAYS.c.id == installation_id)).one_or_none()
    if row is None:
        raise NotFound(f"no installation {installation_id}", field="installation_id")
    return to_domain(row)


def list(session: Session) -> Sequence[Installation]:
    """Return every installation, by sensor and time."""
    query = select_stays().order_by(tables.Sensor.identifier, STAYS.c.since)
    return [to_domain(row) for row in session.execute(query)]


def page(session: Session, wanted: InstallationQuery) -> Listed[Installation]:
    query = select_stays()
    if wanted.sensor is not None:
        query = query.where(tables.Sensor.identifier == wanted.sensor)
    if wanted.location is not None:
        query = query.where(STAYS.c.location_id.in_(locations.subtree(wanted.location)))
    if wanted.at is not None:
        goes_on = or_(STAYS.c.until.is_(None), STAYS.c.until > wanted.at)
        query = query.where(STAYS.c.since <= wanted.at, goes_on)
    return paging.page(session, query, wanted, ORDER, to_domain)


def lock(session: Session, installation_id: int) -> tables.Installation:
    """Return an installation's row, which nobody else can change until the transaction ends."""
    query = select(tables.Installation).where(tables.Installation.id == installation_id)
    missing = NotFound(f"no installation {installation_id}", field="installation_id")
    return single.row(session, query, missing, lock=True)


def update(
    session: Session,
    installation_id: int,
    change: InstallationChange,
    expected: Expected = WHATEVER,
) -> Installation:
    """Correct an installation."""
    row = lock(session, installation_id)
    before = get(session, installation_id)
    expected.check(before, f"installation {installation_id}")
    if change.gives("location"):
        row.location_id = None
    if change.location is not None:
        row.location_id = locations.id_of(session, change.location)
    if change.since is not None:
        row.since = change.since
    with refusing("an installation of this sensor since this time", "since"):
        session.flush()
    after = get(session, installation_id)
    audit.changed(session, NOUN, str(installation_id), before, after)
    return after


def delete(session: Session, installation_id: int, expected: Expected = WHATEVER) -> None:
    """Remove an installation from the history: the one before it then lasts longer."""
    row = lock(session, installation_id)
    before = get(session, installation_id)
    expected.check(before, f"installation {installation_id}")
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, str(installation_id), before)


WHERE_INSTALLED = text("""
WITH RECURSIVE inside AS (
  SELECT id FROM location WHERE identifier = :location
  UNION
  SELECT location.id FROM location JOIN inside ON location.parent_id = inside.id),
stay AS (
  SELECT sensor_id, location_id, since,
         coalesce(lead(since) OVER (PARTITION BY sensor_id ORDER BY since), 'infinity') AS until
    FROM installation)
SELECT * FROM (
  SELECT sensor_id, unnest(range_agg(tstzrange(since, least(until, :latest)))) AS during
    FROM stay WHERE location_id IN (SELECT id FROM inside) GROUP BY sensor_id) stays
 WHERE during && tstzrange(:start, :end) ORDER BY 1, 2
""")


def where_installed(session: Session, location: str, span: TimeRange) -> Sequence[Stay]:
    """Return which sensors were at a location, or in one that stands in it, and when.

    Stays that follow one another inside the location are one stay, cut to the span and whole.
    """
    locations.id_of(session, location)
    asked = {"location": location, "start": span.start, "end": span.end, "latest": LATEST}
    return [
        Stay(
            sensor_id,
            TimeRange.of(max(during.lower, span.start), min(during.upper, span.end)),
            TimeRange.of(during.lower, during.upper),
        )
        for sensor_id, during in session.execute(WHERE_INSTALLED, asked)
    ]
