"""Finding series, and the last value of each."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from dtbase.domain.paging import Listed
from dtbase.domain.readings.judging import Judge, judge_of
from dtbase.domain.registry.measures import Datatype, Options, Statistic
from dtbase.domain.registry.series import (
    Labels,
    Series,
    SeriesKey,
    SeriesQuery,
)
from dtbase.domain.registry.stamps import Stamps
from dtbase.errors import NotFound
from dtbase.storage import paging, tables
from dtbase.storage.registry import sensors
from dtbase.storage.registry.sensors import LATEST_INSTALLATION
from dtbase.storage.statements import Statement, digest_of


class Resolved(NamedTuple):
    """A series that exists, with what reading and writing it takes."""

    id: int
    sensor: str
    measure: str
    unit: str | None
    datatype: Datatype
    statistic: Statistic
    options: Options | None = None
    stamps: Stamps | None = None
    rules: str | None = None
    corrected: bool = False
    """What is said of them, and whether people have corrected any."""

    digest: str = ""
    """Of the row that says all this, where the series was found by its name."""

    @property
    def judge(self) -> Judge:
        """Return what its readings are held against."""
        return judge_of(self.measure, self.unit, self.datatype, self.statistic, self.rules)

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(sensor=self.sensor, measure=self.measure)

    @property
    def labels(self) -> Labels:
        """Return what an answer says of the series."""
        return Labels(
            sensor=self.sensor,
            measure=self.measure,
            unit=self.unit,
            datatype=self.datatype,
            statistic=self.statistic,
        )


OWN, KIND = aliased(tables.StatisticOverride), aliased(tables.StatisticOverride)
STATISTIC = func.coalesce(OWN.statistic, KIND.statistic, tables.Measure.statistic)
OPTIONS = case(
    (OWN.id.is_not(None), OWN.options),
    (KIND.id.is_not(None), KIND.options),
    else_=tables.Measure.options,
)
"""What a sensor says of its measure, else what its type says, else the measure itself."""


WIDTH = len(Resolved._fields) - 1
"""How many columns of a row are those of a series, without the digest."""


def select_resolved() -> Select[*tuple[Any, ...]]:
    """Select series with the columns of Resolved."""
    of_measure = tables.Series.measure_id
    return (
        select(
            tables.Series.id,
            tables.Sensor.identifier,
            tables.Measure.name,
            tables.Measure.unit,
            tables.Measure.datatype,
            STATISTIC,
            OPTIONS,
            tables.Measure.stamps,
            tables.Series.rules,
            tables.Series.corrected,
        )
        .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .join(tables.Measure, tables.Measure.id == of_measure)
        .outerjoin(OWN, (OWN.sensor_id == tables.Sensor.id) & (OWN.measure_id == of_measure))
        .outerjoin(
            KIND,
            (KIND.sensor_type_id == tables.Sensor.sensor_type_id) & (KIND.measure_id == of_measure),
        )
    )


def to_resolved(row: Sequence[Any]) -> Resolved:
    """Return a series from the columns of Resolved."""
    id_, sensor, measure, unit, datatype, statistic, options, stamps, rules, *rest = row
    return Resolved(
        id_,
        sensor,
        measure,
        unit,
        Datatype(datatype),
        Statistic(statistic),
        None if options is None else Options(**options),
        None if stamps is None else Stamps(**stamps),
        rules,
        *rest,
    )


WANTED = (
    func.unnest(
        bindparam("sensors", type_=ARRAY(String)), bindparam("measures", type_=ARRAY(String))
    )
    .table_valued(column("sensor", String), column("measure", String))
    .render_derived(name="wanted")
)
NO_DIGEST: ColumnElement[str] = literal_column("''")
DIGEST = digest_of(select_resolved().selected_columns)


def some(digest: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    """Select the series of many names."""
    by_name = WANTED.c.sensor == tables.Sensor.identifier, WANTED.c.measure == tables.Measure.name
    return select_resolved().add_columns(digest).join(WANTED, and_(*by_name))


FOUND = Statement(some(DIGEST))
ITS_SENSOR = (
    select(tables.Sensor.id)
    .where(tables.Sensor.identifier == bindparam("sensor"))
    .correlate(None)
    .scalar_subquery()
)
"""By itself: among few series PostgreSQL would look at the sensor of each one."""

ONE = (
    select_resolved()
    .add_columns(DIGEST)
    .where(tables.Series.sensor_id == ITS_SENSOR, tables.Measure.name == bindparam("measure"))
)
FOUND_ONE = Statement(ONE)
"""Charts and devices mostly ask for one, which PostgreSQL needs no other plan for."""

EXPECTED = 10
"""So many names PostgreSQL plans for where it keeps a plan; for 100 among 150 series that one takes
seven times as long as one of their own."""


def locked(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return a query whose series can neither be deleted nor change their datatype before the end.

    Series come before measures, as with those who delete them: nobody deadlocks.
    """
    return query.with_for_update(of=(tables.Series, tables.Measure), read=True, key_share=True)


FOUND_LOCKED, FOUND_TO_REMEMBER, FOUND_ONE_LOCKED = (
    Statement(locked(query))
    for query in (
        some(NO_DIGEST).order_by(tables.Series.id),
        some(DIGEST).order_by(tables.Series.id),
        ONE,
    )
)
"""A digest takes its time: of many series, only those who will remember them ask for it."""


