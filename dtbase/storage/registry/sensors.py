"""Storing sensors and their series."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, Select, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.registry.sensors import NewSensor, Sensor, SensorChange, SensorQuery
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import AlreadyExists, DTBaseError, Invalid, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.registry import (
    dependents,
    locations,
    meanings,
    sensor_series,
    series_data,
    series_rules,
)
from dtbase.storage.statements import ONE

NOUN = "sensor"
NOW = func.clock_timestamp()
LATEST_INSTALLATION = (
    select(tables.Installation.location_id.label("id"), tables.Location.identifier)
    .outerjoin(tables.Location, tables.Location.id == tables.Installation.location_id)
    .where(tables.Installation.sensor_id == tables.Sensor.id, tables.Installation.since <= NOW)
    .order_by(tables.Installation.since.desc())
    .limit(ONE)
    .lateral("latest_installation")
)
"""Where a sensor stands now; nowhere if its last installation has no location. Join it on true."""

ORDER = paging.Order(
    columns={
        "identifier": tables.Sensor.identifier.expression,
        "name": func.coalesce(tables.Sensor.name, ""),
        "created_at": tables.Sensor.created_at.expression,
    },
    key=("identifier",),
)


def with_places() -> Select[*tuple[Any, ...]]:
    """Select sensors, each with the names of its type and present location, and what it says."""
    sensor = tables.Sensor
    own = sensor.identifier, sensor.name, sensor.notes, sensor.created_at
    place = LATEST_INSTALLATION.c.identifier
    said = meanings.OF_SENSOR, series_rules.OWN
    return (
        select(*own, tables.SensorType.name, place, *said)
        .select_from(sensor)
        .join(tables.SensorType)
        .outerjoin(LATEST_INSTALLATION, true())
        .order_by(tables.Sensor.identifier)
    )


def to_domain(row: Sequence[Any]) -> Sensor:
    identifier, name, notes, created_at, type_name, location, said, rules = row
    return Sensor(
        identifier=identifier,
        type=type_name,
        name=name,
        notes=notes,
        location=location,
        statistics=meanings.read(said),
        rules=series_rules.own_of(rules),
        created_at=created_at,
    )


def add(session: Session, new: NewSensor) -> Sensor:
    """Insert a sensor with one series for each measure of its type."""
    return insert_all(session, [new], bulk.raise_first)[0]


def add_many(session: Session, new: Sequence[NewSensor]) -> Sequence[Sensor]:
    """Insert sensors with their series, all or none; each statement is for all of them."""
    return insert_all(session, new, bulk.refuse)


def insert_all(
    session: Session, new: Sequence[NewSensor], refuse: Callable[[bulk.Refused], NoReturn]
) -> Sequence[Sensor]:
    """Insert sensors, or refuse them all, saying what is wrong with which."""
    with session.begin_nested():
        places = locations.ids_of(session, [each.location for each in new if each.location])
        types = type_ids(session, {each.type for each in new})
        said = {
            types[each.type]
            for each in new
            if each.type in types and (each.statistics or each.rules)
        }
        taken = meanings.taken_by(session, said)
        ids, refused = insert_rows(session, new, places, types, taken)
        if refused:
            refuse(refused)
        chosen = tables.Sensor.id.in_([*ids.values()])
        sensor_series.add_missing(session, select(tables.Sensor.id).where(chosen))
        say_own(session, {ids[each.identifier]: each for each in new}, types, taken)
        installed = [
            {"sensor_id": ids[each.identifier], "location_id": places[each.location]}
            for each in new
            if each.location is not None
        ]
        if installed:
            session.execute(insert(tables.Installation).values(since=NOW), installed)
        found = {row[0]: to_domain(row) for row in session.execute(with_places().where(chosen))}
        added = [found[each.identifier] for each in new]
        audit.created_many(session, NOUN, [(each.identifier, each) for each in added])
    return added


def insert_rows(
    session: Session,
    new: Sequence[NewSensor],
    places: Mapping[str, int],
    types: Mapping[str, int],
    taken: Mapping[int, meanings.Taken],
) -> tuple[Mapping[str, int], bulk.Refused]:
    """Insert the rows that can be, and return their ids, and what is wrong with the others."""
    ids = insert_known(session, [each for each in new if each.type in types], types)
    first = {each.identifier: row for row, each in reversed([*enumerate(new)])}

    def fault(row: int, each: NewSensor) -> DTBaseError | None:
        if each.type not in types:
            return Invalid(f"no sensor type {each.type!r}", field="type")
        if each.identifier not in ids or first[each.identifier] != row:
            return AlreadyExists(f"sensor {each.identifier!r} already exists", field="identifier")
        if each.location is not None and each.location not in places:
            return Invalid(f"no location {each.location!r}", field="location")
        return said_amiss(each, taken.get(types[each.type], {}))

    faults = [(row, fault(row, each)) for row, each in enumerate(new)]
    return ids, [(row, found) for row, found in faults if found is not None]


def said_amiss(new: NewSensor, taken: meanings.Taken) -> DTBaseError | None:
    """Return what is wrong with what a sensor says of its measures."""
    try:
        if new.statistics:
            meanings.check(new.statistics, taken)
        if new.rules:
            series_rules.refuse_strange(new.rules, taken)
    except Invalid as error:
        return error
    return None


def say_own(
    session: Session,
    new: Mapping[int, NewSensor],
    types: Mapping[str, int],
    taken: Mapping[int, meanings.Taken],
) -> None:
    """Say of new sensors what holds for them alone."""
    meant = [
        row
        for id_, each in new.items()
        if each.statistics
        for row in meanings.rows_of({"sensor_id": id_}, each.statistics, taken[types[each.type]])
    ]
    meanings.insert_all(session, meant)
    series_rules.say_of_new(session, {id_: each.rules for id_, each in new.items() if each.rules})


def insert_known(
    session: Session, new: Sequence[NewSensor], types: Mapping[str, int]
) -> Mapping[str, int]:
    """Insert sensors whose identifiers are free, and return their ids by identifier."""
    rows = [
        {
            "identifier": each.identifier,
            "name": each.name,
            "notes": each.notes,
            "sensor_type_id": types[each.type],
        }
        for each in new
    ]
    if not rows:
        return {}
    statement = insert(tables.Sensor).on_conflict_do_nothing()
    columns = tables.Sensor.identifier, tables.Sensor.id
    found = session.execute(statement.returning(*columns), rows, execution_options=bulk.WHOLE)
    return {row.identifier: row.id for row in found}


def ids_of(session: Session, identifiers: Collection[str]) -> Mapping[str, int]:
    """Return the ids of those sensors that there are, by identifier."""
    query = select(tables.Sensor.identifier, tables.Sensor.id)
    query = query.where(tables.Sensor.identifier.in_({*identifiers}))
    return {row.identifier: row.id for row in session.execute(query)}


def type_ids(session: Session, names: Collection[str]) -> Mapping[str, int]:
    """Return the ids of sensor types by name, held so that their measures stay as they are."""
    query = select(tables.SensorType.name, tables.SensorType.id)
    query = query.where(tables.SensorType.name.in_(names)).order_by(tables.SensorType.id)
    found = session.execute(query.with_for_update(read=True))
    return {row.name: row.id for row in found}


def type_id(session: Session, name: str) -> int:
    """Return the id of a sensor type, held so that its measures stay as they are."""
    found = type_ids(session, [name]).get(name)
    if found is None:
        raise Invalid(f"no sensor type {name!r}", field="type")
    return found


def place(session: Session, sensor_id: int, location: str | None) -> None:
    """Note that a sensor stands at a location, or nowhere, from now on."""
    installation = tables.Installation(
        sensor_id=sensor_id,
        location_id=None if location is None else locations.id_of(session, location),
        since=session.scalar(select(NOW)),
    )
    what = "an installation of this sensor since this time"
    with refusing(what, "since"), session.begin_nested():
        session.add(installation)


def get(session: Session, identifier: str) -> Sensor:
    query = with_places().where(tables.Sensor.identifier == identifier)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(f"no sensor {identifier!r}", field="identifier")
    return to_domain(row)


def list(session: Session, type_name: str | None = None) -> Sequence[Sensor]:
    """Return every sensor, or those of one type, by identifier."""
    query = with_places()
    if type_name is not None:
        query = query.where(tables.SensorType.name == type_name)
    return [to_domain(row) for row in session.execute(query)]


def page(session: Session, wanted: SensorQuery) -> Listed[Sensor]:
    return SENSORS.page(session, wanted, paging.filters_of(wanted))


def fitting(given: Collection[str]) -> Select[*tuple[Any, ...]]:
    """Select the ids of the sensors that fit what is given."""
    query = select(tables.Sensor.id)
    if "type" in given:
        type_ = select(tables.SensorType.id).where(tables.SensorType.name == bindparam("type"))
        query = query.where(tables.Sensor.sensor_type_id == type_.scalar_subquery())
    if "location" in given:
        query = query.where(tables.Sensor.id.in_(installed_in(bindparam("location"))))
    if "search" in given:
        query = query.where(paging.found_in(tables.Sensor.identifier, tables.Sensor.name))
    return query


def whole(page: Select[*tuple[Any, ...]], sort: str) -> Select[*tuple[Any, ...]]:
    """Add all that is said of sensors to one page of their ids, and to no others."""
    of = page.subquery("page")
    by = [ORDER.columns[name] for name in ORDER.names(sort)]
    return (
        with_places()
        .join(of, of.c.id == tables.Sensor.id)
        .order_by(None)
        .order_by(*(column.desc() if sort.startswith("-") else column for column in by))
    )


SENSORS = paging.KeptList(fitting, ORDER, to_domain, whole)


def installed_in(location: str | ColumnElement[str]) -> Select[int]:
    """Select the sensors that are at a location now, or anywhere in it."""
    there = locations.subtree(location)
    once = select(tables.Installation.sensor_id).where(tables.Installation.location_id.in_(there))
    return (
        select(tables.Sensor.id)
        .where(tables.Sensor.id.in_(once))  # few, of whom to ask where they are now
        .join(LATEST_INSTALLATION, true())
        .where(LATEST_INSTALLATION.c.id.in_(there))
        .correlate(None)
    )


def lock(session: Session, identifier: str) -> tables.Sensor:
    """Return a sensor's row, which nobody else can change until the transaction ends."""
    query = select(tables.Sensor).where(tables.Sensor.identifier == identifier)
    missing = NotFound(f"no sensor {identifier!r}", field="identifier")
    return single.row(session, query, missing, lock=True)


