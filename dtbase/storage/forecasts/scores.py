"""Reading scores: of one run, and rolled up by model, scenario, series and month."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, column, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer, String

from dtbase.domain.forecasts.scores import (
    Dimension,
    OutputScores,
    RolledScores,
    RolledSums,
    ScoreFilter,
    ScoreQuery,
    Sums,
    by_lead,
    figures_of,
    place_of,
    rolled_scores,
)
from dtbase.domain.paging import Listed
from dtbase.storage import paging
from dtbase.storage.forecasts import runs
from dtbase.storage.registry import placed_series

KEY = ("model", "scenario", "sensor", "measure", "month")

SUMS = """
jsonb_build_object(
  'lead', lead, 'points', sum(points), 'scored', sum(scored), 'error', sum(error),
  'abs_error', sum(abs_error), 'squared_error', sum(squared_error), 'abs_truth', sum(abs_truth),
  'pinball', sum(pinball), 'scaled', sum(scaled), 'scaled_error', sum(scaled_error),
  'compared_error', sum(compared_error), 'naive_error', sum(naive_error),
  'scaled_compared_error', sum(scaled_compared_error),
  'scaled_naive_error', sum(scaled_naive_error))
"""

OUTPUTS = text("""
SELECT sensor.identifier AS sensor, measure.name AS measure, measure.unit, o.scored_at
  FROM run_output o
  JOIN measure ON measure.id = o.measure_id
  JOIN series ON series.id = o.series_id JOIN sensor ON sensor.id = series.sensor_id
 WHERE o.run_id = :run ORDER BY 1, 2
""")

MONTH = "to_char(score.month, 'YYYY-MM')"
COLUMNS: dict[str, Dimension] = {
    "model": "model",
    "scenario": "scenario",
    "sensor": "series",
    "measure": "series",
    "month": "month",
}
EXPRESSIONS = {
    "model": "model.name",
    "scenario": "scenario.name",
    "sensor": "sensor.identifier",
    "measure": "measure.name",
    "month": MONTH,
}
CONDITIONS = {
    "model": "model.name = :model",
    "scenario": "scenario.name = :scenario",
    "sensor": "sensor.identifier = ANY (CAST(:sensor AS text[]))",
    "measure": "measure.name = :measure",
    "start": "score.issued_at >= :start",
    "end": "score.issued_at < :end",
    "month": f"{MONTH} = :month",
    "lead": "score.lead = :lead",
    "series_id": "score.series_id = :series_id",
    "run": "score.output_id IN (SELECT id FROM run_output WHERE run_id = CAST(:run AS bigint))",
}
EMPTY = "CAST('' AS text)"
SINGLE = {"start", "end", "run"}
"""Conditions that only single scores can meet; all others are met by the sums of months."""

ROLLED = """
WITH mine AS (
  SELECT {keys}, score.*
    FROM {source} score
    JOIN scenario ON scenario.id = score.scenario_id JOIN model ON model.id = scenario.model_id
    JOIN series ON series.id = score.series_id
    JOIN sensor ON sensor.id = series.sensor_id JOIN measure ON measure.id = series.measure_id
   WHERE {conditions}),
counted AS (
  SELECT k1, k2, k3, k4, k5, lead, level, sum(trial) AS scored, sum(hit) AS inside
    FROM mine CROSS JOIN LATERAL unnest(levels, trials, hits) AS each (level, trial, hit)
   WHERE trial > 0 GROUP BY 1, 2, 3, 4, 5, 6, 7),
covered AS (
  SELECT k1, k2, k3, k4, k5, lead, jsonb_agg(jsonb_build_object(
           'level', level, 'scored', scored, 'inside', inside) ORDER BY level) AS levels
    FROM counted GROUP BY 1, 2, 3, 4, 5, 6),
summed AS (
  SELECT k1, k2, k3, k4, k5, lead, sum(runs)::int AS runs, {sums} AS sums
    FROM mine GROUP BY 1, 2, 3, 4, 5, 6)
