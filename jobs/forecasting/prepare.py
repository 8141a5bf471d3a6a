"""From raw readings to an even grid: cadence, bins, faults, short gaps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CADENCES = np.array(
    [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400],
    dtype=np.float64,
)
"""Seconds between readings that people configure."""

DAY = 86_400.0
MEDIAN_WIDTH = 25
FAULT_DEVIATIONS = 12.0


@dataclass(frozen=True)
class Grid:
    """A series on an even grid: `raw` as measured, `values` mended; both are NaN at gaps.

    `start` is the epoch second of the first bin's left edge, `step` the seconds of a bin.
    """

    start: float
    step: float
    raw: Floats
    values: Floats
    faults: int

    @property
    def end(self) -> float:
        """Return the epoch second at which the last bin ends."""
        return self.start + self.step * len(self.raw)

    @property
    def days(self) -> float:
        """Return how many days the grid spans."""
        return len(self.raw) * self.step / DAY

    @property
    def gaps(self) -> float:
        """Return the share of bins without a reading."""
        return float(np.isnan(self.raw).mean())

    @property
    def per_day(self) -> int:
        """Return how many bins make a day."""
        return max(1, round(DAY / self.step))


def cadence(times: Floats) -> float:
    """Return the usual seconds between readings; `times` are ascending epoch seconds.

    Each distance counts for the configured cadence that it is nearest to (as a ratio), so
    jitter and missing readings do not matter; a tie goes to the finer cadence.
    """
    distances = np.diff(times)
    distances = distances[distances > 0]
    if len(distances) == 0:
        return DAY
    logs = np.log(CADENCES)
    nearest = np.abs(np.log(distances)[:, None] - logs[None, :]).argmin(axis=1)
    return float(CADENCES[np.bincount(nearest, minlength=len(CADENCES)).argmax()])


def regularise(times: Floats, values: Floats, step: float) -> Grid:
    """Average readings (ascending epoch seconds) in bins of `step` seconds and mend them.

    Faults count as missing; gaps up to three bins (or an hour) are interpolated, longer
    ones stay NaN.
    """
    start = float(np.floor(times[0] / step) * step)
    bins = ((times - start) // step).astype(np.int64)
    counts = np.bincount(bins)
    with np.errstate(invalid="ignore"):
        raw = np.bincount(bins, weights=values) / counts
    raw[counts == 0] = np.nan
    faulty = faults(raw)
    mended = fill_short_gaps(np.where(faulty, np.nan, raw), max(3, int(3600 // step)))
    return Grid(start=start, step=step, raw=raw, values=mended, faults=int(faulty.sum()))


def faults(values: Floats) -> NDArray[np.bool_]:
    """Tell which values stand beyond 12 robust standard deviations of a rolling median."""
    deviation = values - rolling_median(values)
    spread = 1.4826 * float(np.nanmedian(np.abs(deviation)))
    if not spread > 0:
        return np.zeros(len(values), dtype=np.bool_)
    return np.abs(np.nan_to_num(deviation)) > FAULT_DEVIATIONS * spread


def rolling_median(values: Floats) -> Floats:
    """Return the centred median of 25 values; NaN where a window holds no value."""
    half = MEDIAN_WIDTH // 2
    padded = np.pad(values, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_WIDTH)
    medians = np.full(len(values), np.nan)
    some = ~np.isnan(windows).all(axis=1)
    medians[some] = np.nanmedian(windows[some], axis=1)
    return medians


def fill_short_gaps(values: Floats, limit: int) -> Floats:
    """Interpolate linearly over runs of at most `limit` NaNs between values."""
    missing = np.isnan(values)
    if not missing.any() or missing.all():
        return values
    positions = np.arange(len(values))
    known = positions[~missing]
    filled = np.interp(positions, known, values[~missing], left=np.nan, right=np.nan)
    return np.where(missing & (gap_lengths(missing) > limit), np.nan, filled)


def gap_lengths(missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each place how long the run of missing places around it is (0 if none)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False])).astype(np.int8)))
    lengths = np.zeros(len(missing), dtype=np.int64)
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        lengths[begin:end] = end - begin
    return lengths
