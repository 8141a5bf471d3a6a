"""When a model drifts, who becomes champion, and how wide intervals should be."""

import pytest
from scipy.stats import binom

from dtbase.domain.forecasts.champions import Match
from dtbase.domain.forecasts.drift import LevelEvidence, Recent
from jobs.scoring.rules import BAND, adjustment, judge, promotions, quantile


def recent(**given: object) -> Recent:
    usual = {
        "scenario_id": 1,
        "series_id": 2,
        "days": 14,
        "scored": 600,
        "mase": 0.8,
        "backtest_mase": 0.7,
        "levels": (80.0, 95.0),
        "coverage": (79.0, 94.0),
    }
    return Recent.model_validate(usual | given)


def test_a_model_that_keeps_its_promise_has_not_drifted() -> None:
    judged = judge(recent())
    assert judged.reason is None
    assert [each.level for each in judged.evidence.levels] == [80, 95]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mase": 1.2}, "the live MASE is 1.20, over 1.5 times the backtest's 0.70"),
        ({"coverage": (40.0, 94.0)}, "the 80 % intervals held 40 % of 14 days"),
        ({"coverage": (79.0, 60.0)}, "the 95 % intervals held 60 % of 14 days"),
    ],
)
def test_drift_has_a_reason(given: dict[str, object], words: str) -> None:
    assert words in str(judge(recent(**given)).reason)


@pytest.mark.parametrize(
    "given",
    [
        {"mase": 9.0, "days": 2},
        {"mase": None},
        {"backtest_mase": None},
        {"levels": (), "coverage": ()},
        {"levels": (95.0,), "coverage": (100.0,)},
    ],
)
def test_what_is_not_known_or_may_be_chance_is_no_drift(given: dict[str, object]) -> None:
    assert judge(recent(**given)).reason is None


def match(scenario: int, mase: float, before: float | None, series: int = 1) -> Match:
    return Match(
        series_id=series,
        scenario_id=scenario,
        model=f"m{scenario}",
        runs=20,
        mase=mase,
        before=None if before is None else "old",
        mase_before=before,
    )


def test_the_best_of_those_better_than_the_champion_is_promoted() -> None:
    found = promotions([match(1, 0.9, 0.8), match(2, 0.7, 0.8), match(3, 0.6, 0.8)])
    assert [each.scenario_id for each in found] == [3]
    assert found[0].evidence.model_dump() == {
        "runs": 20,
        "mase": 0.6,
        "before": "old",
        "mase_before": 0.8,
    }


def test_without_a_champion_the_best_becomes_one() -> None:
    found = promotions([match(1, 0.9, None), match(2, 0.7, None), match(1, 0.5, None, series=2)])
    assert [(each.series_id, each.scenario_id) for each in found] == [(1, 2), (2, 1)]


def test_nobody_is_promoted_who_is_no_better() -> None:
    assert promotions([match(1, 0.8, 0.8), match(2, 0.9, 0.8)]) == []


@pytest.mark.parametrize(
    ("coverage", "days", "points"), [(80, 14, 0), (70, 14, 5), (90, 14, -5), (0, 1000, 10)]
)
def test_levels_are_moved_by_the_missing_coverage_as_far_as_it_can_be_trusted(
    coverage: float, days: int, points: float
) -> None:
    evidence = LevelEvidence(level=80, coverage=coverage, least=50, most=100)
    assert adjustment(evidence, days) == pytest.approx(points, abs=0.1)


@pytest.mark.parametrize("trials", [1, 3, 14, 200])
@pytest.mark.parametrize("chance", [0.01, 0.5, 0.8, 0.95, 0.999])
def test_the_band_of_chance_is_scipys(trials: int, chance: float) -> None:
    found = [quantile(share, trials, chance) for share in ((1 - BAND) / 2, (1 + BAND) / 2)]
    assert found == list(binom.interval(BAND, trials, chance))