def find(
    session: Session,
    keys: Sequence[tuple[str, str]],
    *,
    lock: bool = False,
    remember: bool = False,
) -> dict[tuple[str, str], Resolved]:
    """Return the series that exist among (sensor, measure) names.

    Locked ones can neither be deleted nor change their datatype before the transaction ends; of
    many of these, only those to be remembered have a digest.
    """
    keys = [key for key in keys if "\0" not in key[0] and "\0" not in key[1]]  # nobody can have it
    found_many = FOUND if not lock else FOUND_TO_REMEMBER if remember else FOUND_LOCKED
    rows = rows_of(session, keys, FOUND_ONE_LOCKED if lock else FOUND_ONE, found_many)
    return {(series.sensor, series.measure): series for series in map(to_resolved, rows)}


def rows_of(
    session: Session, keys: Sequence[tuple[str, str]], one: Statement, many: Statement
) -> Sequence[tuple[Any, ...]]:
    if len(keys) == 1:
        return one.rows(session, sensor=keys[0][0], measure=keys[0][1])
    sensors, measures = zip(*keys, strict=True) if keys else ((), ())
    asked = {"sensors": [*sensors], "measures": [*measures]}
    return many.ask(session, asked, anew=len(keys) > EXPECTED)


def resolve(session: Session, keys: Sequence[SeriesKey]) -> Sequence[Resolved]:
    """Return the series of these names in their order, or raise NotFound naming the missing."""
    found = find(session, [(key.sensor, key.measure) for key in keys])
    missing = [str(key) for key in keys if (key.sensor, key.measure) not in found]
    if missing:
        raise NotFound(f"no series {', '.join(missing)}", field="series")
    return [found[key.sensor, key.measure] for key in keys]


def by_id(session: Session, id_: int) -> Resolved:
    """Return the series of a number that is known to be one."""
    return to_resolved(session.execute(select_resolved().where(tables.Series.id == id_)).one())


def keys_of(session: Session, ids: Collection[int]) -> Sequence[SeriesKey]:
    """Return the names of some series, in order."""
    rows = session.execute(select_resolved().where(tables.Series.id.in_(ids)))
    return sorted((to_resolved(row).key for row in rows), key=str)


PLACES = paging.Order(
    columns={
        "sensor": tables.Sensor.identifier.expression,
        "position": func.coalesce(tables.SensorTypeMeasure.position, 0),
        "measure": tables.Measure.name.expression,
    },
    key=("sensor", "position", "measure"),
)
"""A sensor's series in the order in which its type names their measures."""


def select_placed() -> Select[*tuple[Any, ...]]:
    """Select series with their sensor's name and type, and where it stands now."""
    return (
        select_resolved()
        .add_columns(tables.Sensor.name, tables.SensorType.name, LATEST_INSTALLATION.c.identifier)
        .join(tables.SensorType, tables.SensorType.id == tables.Sensor.sensor_type_id)
        .outerjoin(
            tables.SensorTypeMeasure,
            (tables.SensorTypeMeasure.sensor_type_id == tables.SensorType.id)
            & (tables.SensorTypeMeasure.measure_id == tables.Measure.id),
        )
        .outerjoin(LATEST_INSTALLATION, true())
    )


def page(session: Session, wanted: SeriesQuery) -> Listed[Series]:
    return SERIES.page(session, wanted, paging.filters_of(wanted))


def placed_of(session: Session, ids: Sequence[int]) -> Mapping[SeriesKey, Series]:
    """Return some series with their places, by their names."""
    query = select_placed().add_columns(PLACES.columns["position"])
    rows = session.execute(query.where(tables.Series.id.in_(ids)))
    return {series.key: series for series in map(to_domain, rows)}


def to_domain(row: Sequence[Any]) -> Series:
    one = to_resolved(row[:WIDTH])
    sensor_name, sensor_type, location, place = row[WIDTH:]
    return Series(
        sensor=one.sensor,
        sensor_name=sensor_name,
        sensor_type=sensor_type,
        location=location,
        measure=one.measure,
        position=place,
        unit=one.unit,
        datatype=one.datatype,
        statistic=one.statistic,
        options=one.options,
    )


def fitting(query: Select[*tuple[Any, ...]], given: Collection[str]) -> Select[*tuple[Any, ...]]:
    """Keep the series of a query that fit what is given; it joins sensors, types and measures."""
    exactly = {
        "sensor": tables.Sensor.identifier,
        "measure": tables.Measure.name,
        "sensor_type": tables.SensorType.name,
    }
    query = query.where(
        *(column == bindparam(name) for name, column in exactly.items() if name in given)
    )
    if "location" in given:
        query = query.where(tables.Sensor.id.in_(sensors.installed_in(bindparam("location"))))
    if "search" in given:
        columns = (tables.Measure.name, tables.Sensor.identifier, tables.Sensor.name)
        query = query.where(paging.found_in(*columns))
    return query


def fitting_placed(given: Collection[str]) -> Select[*tuple[Any, ...]]:
    return fitting(select_placed().add_columns(PLACES.columns["position"]), given)


SERIES = paging.KeptList(fitting_placed, PLACES, to_domain)
