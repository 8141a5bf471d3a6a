"""Keeping the series of sensors in step with the measures of their types."""

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from dtbase.storage import tables
from dtbase.storage.registry import dependents, series_data, series_rules


def series_of(sensors: Select[int]) -> Select[int]:
    return select(tables.Series.id).where(tables.Series.sensor_id.in_(sensors))


def match_types(session: Session, sensors: Select[int], *, cascade: bool = False) -> None:
    """Give sensors one series for each measure of their type, and no others.

    A series with readings or runs is removed only with cascade.
    """
    kept = (
        wanted_by(sensors)
        .where(
            tables.Sensor.id == tables.Series.sensor_id,
            tables.SensorTypeMeasure.measure_id == tables.Series.measure_id,
        )
        .correlate(tables.Series)
    )
    gone = series_of(sensors).where(~kept.exists())
    if not cascade:
        dependents.refuse("a measure to be taken away", series_data.dependents_of(session, gone))
    series_data.forget(session, gone)
    add_missing(session, sensors)


def wanted_by(sensors: Select[int]) -> Select[int, int]:
    return (
        select(tables.Sensor.id, tables.SensorTypeMeasure.measure_id)
        .join(
            tables.SensorTypeMeasure,
            tables.SensorTypeMeasure.sensor_type_id == tables.Sensor.sensor_type_id,
        )
        .where(tables.Sensor.id.in_(sensors))
    )


def add_missing(session: Session, sensors: Select[int]) -> None:
    """Give sensors a series for each measure of their type that they have none of."""
    there = select(tables.Series.id).where(
        tables.Series.sensor_id == tables.Sensor.id,
        tables.Series.measure_id == tables.SensorTypeMeasure.measure_id,
    )
    missing = (
        wanted_by(sensors)
        .where(~there.correlate(tables.Sensor, tables.SensorTypeMeasure).exists())
        .order_by(tables.Sensor.id, tables.SensorTypeMeasure.position)
    )
    session.execute(insert(tables.Series).from_select(["sensor_id", "measure_id"], missing))
    series_rules.merge(session, series_of(sensors))
