"""How good predictions were: pure functions over arrays of truth and prediction.

Arrays are of one shape; pairs with a NaN on either side are left out, and a score of nothing is
None. Errors and losses are in the measure's unit unless they are said to be relative.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.frozen import Frozen
from jobs.forecasting.leads import Block

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bounds:
    """Lower and upper bounds, of one shape, that should hold `level` percent of the truth."""

    level: float
    lower: Floats
    upper: Floats


class Scores(Frozen):
    """How predictions met the truth.

    `mase` is the MAE relative to that of the seasonal naive within the history learnt from;
    `skill` is the share of the seasonal naive's error, on the same points, that is avoided (1 is
    perfect, 0 no better, below 0 worse); `pinball` is the mean loss over all quantiles (the
    value stands for the median), `wql` the same relative to the size of the truth; `coverage` is
    the percentage of truths within each level's interval, by the level.
    """

    points: int
    mae: float | None
    rmse: float | None
    mase: float | None
    pinball: float | None
    wql: float | None
    skill: float | None
    coverage: dict[str, float | None]


class BlockScores(Frozen):
    """The scores of one block of lead times."""

    block: Block
    scores: Scores


@dataclass(frozen=True)
class Paths:
    """What was so, what was predicted and what the seasonal naive says: origins by leads."""

    truth: Floats
    predicted: Floats
    reference: Floats
    bounds: tuple[Bounds, ...]

    def scores(self, places: slice, scale: float | None) -> Scores:
        """Score some of the leads."""
        cut = [
            Bounds(each.level, each.lower[:, places], each.upper[:, places]) for each in self.bounds
        ]
        columns = (self.truth[:, places], self.predicted[:, places])
        return score(*columns, cut, scale, self.reference[:, places])


def score(
    truth: Floats,
    predicted: Floats,
    bounds: Sequence[Bounds] = (),
    scale: float | None = None,
    reference: Floats | None = None,
) -> Scores:
    """Score predictions; `reference` are the seasonal naive's, `scale` is seasonal_scale's."""
    error = mae(truth, predicted)
    return Scores(
        points=int(np.count_nonzero(~np.isnan(truth - predicted))),
        mae=error,
        rmse=rmse(truth, predicted),
        mase=ratio(error, scale),
        pinball=mean_pinball(truth, predicted, bounds),
        wql=wql(truth, predicted, bounds),
        skill=None if reference is None else skill(truth, predicted, reference),
        coverage={f"{each.level:g}": coverage(truth, each) for each in bounds},
    )


def mae(truth: Floats, predicted: Floats) -> float | None:
    return mean(np.abs(truth - predicted))


def rmse(truth: Floats, predicted: Floats) -> float | None:
    """Return the root of the mean squared error."""
    squared = mean((truth - predicted) ** 2)
    return None if squared is None else float(np.sqrt(squared))


def seasonal_scale(history: Floats, season: int) -> float | None:
    """Return the seasonal naive's mean absolute error within an even history.

    `season` is in steps. Source: Hyndman and Koehler, 2006. None when the history is too short,
    or repeats itself exactly.
    """
    if len(history) <= season:
        return None
    return mean(np.abs(history[season:] - history[:-season])) or None


def mase(truth: Floats, predicted: Floats, scale: float | None) -> float | None:
    """Return the mean absolute error relative to a seasonal scale."""
    return ratio(mae(truth, predicted), scale)


def pinball(truth: Floats, predicted: Floats, quantile: float) -> float | None:
    """Return the mean pinball loss of predictions of one quantile, between 0 and 1."""
    over = truth - predicted
    return mean(np.maximum(quantile * over, (quantile - 1) * over))


def mean_pinball(truth: Floats, predicted: Floats, bounds: Sequence[Bounds]) -> float | None:
    """Return the mean pinball loss over the median and the quantiles that bound intervals."""
    losses = [pinball(truth, predicted, 0.5)]
    for each in bounds:
        tail = (1 - each.level / 100) / 2
        losses += [pinball(truth, each.lower, tail), pinball(truth, each.upper, 1 - tail)]
    known = [loss for loss in losses if loss is not None]
    return float(np.mean(known)) if len(known) == len(losses) else None


def wql(truth: Floats, predicted: Floats, bounds: Sequence[Bounds]) -> float | None:
    """Return the weighted quantile loss: twice the mean pinball loss per mean size of truth.

    Source: Park et al., 2022 (scaled CRPS); without bounds it is the weighted absolute error.
    """
    loss = mean_pinball(truth, predicted, bounds)
    return ratio(None if loss is None else 2 * loss, mean(np.abs(truth)))


def coverage(truth: Floats, bounds: Bounds) -> float | None:
    """Return the percentage of truths within bounds, edges included."""
    known = ~np.isnan(truth) & ~np.isnan(bounds.lower) & ~np.isnan(bounds.upper)
    inside = (truth >= bounds.lower) & (truth <= bounds.upper)
    return float(100 * inside[known].mean()) if known.any() else None


def skill(truth: Floats, predicted: Floats, reference: Floats) -> float | None:
    """Return the share of a reference's absolute error that is avoided, on common points."""
    both = ~np.isnan(truth - predicted) & ~np.isnan(truth - reference)
    share = ratio(mae(truth[both], predicted[both]), mae(truth[both], reference[both]))
    return None if share is None else 1 - share


def mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def ratio(value: float | None, scale: float | None) -> float | None:
    """Return a value relative to a scale, if both are there and the scale is not zero."""
    return None if value is None or not scale else value / scale