def update(
    session: Session,
    identifier: str,
    change: SensorChange,
    expected: Expected = WHATEVER,
    *,
    cascade: bool = False,
) -> Sensor:
    """Change a sensor; another type may take series with readings away only with cascade."""
    row = lock(session, identifier)
    before = get(session, identifier)
    expected.check(before, f"sensor {identifier!r}")
    for name in {"identifier", "name", "notes"} & change.model_fields_set:
        setattr(row, name, getattr(change, name))
    with refusing(f"sensor {row.identifier!r}", "identifier"), session.begin_nested():
        session.flush()
    this = select(tables.Sensor.id).where(tables.Sensor.id == row.id)
    with meanings.following(session, sensor_series.series_of(this)):
        if change.type is not None and change.type != before.type:
            row.sensor_type_id = type_id(session, change.type)
            session.flush()
            sensor_series.match_types(session, this, cascade=cascade)
        if change.statistics is not None and change.statistics != before.statistics:
            meanings.set_of_sensor(session, row.id, change.statistics)
    if change.rules is not None and change.rules != before.rules:
        series_rules.set_own(session, row.id, change.rules)
    if change.gives("location") and change.location != before.location:
        place(session, row.id, change.location)
    after = get(session, row.identifier)
    audit.changed(session, NOUN, after.identifier, before, after)
    return after


def delete(
    session: Session, identifier: str, expected: Expected = WHATEVER, *, cascade: bool = False
) -> None:
    """Remove a sensor and its history of installations; with cascade all that it measured too."""
    row = lock(session, identifier)
    before = get(session, identifier)
    expected.check(before, f"sensor {identifier!r}")
    series = sensor_series.series_of(select(tables.Sensor.id).where(tables.Sensor.id == row.id))
    if not cascade:
        notes = series_data.notes_on(session, tables.Note.sensor_id == row.id)
        stored = series_data.dependents_of(session, series)
        dependents.refuse(f"sensor {identifier!r}", [*stored, notes])
    series_data.forget(session, series)
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, identifier, before)
