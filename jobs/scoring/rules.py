"""When a model has drifted, when another one takes its place, and how wide intervals should be."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import ceil

from scipy.special import bdtr, bdtrik

from dtbase.domain.forecasts.champions import ChampionEvidence, Match, Promotion
from dtbase.domain.forecasts.drift import DriftEvidence, Judged, LevelEvidence, Recent

DRIFT_WINDOW = timedelta(days=14)
"""How far back live runs are looked at."""

WORSE = 1.5
"""Live MASE over that of the backtest from which on a model has drifted."""

FEWEST_DAYS = 3
BAND = 0.99
"""The share of chance results that a coverage may be among before it counts as drift."""

MATCH_WINDOW = timedelta(days=60)
FEWEST_RUNS = 20
"""Live runs that a model must have in common with the champion before it can replace it."""

TRUST_DAYS = 14.0
MOST_ADJUSTMENT = 10.0


def judge(recent: Recent) -> Judged:
    """Say whether a model has drifted on a series, and why."""
    levels = tuple(
        band_of(level, coverage, recent.days)
        for level, coverage in zip(recent.levels, recent.coverage, strict=True)
    )
    evidence = DriftEvidence(
        days=recent.days,
        scored=recent.scored,
        mase=recent.mase,
        backtest_mase=recent.backtest_mase,
        levels=levels,
    )
    return Judged(
        scenario_id=recent.scenario_id,
        series_id=recent.series_id,
        evidence=evidence,
        reason=reason_of(evidence),
    )


def band_of(level: float, coverage: float, days: int) -> LevelEvidence:
    """Return a live coverage and the binomial band around its level, with one trial a day.

    Forecasts that overlap are not independent, so the points of a day count as one.
    """
    least, most = (quantile(share, days, level / 100) for share in ((1 - BAND) / 2, (1 + BAND) / 2))
    return LevelEvidence(
        level=level, coverage=coverage, least=100 * least / days, most=100 * most / days
    )


def quantile(share: float, trials: int, chance: float) -> float:
    """Return the least count that a binomial does not exceed with such a share.

    To import scipy.stats for it would take seconds and 40 MB of every worker.
    """
    found = max(float(ceil(bdtrik(share, trials, chance))), 0.0)
    below = max(found - 1, 0.0)
    return below if bdtr(below, trials, chance) >= share else found


def reason_of(evidence: DriftEvidence) -> str | None:
    """Say in a sentence why a model has drifted, or None."""
    if evidence.days < FEWEST_DAYS:
        return None
    live, promised = evidence.mase, evidence.backtest_mase
    if live is not None and promised is not None and live > WORSE * promised:
        return f"the live MASE is {live:.2f}, over {WORSE:g} times the backtest's {promised:.2f}"
    for each in evidence.levels:
        if not each.least <= each.coverage <= each.most:
            return (
                f"the {each.level:g} % intervals held {each.coverage:.0f} % of {evidence.days} "
                f"days; chance allows {each.least:.0f} to {each.most:.0f} %"
            )
    return None


def promotions(matches: Iterable[Match]) -> Sequence[Promotion]:
    """Return who becomes champion: for each series the best of those better than the champion."""
    best: dict[int, Match] = {}
    for match in matches:
        better = match.mase_before is None or match.mase < match.mase_before
        current = best.get(match.series_id)
        if better and (current is None or gain(match) < gain(current)):
            best[match.series_id] = match
    return [promotion(match) for match in best.values()]


def gain(match: Match) -> float:
    """Return a model's MASE relative to the champion's on their common runs."""
    return match.mase / (match.mase_before or 1)


def promotion(match: Match) -> Promotion:
    return Promotion(
        series_id=match.series_id,
        scenario_id=match.scenario_id,
        evidence=ChampionEvidence(
            runs=match.runs,
            mase=match.mase,
            before=match.before,
            mase_before=match.mase_before,
        ),
    )


def adjustment(evidence: LevelEvidence, days: int) -> float:
    """Return by how many percent points to raise or lower a level, given its live coverage.

    The missing coverage, trusted in proportion to the days that were seen, at most ten points.
    """
    missing = (evidence.level - evidence.coverage) * days / (days + TRUST_DAYS)
    return max(-MOST_ADJUSTMENT, min(MOST_ADJUSTMENT, missing))
