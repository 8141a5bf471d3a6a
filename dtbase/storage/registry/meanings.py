"""What the numbers of a measure mean for one sensor type or one sensor, not for all."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from dtbase.domain.registry.measures import Meant, check_meant
from dtbase.domain.registry.statistics import stored_alike
from dtbase.errors import Invalid
from dtbase.storage import tables
from dtbase.storage.bulk import WHOLE
from dtbase.storage.registry import measures

OVERRIDE = tables.StatisticOverride
Taken = Mapping[str, tables.Measure]
"""The measures of a sensor type, by name."""

STATISTICS = text("SELECT * FROM series_statistic WHERE series_id = ANY (:ids)")


def said_of(owner: InstrumentedAttribute[Any], id_: InstrumentedAttribute[int]) -> Any:
    """Return the expression for all that a type or a sensor says, by measure."""
    said = func.jsonb_strip_nulls(
        func.jsonb_build_object("statistic", OVERRIDE.statistic, "options", OVERRIDE.options)
    )
    return (
        select(func.jsonb_object_agg(tables.Measure.name, said))
        .select_from(OVERRIDE)
        .join(tables.Measure, tables.Measure.id == OVERRIDE.measure_id)
        .where(owner == id_)
        .correlate(id_.class_)
        .scalar_subquery()
    )


OF_SENSOR = said_of(OVERRIDE.sensor_id, tables.Sensor.id)
OF_TYPE = said_of(OVERRIDE.sensor_type_id, tables.SensorType.id)


def read(said: Mapping[str, Any] | None) -> dict[str, Meant]:
    """Read what is said, by measure."""
    return {name: Meant.model_validate(each) for name, each in sorted((said or {}).items())}


def of_type(session: Session, type_id: int) -> dict[str, Meant]:
    query = select(OF_TYPE).select_from(tables.SensorType).where(tables.SensorType.id == type_id)
    return read(session.scalar(query))


def set_of_type(session: Session, type_id: int, meant: Mapping[str, Meant]) -> None:
    """Say what measures mean for the sensors of a type; nothing else is said of them any more."""
    put(session, {"sensor_type_id": type_id}, type_id, meant)


def set_of_sensor(session: Session, sensor_id: int, meant: Mapping[str, Meant]) -> None:
    """Say what measures mean for one sensor; nothing else is said of it any more."""
    kind = select(tables.Sensor.sensor_type_id).where(tables.Sensor.id == sensor_id)
    put(session, {"sensor_id": sensor_id}, session.scalars(kind).one(), meant)


def put(
    session: Session, owner: Mapping[str, int], type_id: int, meant: Mapping[str, Meant]
) -> None:
    """Replace what an owner says of the measures of a type."""
    session.flush()
    taken = taken_by(session, [type_id])[type_id]
    check(meant, taken)
    ((column, id_),) = owner.items()
    session.execute(delete(OVERRIDE).where(getattr(OVERRIDE, column) == id_))
    insert_all(session, rows_of(owner, meant, taken))


def taken_by(session: Session, type_ids: Collection[int]) -> Mapping[int, Taken]:
    """Return the measures of sensor types, by name."""
    link = tables.SensorTypeMeasure
    query = select(link.sensor_type_id, tables.Measure)
    query = query.join(tables.Measure, link.measure_id == tables.Measure.id)
    found: dict[int, dict[str, tables.Measure]] = {type_id: {} for type_id in type_ids}
    for type_id, row in session.execute(query.where(link.sensor_type_id.in_(type_ids))):
        found[type_id][row.name] = row
    return found


def check(meant: Mapping[str, Meant], taken: Taken) -> None:
    """Refuse what measures cannot mean."""
    try:
        check_meant(meant, [measures.to_domain(row) for row in taken.values()])
    except ValueError as error:
        rule = str(error).rsplit("Value error, ", maxsplit=1)[-1].split(" [type=", maxsplit=1)[0]
        raise Invalid(rule, field="statistics") from error


def rows_of(
    owner: Mapping[str, int], meant: Mapping[str, Meant], taken: Taken
) -> list[dict[str, Any]]:
    """Return what is stored of what an owner says."""
    return [
        {
            **owner,
            "measure_id": taken[name].id,
            "statistic": each.statistic,
            "options": given(each),
        }
        for name, each in meant.items()
    ]


def insert_all(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(insert(OVERRIDE), rows, execution_options=WHOLE)


def given(meant: Meant) -> dict[str, Any] | None:
    return (
        None if meant.options is None else meant.options.model_dump(mode="json", exclude_none=True)
    )


@contextmanager
def following(session: Session, series: Select[int]) -> Iterator[None]:
    """Have hours stored anew where the block changes what the numbers of some series mean."""
    session.flush()
    before = statistics_of(session, series)
    yield
    session.flush()
    after = statistics_of(session, series)
    known = [id_ for id_ in after if id_ in before]
    measures.log_hours(session, [id_ for id_ in known if not stored_alike(before[id_], after[id_])])


def statistics_of(session: Session, series: Select[int]) -> dict[int, str]:
    """Return what holds for each series."""
    ids = session.scalars(series).all()
    rows = session.execute(STATISTICS, {"ids": [*ids]}) if ids else ()
    return {row.series_id: row.statistic for row in rows}
