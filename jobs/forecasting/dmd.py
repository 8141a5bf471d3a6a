"""Higher-order dynamic mode decomposition: a linear map between windows of delayed values.

Source: Le Clainche and Vega, 2017. The windows are reduced by their singular vectors, the map
between reduced windows is found by least squares, and its growing modes are held still.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from jobs.forecasting.combine import FOLDS, folds_of
from jobs.forecasting.family import CannotFit, Fitted
from jobs.forecasting.outcome import Options
from jobs.forecasting.prepare import Floats
from jobs.forecasting.view import HOUR, Ints, View

MOST_DELAYS = 150
FEWEST_WINDOWS = 3


class DmdOptions(Options):
    """What a run of DMD may choose."""

    delays_hours: float = Field(default=50, ge=2, le=400, description="The length of a window.")
    rank: int = Field(default=24, ge=1, le=100, description="The most modes.")
    energy: float = Field(
        default=0.9999, gt=0.5, le=1, description="The share of variance that modes must hold."
    )


@dataclass(frozen=True)
class Modes:
    """What was learnt: the mean, singular vectors (delays, r), and the map's eigensystem."""

    mean: float
    vectors: Floats
    values: NDArray[np.complex128]
    shapes: NDArray[np.complex128]


def roll(view: View, options: DmdOptions) -> Fitted:
    """Learn modes on what came before each fifth of the backtest, and on everything."""
    delays = min(MOST_DELAYS, max(4, round(options.delays_hours * HOUR / view.grid.step)))
    if view.origins[0] < FEWEST_WINDOWS * delays:
        raise CannotFit(f"the history is shorter than {FEWEST_WINDOWS} windows of {delays} bins")
    paths = np.empty(view.ahead.shape)
    past = len(view.origins) - 1
    groups = [np.flatnonzero(folds_of(past) == fold) for fold in range(FOLDS)]
    modes = None
    for group in [*(each for each in groups if len(each)), np.array([past])]:
        modes = learn(view.filled[: view.origins[group[0]] + 1], delays, options)
        paths[group] = ahead(view, modes, delays, group)
    assert modes is not None
    return Fitted(
        paths=paths,
        method=f"higher-order DMD, {len(modes.values)} modes of {delays} delays",
        parameters=tuple(
            float(part) for value in modes.values for part in (value.real, value.imag)
        ),
    )


def windows_of(values: Floats, delays: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(values, delays).T


def learn(values: Floats, delays: int, options: DmdOptions) -> Modes:
    """Decompose a history."""
    mean = float(values.mean())
    windows = windows_of(values - mean, delays)
    squares, vectors = np.linalg.eigh(windows @ windows.T)
    order = np.argsort(squares)[::-1]
    held = np.cumsum(squares[order]) / max(float(squares.sum()), 1e-300)
    rank = min(options.rank, int(np.searchsorted(held, options.energy)) + 1, delays)
    basis = vectors[:, order[:rank]]
    reduced = basis.T @ windows
    step = np.linalg.lstsq(reduced[:, :-1].T, reduced[:, 1:].T, rcond=1e-10)[0].T
    found, shapes = np.linalg.eig(step)
    return Modes(mean, basis, found / np.maximum(np.abs(found), 1.0), shapes)


def ahead(view: View, modes: Modes, delays: int, origins: Ints) -> Floats:
    """Advance the newest window of some origins, (origins, leads)."""
    windows = windows_of(view.filled - modes.mean, delays)
    now = modes.vectors.T @ windows[:, view.origins[origins] + 1 - delays]
    amplitudes = np.linalg.lstsq(modes.shapes, now.astype(np.complex128), rcond=None)[0]
    powers = modes.values[:, None] ** np.arange(1, view.leads + 1)[None, :]
    seen = modes.vectors[-1] @ modes.shapes
    return np.asarray(modes.mean + ((seen[:, None] * amplitudes).T @ powers).real)
