"""Storing runs of many series: asked for at once, and what earlier ones have learnt."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.storage import tables
from dtbase.storage.registry import placed_series

NUMBERS = (Datatype.FLOAT, Datatype.INTEGER)
MOMENT = timedelta(microseconds=1)


class Last(NamedTuple):
    """What the last succeeded run of a scenario on a series has learnt."""

    issued_at: datetime
    parameters: tuple[float, ...]


class Asked(NamedTuple):
    """One series that is to be forecast under one scenario."""

    scenario_id: int
    series_id: int


def scenario_of(session: Session, run_id: int) -> int:
    """Return the scenario of a run."""
    query = select(tables.Run.scenario_id).where(tables.Run.id == run_id)
    return session.execute(query).scalar_one()


def last_parameters(session: Session, scenario_id: int, series_id: int) -> Last | None:
    """Return the parameters of the newest run of a scenario that forecast a series."""
    row = session.execute(
        select(tables.Run.issued_at, tables.Run.details["parameters"])
        .where(
            tables.Run.target_id == series_id,
            tables.Run.scenario_id == scenario_id,
            tables.Run.status == RunStatus.SUCCEEDED,
            tables.Run.issued_at.is_not(None),
        )
        .order_by(tables.Run.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Last(row[0], tuple(row[1] or ()))


def create(
    session: Session,
    asked: Sequence[Asked],
    horizon: int,
    parameters: dict[str, JsonValue],
) -> Sequence[int]:
    """Insert a queued run for each series and scenario, and return them in that order."""
    rows = [
        {
            "scenario_id": each.scenario_id,
            "target_id": each.series_id,
            "horizon": horizon,
            "parameters": parameters,
            "status": RunStatus.QUEUED,
        }
        for each in asked
    ]
    made = insert(tables.Run).returning(tables.Run.id, sort_by_parameter_order=True)
    return session.scalars(made, rows).all()


def give_to(session: Session, run_ids: Sequence[int], job: str) -> None:
    """Note which job makes some runs together."""
    session.execute(
        update(tables.Run)
        .where(tables.Run.id.in_(run_ids))
        .values(job=job)
        .execution_options(synchronize_session=False)
    )


def count_by_status(session: Session, run_ids: Sequence[int]) -> dict[RunStatus, int]:
    """Count some runs by how far they have come."""
    query = (
        select(tables.Run.status, func.count())
        .where(tables.Run.id.in_(run_ids))
        .group_by(tables.Run.status)
    )
    return {RunStatus(status): count for status, count in session.execute(query)}


def cancel_queued(session: Session, run_ids: Sequence[int], reason: str) -> None:
    """End those of some runs that nobody has begun."""
    session.execute(
        update(tables.Run)
        .where(tables.Run.id.in_(run_ids), tables.Run.status == RunStatus.QUEUED)
        .values(status=RunStatus.CANCELLED, reason=reason, ended_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


def of_type(session: Session, sensor_type: str, measures: Sequence[str]) -> Sequence[SeriesKey]:
    """Return the series of numbers of a type of sensors; all measures if none is named."""
    kind = tables.SensorType
    query = (
        select(tables.Sensor.identifier, tables.Measure.name)
        .join(tables.Series, tables.Series.sensor_id == tables.Sensor.id)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .join(kind, kind.id == tables.Sensor.sensor_type_id)
        .where(kind.name == sensor_type, tables.Measure.datatype.in_(NUMBERS))
        .order_by(tables.Series.id)
    )
    if measures:
        query = query.where(tables.Measure.name.in_(measures))
    return [SeriesKey(sensor=sensor, measure=name) for sensor, name in session.execute(query)]


def at_location(
    session: Session, location: str, measures: Sequence[str], now: datetime
) -> Sequence[SeriesKey]:
    """Return the series of numbers of the sensors that are at a location, or anywhere in it."""
    placed = placed_series.find(session, location, measures, TimeRange.of(now, now + MOMENT))
    return [each.series.key for each in placed if each.series.datatype in NUMBERS]
