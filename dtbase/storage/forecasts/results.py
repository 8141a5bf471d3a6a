"""What runs of services leave; a result without an end of its own has its maker's status.

The history of runs of services is forgotten after a while, so a result never depends on it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from dtbase.domain.forecasts.runs import RunFilter, RunStatus
from dtbase.storage import tables
from dtbase.storage.registry import placed_series

Kind = type[tables.Run] | type[tables.Backtest]

KINDS: tuple[Kind, ...] = (tables.Run, tables.Backtest)


def select_named(kind: Kind, series_id: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    """Select results, each with its names, and how it stands: until it ends as its maker does."""
    maker = tables.ServiceRun
    return (
        select(
            kind,
            tables.Model.name,
            tables.Scenario.name,
            tables.Sensor.identifier,
            tables.Measure.name,
            func.coalesce(kind.status, maker.status),
            func.coalesce(kind.reason, maker.reason),
            func.coalesce(kind.started_at, maker.started_at),
        )
        .join(tables.Scenario, tables.Scenario.id == kind.scenario_id)
        .join(tables.Model, tables.Model.id == tables.Scenario.model_id)
        .outerjoin(tables.Series, tables.Series.id == series_id)
        .outerjoin(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .outerjoin(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .outerjoin(maker, and_(kind.status.is_(None), maker.id == kind.service_run_id))
        .execution_options(populate_existing=True)
    )


def fitting(session: Session, kind: Kind, wanted: RunFilter) -> Sequence[ColumnElement[bool]]:
    """Return the conditions that a filter puts to results that are selected with their names."""
    columns = {
        tables.Model.name: wanted.model,
        tables.Scenario.name: wanted.scenario,
        tables.Measure.name: wanted.measure,
        func.coalesce(kind.status, tables.ServiceRun.status): wanted.status,
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    if wanted.sensor is not None:
        named = placed_series.sensors_named(session, wanted.sensor)
        conditions.append(tables.Sensor.identifier.in_(named))
    return conditions


def end(
    session: Session, kind: Kind, which: ColumnElement[bool], status: RunStatus, **values: object
) -> bool:
    """Note how results ended; what has ended stays so. Answer whether any had not."""
    made_by = tables.ServiceRun.id == kind.service_run_id
    began = select(tables.ServiceRun.started_at).where(made_by).scalar_subquery()
    told = {"reason": None, "started_at": began, "ended_at": func.clock_timestamp(), **values}
    ended = session.execute(
        update(kind)
        .where(which, kind.status.is_(None))
        .values(status=status, **told)
        .returning(kind.id)
        .execution_options(synchronize_session=False)
    )
    return bool(ended.all())


def close(
    session: Session, makers: Sequence[int] | Select[int], status: RunStatus, reason: str | None
) -> None:
    """End what runs of services have left open; what failed by itself keeps its own reason."""
    for kind in KINDS:
        why = func.coalesce(kind.reason, reason) if status is RunStatus.FAILED else reason
        end(session, kind, kind.service_run_id.in_(makers), status, reason=why)
