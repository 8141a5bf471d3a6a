"""Ranking the models of one series."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from dtbase.domain.forecasts.leaderboard import Contender, Leaderboard, LeaderboardQuery
from dtbase.domain.forecasts.scores import LEADS, RolledSums, ScoreFilter, Sums, by_lead, figures_of
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.forecasts import champions, drift, scores
from dtbase.storage.forecasts.models import DEFAULT_SCENARIO
from dtbase.storage.registry import placed_series

PERIOD = timedelta(days=30)


def rank(session: Session, wanted: LeaderboardQuery) -> Leaderboard:
    """Return the models of a series, the best first."""
    ((found, _),) = placed_series.targets(session, [SeriesKey.parse(wanted.series)])
    end = wanted.end or datetime.now(UTC)
    span = TimeRange.of(wanted.start or end - PERIOD, end)
    asked = ScoreFilter(start=span.start, end=span.end, lead=wanted.lead)
    every = scores.of_series(session, found.id, asked, ("model", "scenario", "series"))
    leads = common_leads(every)
    states = drift.of_series(session, found.id)
    champion = champions.of_series(session, found.id)
    contenders = [
        Contender(
            rank=place,
            model=each.model,
            scenario=each.scenario,
            champion=(each.model, each.scenario) == (champion, DEFAULT_SCENARIO),
            runs=each.runs,
            total=figures_of(within(each, leads)),
            leads=by_lead(each.parts),
            drift=states.get((each.model, each.scenario)),
        )
        for place, each in enumerate(best_first(every, leads), start=1)
    ]
    return Leaderboard(
        sensor=found.sensor,
        measure=found.measure,
        unit=found.unit,
        start=span.start,
        end=span.end,
        leads=[LEADS[lead].name for lead in leads],
        contenders=contenders,
    )


def common_leads(every: Sequence[RolledSums]) -> Sequence[int]:
    """Return the blocks of lead times in which every model with scores has some."""
    known = [{part.lead for part in each.parts if part.scored} for each in every]
    return sorted(set.intersection(*filter(None, known))) if any(known) else []


def within(each: RolledSums, leads: Sequence[int]) -> Sequence[Sums]:
    """Return the sums of some blocks of lead times."""
    return [part for part in each.parts if part.lead in leads]


def best_first(every: Sequence[RolledSums], leads: Sequence[int]) -> Sequence[RolledSums]:
    """Sort by MASE on the lead times that count; a model without one comes last."""

    def mase(each: RolledSums) -> float:
        found = figures_of(within(each, leads)).mase
        return math.inf if found is None else found

    return sorted(every, key=mase)
