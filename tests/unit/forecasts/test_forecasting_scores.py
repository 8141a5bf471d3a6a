"""Our scores are those of an independent library, and leave out what is not known."""

import warnings

import numpy as np
import pandas as pd
import pytest

from jobs.forecasting import scores
from jobs.forecasting.leads import blocks
from jobs.forecasting.prepare import Floats
from jobs.forecasting.references import observed, scale_of, seasonal_naive
from jobs.forecasting.scores import Bounds

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a docstring of theirs warns when it is first compiled
    from utilsforecast import losses

SEASON = 24
HISTORY = 240
AHEAD = 48
LEVELS = (50, 80, 95)
QUANTILES = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]


def drawn(seed: int) -> tuple[Floats, Floats, Floats, list[Bounds]]:
    random = np.random.default_rng(seed)
    history = 20 + random.normal(size=HISTORY).cumsum()
    truth = 20 + 3 * random.normal(size=AHEAD)
    predicted = 20 + random.normal(size=AHEAD)
    reach = {level: level / 30 * random.uniform(0.5, 1.5, AHEAD) for level in LEVELS}
    bounds = [Bounds(level, predicted - by, predicted + by) for level, by in reach.items()]
    return history, truth, predicted, bounds


def frame(truth: Floats, predicted: Floats, bounds: list[Bounds]) -> pd.DataFrame:
    columns = {"unique_id": "a", "ds": np.arange(len(truth)), "y": truth, "ours": predicted}
    for each in bounds:
        columns[f"ours-lo-{each.level:g}"] = each.lower
        columns[f"ours-hi-{each.level:g}"] = each.upper
    return pd.DataFrame(columns)


def quantiles(bounds: list[Bounds], predicted: Floats) -> dict[str, list[str]]:
    wide = [f"ours-lo-{each.level:g}" for each in reversed(bounds)]
    narrow = [f"ours-hi-{each.level:g}" for each in bounds]
    assert len(predicted) == AHEAD
    return {"ours": [*wide, "ours", *narrow]}


def only(answer: pd.DataFrame) -> float:
    return float(answer["ours"].iloc[0])


@pytest.mark.parametrize("seed", range(5))
def test_every_score_is_that_of_utilsforecast(seed: int) -> None:
    history, truth, predicted, bounds = drawn(seed)
    ours = frame(truth, predicted, bounds)
    past = pd.DataFrame({"unique_id": "a", "ds": np.arange(HISTORY), "y": history})
    scale = scores.seasonal_scale(history, SEASON)
    found = scores.score(truth, predicted, bounds, scale)
    named = quantiles(bounds, predicted)
    theirs = {
        "mae": only(losses.mae(ours, ["ours"])),
        "rmse": only(losses.rmse(ours, ["ours"])),
        "mase": only(losses.mase(ours, ["ours"], SEASON, past)),
        "pinball": only(losses.mqloss(ours, named, quantiles=np.array(QUANTILES))),
        "wql": only(losses.scaled_crps(ours, named, quantiles=np.array(QUANTILES))),
    }
    for name, value in theirs.items():
        assert getattr(found, name) == pytest.approx(value), name
    for level in LEVELS:
        within = 100 * only(losses.coverage(ours, ["ours"], level))
        assert found.coverage[str(level)] == pytest.approx(within)


def test_one_quantile_has_the_pinball_loss_of_utilsforecast() -> None:
    _, truth, predicted, _ = drawn(9)
    theirs = losses.quantile_loss(frame(truth, predicted, []), {"ours": "ours"}, q=0.9)
    assert scores.pinball(truth, predicted, 0.9) == pytest.approx(only(theirs))


def test_skill_is_the_share_of_the_reference_error_that_is_avoided() -> None:
    truth = np.array([1.0, 2, 3, np.nan])
    assert scores.skill(truth, truth + 1, truth + 4) == 0.75
    assert scores.skill(truth, truth + 4, truth + 1) == -3
    assert scores.skill(truth, truth, truth) is None


def test_what_is_not_known_on_either_side_counts_for_nothing() -> None:
    truth = np.array([1.0, np.nan, 3.0, 4.0])
    predicted = np.array([2.0, 5.0, np.nan, 4.0])
    bounds = Bounds(80, predicted - 0.5, predicted + 0.5)
    found = scores.score(truth, predicted, [bounds], scale=2.0, reference=truth + 1)
    assert (found.points, found.mae, found.mase, found.skill) == (2, 0.5, 0.25, 0.5)
    assert found.coverage == {"80": 50}


def test_nothing_known_gives_no_score_and_no_warning() -> None:
    nothing = np.full(3, np.nan)
    found = scores.score(nothing, nothing, [Bounds(80, nothing, nothing)])
    assert (found.points, found.mae, found.rmse, found.wql) == (0, None, None, None)
    assert found.coverage == {"80": None}
    assert scores.seasonal_scale(np.ones(10), 24) is None
    assert scores.seasonal_scale(np.ones(100), 24) is None


@pytest.mark.parametrize(
    ("step", "count", "hours"),
    [
        (3600, 48, [6, 24, 48]),
        (600, 288, [1, 6, 24, 48]),
        (86400, 14, [168, 336]),
        (3600, 1, [1]),
        (3600, 50, [6, 24, 50]),
    ],
)
def test_leads_are_divided_into_blocks(step: float, count: int, hours: list[float]) -> None:
    found = blocks(step, count)
    assert [block.until for block in found] == hours
    assert [block.first for block in found[1:]] == [block.last for block in found[:-1]]
    assert (found[0].first, found[-1].last) == (0, count)


def test_the_seasonal_naive_repeats_the_newest_day_that_was_known() -> None:
    times = 1_700_006_400 + 3600 * np.arange(48.0)
    values = np.arange(48.0)
    targets = times[-1] + 3600 * np.arange(1.0, 31)
    found = seasonal_naive(times, values, targets, 3600)
    assert found.tolist() == [*range(24, 48), *range(24, 30)]
    gone = np.delete(np.arange(48), 30)
    assert seasonal_naive(times[gone], values[gone], targets, 3600)[6] == 6


def test_truth_is_the_mean_reading_next_to_a_time() -> None:
    times = np.array([0.0, 10, 3600, 3610, 9000])
    found = observed(times, np.array([1.0, 3, 5, np.nan, 9]), np.array([0.0, 3600, 7200]), 3600)
    np.testing.assert_array_equal(found, [2, 5, np.nan])
    assert scale_of(np.array([]), np.array([]), 3600) is None
