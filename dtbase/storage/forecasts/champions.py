"""Storing which model is best for a series."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.orm import Session, aliased

from dtbase.domain.forecasts.champions import (
    Champion,
    ChampionEvidence,
    ChampionQuery,
    Match,
    Promotion,
)
from dtbase.domain.paging import Listed
from dtbase.storage import paging, tables
from dtbase.storage.forecasts import models

ORDER = paging.Order(columns={"id": tables.Champion.id.expression}, key=("id",))

MATCHES = text("""
WITH live AS MATERIALIZED (
  SELECT score.series_id, score.scenario_id, date_trunc('hour', score.issued_at) AS hour,
         score.lead, sum(abs_error / scale) / sum(scored) AS mase
    FROM score JOIN scenario ON scenario.id = score.scenario_id AND scenario.name = :scenario
   WHERE score.issued_at >= :since AND scored > 0 AND scale IS NOT NULL GROUP BY 1, 2, 3, 4),
reigning AS (
  SELECT DISTINCT ON (series_id) series_id, scenario_id FROM champion ORDER BY series_id, id DESC),
alone AS (
  SELECT series_id, scenario_id, count(DISTINCT hour) AS runs, avg(mase) AS mase,
         CAST(NULL AS int) AS before, CAST(NULL AS float8) AS mase_before
    FROM live WHERE series_id NOT IN (SELECT series_id FROM reigning) GROUP BY 1, 2),
beside AS (
  SELECT b.series_id, b.scenario_id, count(DISTINCT b.hour) AS runs, avg(b.mase) AS mase,
         r.scenario_id AS before, avg(a.mase) AS mase_before
    FROM reigning r
    JOIN live a ON a.series_id = r.series_id AND a.scenario_id = r.scenario_id
    JOIN live b ON b.series_id = a.series_id AND b.hour = a.hour AND b.lead = a.lead
   WHERE b.scenario_id <> r.scenario_id GROUP BY 1, 2, r.scenario_id)
SELECT m.series_id, m.scenario_id, model.name AS model, m.runs, m.mase, old.name AS before,
       m.mase_before
  FROM (SELECT * FROM alone UNION ALL SELECT * FROM beside) m
  JOIN scenario ON scenario.id = m.scenario_id JOIN model ON model.id = scenario.model_id
  LEFT JOIN scenario was ON was.id = m.before LEFT JOIN model old ON old.id = was.model_id
 WHERE m.runs >= :least
""")


def matches(session: Session, since: datetime, least: int) -> Sequence[Match]:
    """Return each model with at least so many runs, beside the champion of its series."""
    asked = {"since": since, "least": least, "scenario": models.DEFAULT_SCENARIO}
    rows = session.execute(MATCHES, asked)
    return [Match.model_validate(row, from_attributes=True) for row in rows]


def promote(session: Session, promotions: Sequence[Promotion]) -> None:
    """Record new champions with their evidence."""
    for each in promotions:
        values = {
            "series_id": each.series_id,
            "scenario_id": each.scenario_id,
            "since": func.clock_timestamp(),
            "evidence": each.evidence.model_dump(mode="json"),
        }
        session.execute(insert(tables.Champion).values(values))


def page(session: Session, wanted: ChampionQuery) -> Listed[Champion]:
    """Return one page of champions, newest first unless asked otherwise."""
    later = aliased(tables.Champion)
    current = ~(
        select(later.id)
        .where(later.series_id == tables.Champion.series_id, later.id > tables.Champion.id)
        .exists()
    )
    query = (
        select(
            tables.Champion,
            tables.Sensor.identifier,
            tables.Measure.name,
            tables.Model.name,
            current.label("current"),
        )
        .join(tables.Series, tables.Series.id == tables.Champion.series_id)
        .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .join(tables.Scenario, tables.Scenario.id == tables.Champion.scenario_id)
        .join(tables.Model, tables.Model.id == tables.Scenario.model_id)
    )
    columns = {
        tables.Sensor.identifier: wanted.sensor,
        tables.Measure.name: wanted.measure,
        tables.Model.name: wanted.model,
        current: wanted.current,
    }
    conditions = [column == value for column, value in columns.items() if value is not None]
    return paging.page(session, query.where(*conditions), wanted, ORDER, to_domain)


def to_domain(row: Row[*tuple[Any, ...]]) -> Champion:
    champion, sensor, measure, model, current = row
    return Champion(
        id=champion.id,
        sensor=sensor,
        measure=measure,
        model=model,
        since=champion.since,
        current=current,
        evidence=ChampionEvidence.model_validate(champion.evidence),
    )


def of_series(session: Session, series_id: int) -> str | None:
    """Return the model that is best for a series, if one was found."""
    return session.scalar(
        select(tables.Model.name)
        .join(tables.Scenario, tables.Scenario.model_id == tables.Model.id)
        .join(tables.Champion, tables.Champion.scenario_id == tables.Scenario.id)
        .where(tables.Champion.series_id == series_id)
        .order_by(tables.Champion.id.desc())
        .limit(1)
    )
