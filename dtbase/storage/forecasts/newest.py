"""The run to show of each of many lines: the newest that fits, or the one that is named."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Run
from dtbase.domain.forecasts.selections import DEFAULT_SCENARIO
from dtbase.domain.values.beliefs import Belief
from dtbase.storage import tables
from dtbase.storage.forecasts import runs

NEWEST = text("""
SELECT wanted.place, newest.run_id
  FROM unnest(CAST(:ids AS int[]), CAST(:models AS text[]), CAST(:scenarios AS text[]),
              CAST(:as_ofs AS timestamptz[]), CAST(:runs AS bigint[]))
       WITH ORDINALITY AS wanted (id, model, scenario, as_of, run, place)
 CROSS JOIN LATERAL (
   SELECT o.run_id
     FROM run_output o JOIN run r ON r.id = o.run_id
     JOIN scenario s ON s.id = r.scenario_id JOIN model m ON m.id = s.model_id
    WHERE o.series_id = wanted.id AND r.status = 'succeeded'
      AND (o.ends_at IS NULL OR o.ends_at >= :since OR wanted.run IS NOT NULL)
      AND (wanted.run IS NULL AND s.name = wanted.scenario OR r.id = wanted.run)
      AND (wanted.model IS NULL OR m.name = wanted.model)
      AND (wanted.as_of IS NULL OR r.issued_at <= wanted.as_of)
    ORDER BY r.issued_at DESC, r.id DESC LIMIT 1) newest
""")
"""Where a run's predictions end is noted some time after it, when it is first scored."""


class BeliefOf(NamedTuple):
    """A forecast that somebody wants to see of a series."""

    series_id: int
    belief: Belief


def find(session: Session, wanted: Sequence[BeliefOf], since: datetime) -> Mapping[int, Run]:
    """Return the runs by the places of what is wanted; those that end before a time are left out.

    A run that is named is found whenever it ended.
    """
    beliefs = [each.belief for each in wanted]
    asked = {
        "ids": [each.series_id for each in wanted],
        "models": [belief.model for belief in beliefs],
        "scenarios": [belief.scenario or DEFAULT_SCENARIO for belief in beliefs],
        "as_ofs": [belief.as_of for belief in beliefs],
        "runs": [belief.run for belief in beliefs],
        "since": since,
    }
    rows = session.execute(NEWEST, asked).all()
    known = of_ids(session, [run for _, run in rows])
    return {place - 1: known[run] for place, run in rows}


def of_ids(session: Session, ids: Sequence[int]) -> Mapping[int, Run]:
    if not ids:
        return {}
    found = session.execute(runs.select_runs().where(tables.Run.id.in_(ids)))
    return {run.id: run for run in map(runs.to_domain, found)}


def pending(session: Session, series_ids: Sequence[int]) -> Sequence[Run]:
    """Return the runs for these series that have not ended, newest first."""
    waiting = select(tables.Run.id).where(
        tables.Run.target_id.in_(series_ids), tables.Run.ended_at.is_(None)
    )
    rows = session.execute(
        runs.select_runs().where(tables.Run.id.in_(waiting)).order_by(tables.Run.id.desc())
    )
    return [run for run in map(runs.to_domain, rows) if not run.status.ended]
