"""Storing the drift of models on series: how good their last live runs were."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.drift import (
    Drift,
    DriftEvidence,
    DriftQuery,
    Judged,
    Recent,
    SeriesDrift,
)
from dtbase.domain.paging import Listed
from dtbase.storage import paging, tables

KEY = ("model", "scenario", "sensor", "measure")
ORDER = paging.Order(
    columns={
        "model": tables.Model.name.expression,
        "scenario": tables.Scenario.name.expression,
        "sensor": tables.Sensor.identifier.expression,
        "measure": tables.Measure.name.expression,
    },
    key=KEY,
)

RECENT = text("""
WITH live AS MATERIALIZED (
  SELECT * FROM score WHERE issued_at >= :since AND scored > 0),
covered AS (
  SELECT scenario_id, series_id, level, 100.0 * sum(hits) / sum(scored) AS coverage
    FROM live CROSS JOIN LATERAL unnest(levels, inside) AS each (level, hits) GROUP BY 1, 2, 3),
levels AS (
  SELECT scenario_id, series_id, array_agg(level ORDER BY level) AS levels,
         array_agg(coverage ORDER BY level) AS coverage
    FROM covered GROUP BY 1, 2),
promised AS (
  SELECT l.scenario_id, l.series_id, avg(CAST(run.details #>> '{backtest,mase}' AS float8)) AS mase
    FROM (SELECT DISTINCT scenario_id, series_id, output_id FROM live) l
    JOIN run_output o ON o.id = l.output_id JOIN run ON run.id = o.run_id GROUP BY 1, 2)
SELECT scenario_id, series_id, count(DISTINCT (issued_at AT TIME ZONE 'UTC')::date) AS days,
       sum(scored) AS scored,
       sum(abs_error / scale) / nullif(sum(scored) FILTER (WHERE scale IS NOT NULL), 0) AS mase,
       promised.mase AS backtest_mase,
       coalesce(levels.levels, '{}') AS levels, coalesce(levels.coverage, '{}') AS coverage
  FROM live LEFT JOIN levels USING (scenario_id, series_id)
  LEFT JOIN promised USING (scenario_id, series_id)
 GROUP BY 1, 2, promised.mase, levels.levels, levels.coverage
""")

STORE = text("""
INSERT INTO drift (scenario_id, series_id, checked_at, evidence, reason, since)
VALUES (:scenario_id, :series_id, clock_timestamp(), CAST(:evidence AS jsonb),
        CAST(:reason AS text),
        CASE WHEN CAST(:reason AS text) IS NOT NULL THEN clock_timestamp() END)
ON CONFLICT (scenario_id, series_id) DO UPDATE
   SET checked_at = excluded.checked_at, evidence = excluded.evidence, reason = excluded.reason,
       since = CASE WHEN excluded.reason IS NOT NULL
                    THEN coalesce(drift.since, excluded.since) END
""")


def recent(session: Session, since: datetime) -> Sequence[Recent]:
    """Return what the runs issued since a time were worth, for each scenario and series."""
    rows = session.execute(RECENT, {"since": since})
    return [Recent.model_validate(row, from_attributes=True) for row in rows]


def store(session: Session, judged: Sequence[Judged]) -> None:
    """Note what was found; a drift keeps the time at which it was first seen."""
    rows = [
        {
            **each.model_dump(include={"scenario_id", "series_id", "reason"}),
            "evidence": each.evidence.model_dump_json(),
        }
        for each in judged
    ]
    if rows:
        session.execute(STORE, rows)


def to_domain(row: tables.Drift) -> Drift:
    return Drift(
        drifting=row.reason is not None,
        reason=row.reason,
        since=row.since,
        checked_at=row.checked_at,
        evidence=DriftEvidence.model_validate(row.evidence),
    )


def find(session: Session, scenario_id: int, series_id: int) -> Drift | None:
    """Return whether a scenario drifts on a series, if that was ever checked."""
    row = session.get(tables.Drift, (scenario_id, series_id), populate_existing=True)
    return None if row is None else to_domain(row)


def of_series(session: Session, series_id: int) -> dict[tuple[str, str], Drift]:
    """Return whether each model and scenario drifts on a series."""
    query = (
        select(tables.Model.name, tables.Scenario.name, tables.Drift)
        .join(tables.Scenario, tables.Scenario.id == tables.Drift.scenario_id)
        .join(tables.Model, tables.Model.id == tables.Scenario.model_id)
        .where(tables.Drift.series_id == series_id)
    )
    return {(model, scenario): to_domain(row) for model, scenario, row in session.execute(query)}


def page(session: Session, wanted: DriftQuery) -> Listed[SeriesDrift]:
    query = (
        select(tables.Drift, *ORDER.columns.values())
        .join(tables.Scenario, tables.Scenario.id == tables.Drift.scenario_id)
        .join(tables.Model, tables.Model.id == tables.Scenario.model_id)
        .join(tables.Series, tables.Series.id == tables.Drift.series_id)
        .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
    )
    for name in KEY:
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(ORDER.columns[name] == value)
    if wanted.drifting is not None:
        query = query.where(tables.Drift.reason.is_not(None) == wanted.drifting)
    return paging.page(session, query, wanted, ORDER, named)


def named(row: Row[*tuple[Any, ...]]) -> SeriesDrift:
    """Return the state that a row holds, with its names."""
    state, *names = row
    return SeriesDrift(**dict(to_domain(state)), **dict(zip(KEY, names, strict=True)))