SELECT k1 AS model, k2 AS scenario, k3 AS sensor, k4 AS measure, k5 AS month, max(runs) AS runs,
       jsonb_agg(sums || jsonb_build_object('levels', coalesce(covered.levels, '[]'))) AS parts
  FROM summed LEFT JOIN covered USING (k1, k2, k3, k4, k5, lead)
 GROUP BY 1, 2, 3, 4, 5
"""


def of_run(session: Session, run_id: int) -> Sequence[OutputScores]:
    """Return how good a run was on each series that it predicts, or raise NotFound."""
    run = runs.get(session, run_id)
    found = session.execute(rolled(("sensor", "measure"), {"run": run_id}))
    parts = {
        (row.sensor, row.measure): [Sums.model_validate(part) for part in row.parts]
        for row in found
    }
    return [
        OutputScores(
            run=run_id,
            sensor=output.sensor,
            measure=output.measure,
            unit=output.unit,
            model=run.model,
            scenario=run.scenario,
            issued_at=run.issued_at or run.created_at,
            scored_at=output.scored_at,
            total=figures_of(parts.get((output.sensor, output.measure), [])),
            leads=by_lead(parts.get((output.sensor, output.measure), [])),
        )
        for output in session.execute(OUTPUTS, {"run": run_id})
    ]


def page(session: Session, wanted: ScoreQuery) -> Listed[RolledScores]:
    """Return one page of scores, taken together as is asked for."""
    rows = rolled(keys_of(wanted.by), asked_of(session, wanted)).subquery()
    order = paging.Order(columns={name: rows.c[name] for name in KEY}, key=KEY)
    return paging.page(session, select(rows), wanted, order, to_domain)


def of_series(
    session: Session, series_id: int, wanted: ScoreFilter, by: Sequence[Dimension]
) -> Sequence[RolledSums]:
    """Return the sums of the scores of one series that fit, taken together by some dimensions."""
    rows = session.execute(
        rolled(keys_of(by), {**asked_of(session, wanted), "series_id": series_id})
    )
    return [RolledSums.model_validate(row, from_attributes=True) for row in rows]


def keys_of(by: Sequence[Dimension]) -> tuple[str, ...]:
    """Return the columns that tell groups apart."""
    return tuple(name for name, dimension in COLUMNS.items() if dimension in by)


def asked_of(session: Session, wanted: ScoreFilter) -> dict[str, Any]:
    """Return what is asked for, by condition; a place means all sensors that ever stood there."""
    asked = wanted.model_dump(include=set(CONDITIONS), exclude_none=True)
    if "sensor" in asked:
        asked["sensor"] = [*placed_series.sensors_named(session, asked["sensor"])]
    if wanted.lead is not None:
        asked["lead"] = place_of(wanted.lead)
    return asked


def rolled(keys: Sequence[str], asked: dict[str, Any]) -> Select[*tuple[Any, ...]]:
    """Return the query of sums, a row for each group with a part for each block of lead times."""
    chosen = [EXPRESSIONS[name] if name in keys else EMPTY for name in KEY]
    named = [f"{expression} AS k{place}" for place, expression in enumerate(chosen, start=1)]
    query = ROLLED.format(
        source="score_month" if SINGLE.isdisjoint(asked) else "score_part",
        keys=", ".join(named),
        conditions=" AND ".join(["true", *(CONDITIONS[name] for name in asked)]),
        sums=SUMS,
    )
    bound: Sequence[BindParameter[Any]] = [
        bindparam(name, value=value) for name, value in asked.items()
    ]
    columns = [column(name, String) for name in KEY]
    counted = (column("runs", Integer), column("parts", JSONB))
    return select(text(query).bindparams(*bound).columns(*columns, *counted).subquery())


def to_domain(row: Row[*tuple[Any, ...]]) -> RolledScores:
    return rolled_scores(RolledSums.model_validate(row, from_attributes=True))
