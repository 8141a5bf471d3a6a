"""Combining candidates by how far off each one was, per block of lead times."""

from dataclasses import dataclass

import numpy as np

from jobs.forecasting.leads import Block
from jobs.forecasting.prepare import Floats
from jobs.forecasting.view import Ints

POWER = 8.0
WORST = 1.2
"""A candidate whose error is this many times the best one's has no say."""

FOLDS = 5


@dataclass(frozen=True)
class Combined:
    """Paths (o, leads) of the combination, and each candidate's final weights (c, blocks)."""

    paths: Floats
    weights: Floats


def combine(paths: Floats, truth: Floats, blocks: tuple[Block, ...]) -> Combined:
    """Weigh candidates' paths (c, o, leads) by their errors against the truth (o, leads).

    The last origin's path gets the weights that all others teach. The others' paths get those
    that other fifths of the backtest teach, so that no path is judged by its own errors.
    """
    errors = np.abs(truth[None, :-1] - paths[:, :-1])
    folds = folds_of(errors.shape[1])
    sums, counts = by_fold(errors, folds, blocks)
    result = np.empty_like(truth)
    for fold in range(FOLDS):
        others = np.arange(FOLDS) != fold
        own = np.flatnonzero(folds == fold)
        weights = weigh(sums[:, others].sum(axis=1), counts[others].sum(axis=0))
        result[own] = mixed(paths[:, own], weights, blocks)
    final = weigh(sums.sum(axis=1), counts.sum(axis=0))
    result[-1:] = mixed(paths[:, -1:], final, blocks)
    return Combined(result, final)


def folds_of(origins: int) -> Ints:
    """Divide origins into consecutive fifths, (o,)."""
    return np.asarray(np.arange(origins) * FOLDS // max(origins, 1), dtype=np.int64)


def by_fold(errors: Floats, folds: Ints, blocks: tuple[Block, ...]) -> tuple[Floats, Floats]:
    """Sum absolute errors, (c, folds, blocks), and count the truths, (folds, blocks)."""
    known = ~np.isnan(errors[0])
    sums = np.zeros((len(errors), FOLDS, len(blocks)))
    counts = np.zeros((FOLDS, len(blocks)))
    for place, block in enumerate(blocks):
        per_origin = np.nansum(errors[:, :, block.places], axis=2)
        truths = known[:, block.places].sum(axis=1)
        counts[:, place] = np.bincount(folds, weights=truths, minlength=FOLDS)
        for candidate, each in enumerate(per_origin):
            sums[candidate, :, place] = np.bincount(folds, weights=each, minlength=FOLDS)
    return sums, counts


def weigh(sums: Floats, counts: Floats) -> Floats:
    """Return weights (c, blocks) from sums of errors (c, blocks); equal where nothing is known."""
    means = sums / np.maximum(counts, 1)
    best = means.min(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(means > 0, (best / means) ** POWER, means == best)
    shares = np.where(means <= WORST * best, shares, 0.0)
    return np.asarray(shares / shares.sum(axis=0))


def mixed(paths: Floats, weights: Floats, blocks: tuple[Block, ...]) -> Floats:
    """Mix paths (c, o, leads) by weights (c, blocks) to (o, leads)."""
    lengths = [block.last - block.first for block in blocks]
    return np.asarray(np.einsum("col,cl->ol", paths, np.repeat(weights, lengths, axis=1)))
