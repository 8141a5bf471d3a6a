"""Storing measures."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Select, String, any_, func, literal, select, text
from sqlalchemy import update as update_rows
from sqlalchemy.orm import Session, aliased

from dtbase.domain.changes import revised
from dtbase.domain.paging import Listed
from dtbase.domain.registry.measures import (
    Datatype,
    Measure,
    MeasureChange,
    MeasureKey,
    MeasureQuery,
    Options,
    Statistic,
)
from dtbase.domain.registry.rules import MeasureRules
from dtbase.domain.registry.stamps import Stamps
from dtbase.domain.registry.statistics import INSIDE
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Conflict, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.registry import series_data, series_rules

NOUN = "measure"
KEY = ("unit", "name")
OTHER = aliased(tables.Measure)
ORDER = paging.Order(
    columns={
        "name": tables.Measure.name.expression,
        "unit": func.coalesce(tables.Measure.unit, ""),
    },
    key=("name", "unit"),
)


def to_domain(row: tables.Measure) -> Measure:
    return Measure(
        name=row.name,
        unit=row.unit,
        datatype=Datatype(row.datatype),
        statistic=Statistic(row.statistic),
        options=None if row.options is None else Options(**row.options),
        stamps=None if row.stamps is None else Stamps(**row.stamps),
        rules=None if row.rules is None else MeasureRules.model_validate(row.rules),
    )


def columns_of(measure: Measure) -> dict[str, Any]:
    """Return what is stored of a measure; of its options only those that are given."""
    objects = {"options": measure.options, "stamps": measure.stamps}
    said = {
        name: each and each.model_dump(mode="json", exclude_none=True)
        for name, each in objects.items()
    }
    rules = None if measure.rules is None else measure.rules.said
    return measure.model_dump(exclude={*objects, "rules"}) | said | {"rules": rules}


def ensure_all(session: Session, wanted: Sequence[Measure]) -> Mapping[str, tables.Measure]:
    """Return the rows of measures by what the log calls them, adding those that are new.

    They are held until the transaction ends, so that nobody renames them meanwhile.
    """
    rows = {place: columns_of(each) for place, each in enumerate(wanted)}
    added = bulk.insert_free(session, tables.Measure, rows, KEY)
    audit.created_many(session, NOUN, [(str(wanted[row]), wanted[row]) for row in added])
    names = literal(sorted({each.name for each in wanted}), ARRAY(String))
    query = (
        select(tables.Measure)
        .where(tables.Measure.name == any_(names))
        .order_by(tables.Measure.id)
        .with_for_update(read=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    return {str(to_domain(row)): row for row in session.scalars(query)}


def id_in(known: Mapping[str, tables.Measure], measure: Measure) -> int:
    """Return the id of a measure that is stored exactly so, or raise Conflict.

    Rules that are not given are those that are stored; another datatype is refused.
    """
    row = known.get(str(measure))
    if row is None:
        raise Conflict(f"measure {str(measure)!r} was just renamed; try again", field="measures")
    found = to_domain(row)
    if measure.rules is not None and found.rules != measure.rules:
        raise Conflict(
            f"measure {str(measure)!r} has other rules; change them at the measure",
            field="measures",
        )
    measure = measure.model_copy(update={"rules": found.rules})
    if found != supplemented(measure, found):
        raise Conflict(
            f"measure {measure.name!r} in {measure.unit} is already a {row.datatype}"
            f" with statistic {row.statistic}{described(to_domain(row).options)}",
            field="measures",
        )
    return row.id


def supplemented(measure: Measure, found: Measure) -> Measure:
    """Return a measure with the stored options and stamps where it gives none."""
    unsaid = {
        name: getattr(found, name) for name in ("options", "stamps") if not getattr(measure, name)
    }
    return measure.model_copy(update=unsaid) if found.statistic is measure.statistic else measure


def described(options: Options | None) -> str:
    """Say options in a sentence."""
    given = {} if options is None else options.model_dump(mode="json", exclude_none=True)
    return "".join(f", {name} {value}" for name, value in given.items())


HOLD_WRITERS = text("LOCK TABLE ONLY reading IN SHARE ROW EXCLUSIVE MODE")
LOG_ALL_HOURS = text("""
WITH logged AS (
INSERT INTO reading_pending (series_id, bucket)
SELECT DISTINCT r.series_id, time_bucket('1 hour', r.time)
  FROM reading r JOIN series s ON s.id = r.series_id
  LEFT JOIN reading_horizon h ON h.series_id = s.id
 WHERE s.id = ANY (:ids) AND r.value IS NOT NULL
   AND r.time >= coalesce(h.raw_from, '-infinity')
RETURNING series_id)
SELECT DISTINCT series_id FROM logged
""")


def add(session: Session, measure: Measure) -> Measure:
    return insert_all(session, [measure], bulk.raise_first)[0]


def add_many(session: Session, new: Sequence[Measure]) -> Sequence[Measure]:
    """Insert measures, all or none."""
    return insert_all(session, new, bulk.refuse)


def insert_all(session: Session, new: Sequence[Measure], refuse: bulk.Refuse) -> Sequence[Measure]:
    kind = bulk.Kind(tables.Measure, KEY, described_as)
    with session.begin_nested():
        bulk.insert_all(session, kind, new, columns_of, refuse)
        audit.created_many(session, NOUN, [(str(each), each) for each in new])
    return new


def described_as(measure: Measure) -> str:
    return f"measure {str(measure)!r}"


def get(session: Session, key: MeasureKey) -> Measure:
    return to_domain(row_of(session, key))


def row_of(session: Session, key: MeasureKey, *, lock: bool = False) -> tables.Measure:
    """Return the row of a measure, or say that there is none, or several in different units."""
    query = select(tables.Measure).where(tables.Measure.name == key.name)
    if key.unit is not None:
        query = query.where(func.coalesce(tables.Measure.unit, "") == key.unit)
    if lock:
        query = single.locked(query)
    rows = session.scalars(query.order_by(tables.Measure.unit)).all()
    if not rows:
        raise NotFound(f"no measure {str(key)!r}", field="name")
    if rows[1:]:
        units = ", ".join(repr(row.unit or "") for row in rows)
        raise Conflict(f"{key.name!r} is measured in {units}: name one by unit=", field="unit")
    return rows[0]


def list(session: Session) -> Sequence[Measure]:
    query = select(tables.Measure).order_by(tables.Measure.name, tables.Measure.unit)
    return [to_domain(row) for row in session.scalars(query)]


def page(session: Session, wanted: MeasureQuery) -> Listed[Measure]:
    table = tables.Measure
    query = select(table)
    if wanted.unit is not None:
        query = query.where(func.coalesce(table.unit, "") == wanted.unit)
    if wanted.datatype is not None:
        query = query.where(table.datatype == wanted.datatype)
    if wanted.statistic is not None:
        query = query.where(table.statistic == wanted.statistic)
    if wanted.search is not None:
        query = query.where(table.name.icontains(wanted.search, autoescape=True))
    return paging.scalars(session, query, wanted, ORDER, to_domain)


JUDGED_BY = {"rules", "unit", "name"}
"""Where one of these changes, readings are judged anew."""


def update(
    session: Session,
    key: MeasureKey,
    change: MeasureChange,
    expected: Expected = WHATEVER,
    *,
    relabel: bool = False,
) -> Measure:
    """Change a measure; with relabel its unit too though readings are stored in the old one."""
    if change.model_fields_set & JUDGED_BY:  # series before measures, as writers lock them
        series_data.hold(session, series_of(row_of(session, key).id))
    row = row_of(session, key, lock=True)
    before = to_domain(row)
    expected.check(before, f"measure {str(before)!r}")
    after = revised(before, change)
    refuse_unsafe(session, row.id, before, after, relabel=relabel)
    row.name, row.unit, row.datatype = after.name, after.unit, after.datatype
    row.options, row.stamps = (columns_of(after)[name] for name in ("options", "stamps"))
    with refusing(f"measure {str(after)!r}", "name"):
        session.flush()
    if after.statistic is not before.statistic:
        change_statistic(session, [row.id], after.statistic)
    row.rules = columns_of(after)["rules"]
    if (after.rules, after.unit, after.name) != (before.rules, before.unit, before.name):
        series_rules.changed(session, series_of(row.id), whatever=True)
    audit.changed(session, NOUN, str(after), before, after)
    return after


def refuse_unsafe(
    session: Session, measure_id: int, before: Measure, after: Measure, *, relabel: bool
) -> None:
    """Refuse what would make stored readings wrong, or give two series of a sensor one name."""
    stored = series_data.any_readings(session, series_of(measure_id))
    if after.datatype is not before.datatype and stored:
        raise Conflict(f"readings are stored as {before.datatype}", field="datatype")
    if after.unit != before.unit and stored and not relabel:
        raise Conflict(
            f"readings are stored in {before.unit or 'no unit'}; if that was always wrong, "
            "relabel=true changes the unit and leaves their values",
            field="unit",
        )
    if after.name != before.name:
        clash = session.scalars(types_with_both(measure_id, after.name).limit(1)).first()
        if clash is not None:
            raise Conflict(
                f"sensor type {clash!r} has another measure called {after.name!r}", field="name"
            )


def series_of(measure_id: int) -> Select[int]:
    return select(tables.Series.id).where(tables.Series.measure_id == measure_id)


def types_with_both(measure_id: int, name: str) -> Select[str]:
    """Select the sensor types that have a measure, and another one of some name."""
    link, other_link = tables.SensorTypeMeasure, aliased(tables.SensorTypeMeasure)
    return (
        select(tables.SensorType.name)
        .join(link, link.sensor_type_id == tables.SensorType.id)
        .join(other_link, other_link.sensor_type_id == tables.SensorType.id)
        .join(OTHER, OTHER.id == other_link.measure_id)
        .where(link.measure_id == measure_id, OTHER.id != measure_id, OTHER.name == name)
    )


def change_statistic(session: Session, ids: Sequence[int], statistic: Statistic) -> None:
    """Change what the average of measures means.

    What lies inside hours is stored for levels, meters and states alone, so becoming one logs every
    hour anew; until the next refresh they are read from the readings.
    Writers wait until the end of the transaction: their hours must be logged here or by them,
    and be stored under the new statistic.
    """
    session.execute(HOLD_WRITERS)
    session.execute(
        update_rows(tables.Measure).where(tables.Measure.id.in_(ids)).values(statistic=statistic)
    )
    if statistic in INSIDE:
        series = select(tables.Series.id).where(tables.Series.measure_id.in_(ids))
        log_hours(session, session.scalars(series).all())


LOGGED = "series whose hours are stored anew"


def log_hours(session: Session, ids: Sequence[int]) -> None:
    """Let every hour of some series be stored anew, under the statistic that holds now.

    Which of them have any is noted with the session, for who tells of the change.
    """
    if not ids:
        return
    session.execute(HOLD_WRITERS)
    logged = session.scalars(LOG_ALL_HOURS, {"ids": [*ids]}).all()
    session.info[LOGGED] = session.info.get(LOGGED, frozenset()) | {*logged}


def logged_in(session: Session) -> frozenset[int]:
    """Return, once, the series whose hours this transaction has logged to be stored anew."""
    found: frozenset[int] = session.info.pop(LOGGED, frozenset())
    return found
