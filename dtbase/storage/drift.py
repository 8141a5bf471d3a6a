"""Storing how models stand on series: what their last live runs were worth."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dtbase.domain.drift import Drift, DriftEvidence, Judged, Recent
from dtbase.storage import tables

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
VALUES (:scenario_id, :series_id, clock_timestamp(), CAST(:evidence AS jsonb), CAST(:reason AS text),
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
    if judged:
        session.execute(STORE, [stored(each) for each in judged])


def stored(judged: Judged) -> dict[str, object]:
    """Return what is kept of a finding."""
    return {
        "scenario_id": judged.scenario_id,
        "series_id": judged.series_id,
        "evidence": judged.evidence.model_dump_json(),
        "reason": judged.reason,
    }


def to_domain(row: tables.Drift) -> Drift:
    """Return the state that a row holds."""
    return Drift(
        drifting=row.reason is not None,
        reason=row.reason,
        since=row.since,
        checked_at=row.checked_at,
        evidence=DriftEvidence.model_validate(row.evidence),
    )


def find(session: Session, scenario_id: int, series_id: int) -> Drift | None:
    """Return how a scenario stands on a series, if it was ever looked at."""
    row = session.get(tables.Drift, (scenario_id, series_id), populate_existing=True)
    return None if row is None else to_domain(row)


def of_series(session: Session, series_id: int) -> dict[tuple[str, str], Drift]:
    """Return how every model and scenario stands on a series."""
    query = (
        select(tables.Model.name, tables.Scenario.name, tables.Drift)
        .join(tables.Scenario, tables.Scenario.id == tables.Drift.scenario_id)
        .join(tables.Model, tables.Model.id == tables.Scenario.model_id)
        .where(tables.Drift.series_id == series_id)
    )
    return {(model, scenario): to_domain(row) for model, scenario, row in session.execute(query)}
