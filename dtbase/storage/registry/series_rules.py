"""The rules of each series, merged from what is said of its measure, its type and itself."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from dtbase.domain.registry.rules import MeasureRules
from dtbase.errors import Invalid
from dtbase.storage import tables
from dtbase.storage.registry import series_data


def merge(session: Session, series: Select[int]) -> None:
    """Give new series the rules that hold for them."""
    merged = func.series_said(tables.Series.id)
    session.execute(
        update(tables.Series)
        .where(tables.Series.id.in_(series), tables.Series.rules.is_distinct_from(merged))
        .values(rules=merged)
        .execution_options(synchronize_session=False)
    )


def changed(session: Session, series: Select[int], *, whatever: bool = False) -> None:
    """Give series new rules, and have what is stored of them judged again.

    The rows are locked first: a writer under way ends before, a later one finds the new rules. With
    `whatever` they are judged again even where what is said is the same, because a rule that holds
    by default has changed.
    """
    session.flush()
    ids = series_data.hold(session, series)
    merged = func.series_said(tables.Series.id)
    query = update(tables.Series).where(tables.Series.id.in_(ids))
    if not whatever:
        query = query.where(tables.Series.rules.is_distinct_from(merged))
    session.execute(
        query.values(rules=merged, unjudged=tables.Series.unjudged + 1).execution_options(
            synchronize_session=False
        )
    )


def set_own(session: Session, sensor_id: int, rules: Mapping[str, MeasureRules]) -> None:
    """Say of the series of one sensor what holds for them alone."""
    found = session.execute(
        select(tables.Measure.name, tables.Series.id)
        .join(tables.Series, tables.Series.measure_id == tables.Measure.id)
        .where(tables.Series.sensor_id == sensor_id)
    )
    ids = {row.name: row.id for row in found}
    refuse_strange(rules, ids)
    series_data.hold(session, of_sensor(sensor_id))
    for name, id_ in ids.items():
        said = rules[name].said if name in rules else None
        session.execute(update(tables.Series).where(tables.Series.id == id_).values(own_rules=said))
    changed(session, of_sensor(sensor_id))


def refuse_strange(rules: Mapping[str, MeasureRules], measured: Collection[str]) -> None:
    """Refuse rules of what is not measured."""
    strange = sorted(rules.keys() - {*measured})
    if strange:
        raise Invalid(
            f"rules are given for {', '.join(strange)}, which is not measured", field="rules"
        )


def say_of_new(session: Session, rules: Mapping[int, Mapping[str, MeasureRules]]) -> None:
    """Store the rules of new sensors' own series, which have no readings yet."""
    if not rules:
        return
    series = select(tables.Series.id).where(tables.Series.sensor_id.in_(rules))
    found = session.execute(
        select(tables.Series.id, tables.Series.sensor_id, tables.Measure.name)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .where(tables.Series.id.in_(series))
    )
    rows = [
        {"id": row.id, "own_rules": rules[row.sensor_id][row.name].said}
        for row in found
        if row.name in rules[row.sensor_id]
    ]
    session.execute(update(tables.Series), rows)
    merge(session, series)


def of_sensor(sensor_id: int) -> Select[int]:
    return select(tables.Series.id).where(tables.Series.sensor_id == sensor_id)


def own_of(said: Mapping[str, Any] | None) -> dict[str, MeasureRules]:
    """Read what is said of the series of one sensor, by measure."""
    return {
        name: MeasureRules.model_validate(rules) for name, rules in sorted((said or {}).items())
    }


OWN = (
    select(func.jsonb_object_agg(tables.Measure.name, tables.Series.own_rules))
    .select_from(tables.Series)
    .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
    .where(tables.Series.sensor_id == tables.Sensor.id, tables.Series.own_rules.is_not(None))
    .correlate(tables.Sensor)
    .scalar_subquery()
)
"""What is said of the series of a sensor, by measure."""
