"""Storing runs of many series: asked for at once, and what earlier ones have learnt."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.names import Parameters
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.storage import tables
from dtbase.storage.forecasts import runs
from dtbase.storage.registry import placed_series
from dtbase.storage.registry.placed_series import Target

NUMBERS = (Datatype.FLOAT, Datatype.INTEGER)
MOMENT = timedelta(microseconds=1)


class Asked(NamedTuple):
    """One series that is to be forecast under one scenario."""

    scenario_id: int
    target: Target


class Left(NamedTuple):
    """What a run of a service leaves: how it ended, or nothing yet."""

    id: int
    status: RunStatus | None
    reason: str | None


def scenario_of(session: Session, run_id: int) -> tuple[int, Parameters]:
    """Return the scenario under which a run is made, by its number, and what it says."""
    query = select(tables.Scenario.id, tables.Scenario.parameters).join(tables.Run)
    found, parameters = session.execute(query.where(tables.Run.id == run_id)).one()
    return found, parameters


def last_parameters(
    session: Session, scenario_id: int, series_id: int, since: datetime | None
) -> tuple[float, ...]:
    """Return what the newest run of a scenario on a series has learnt, if it is no older."""
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
    if row is None or (since is not None and row[0] < since):
        return ()
    return tuple(row[1] or ())


def create(
    session: Session,
    asked: Sequence[Asked],
    horizon: int,
    parameters: dict[str, JsonValue],
    service_run: int,
) -> None:
    """Insert what a run of a service will leave for each series and scenario, in that order."""
    rows = [
        {
            "scenario_id": each.scenario_id,
            "target_id": each.target.series.id,
            "details": runs.told_of(each.target),
            "horizon": horizon,
            "parameters": parameters,
            "service_run_id": service_run,
        }
        for each in asked
    ]
    session.execute(insert(tables.Run), rows)


def of_service_run(session: Session, service_run: int) -> Sequence[Left]:
    """Return what a run of a service leaves, or is to leave."""
    run = tables.Run
    made = select(run.id, run.status, run.reason).where(run.service_run_id == service_run)
    return [
        Left(found, None if status is None else RunStatus(status), reason)
        for found, status, reason in session.execute(made.order_by(run.id))
    ]


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
