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
HOUR = 3600.0
MEDIAN_WIDTH = 25
FAULT_DEVIATIONS = 12.0
MOST_FAULTS = 1 / 200
"""What happens more often is how the series behaves."""

NEWEST = 200
"""Distances that tell the present cadence, which may have changed."""

FEWEST_FILLED = 0.35
MOST_BINS = 8640
MOST_LEADS = 400
DAYS_TO_LEARN = 21.0


@dataclass(frozen=True)
class Grid:
    """A series on an even grid: `raw` as measured, `values` mended; both are NaN at gaps.

    `start` is the epoch second of the first bin's left edge, `step` the seconds of a bin,
    `faulty` tells which bins were read but are taken for faults, `faults` how many they were.
    """

    start: float
    step: float
    raw: Floats
    values: Floats
    faulty: NDArray[np.bool_]
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


@dataclass(frozen=True)
class Ticks:
    """When a series is read: every `cadence` seconds, `phase` seconds after whole ones."""

    cadence: float
    phase: float

    def after(self, moment: float, count: int) -> Floats:
        """Return the first ticks after a moment, as epoch seconds."""
        first = np.floor((moment - self.phase) / self.cadence + 1e-9) + 1
        return np.asarray(self.phase + self.cadence * (first + np.arange(count)))


def season_of(step: float) -> int:
    """Return the bins of the shortest cycle: a day, or a week where bins are days."""
    return round(DAY / step) if step < DAY else 7


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


def ticks_of(times: Floats) -> Ticks:
    """Return when a series is read at present: cadence and phase of its newest readings.

    Readings that come at any time within the cadence have no phase.
    """
    newest = times[-NEWEST:]
    own = cadence(newest)
    turns = np.exp(2j * np.pi * (newest % own) / own).mean() if len(newest) else 0.0
    if abs(turns) < 0.5:  # noqa: PLR2004 - half of full agreement
        return Ticks(own, 0.0)
    grain = max(own / 60, 1.0)
    share = float(np.angle(turns)) / (2 * np.pi) % 1.0
    return Ticks(own, round(share * own / grain) * grain % own)


def step_for(times: Floats, ticks: Ticks, ahead: float) -> float:
    """Return the seconds of a bin: the cadence, or coarser.

    Coarser where three weeks of the cadence are too many bins, where the `ahead` seconds to
    forecast are, or where most bins would be empty because readings used to come less often.
    """
    usable = CADENCES[(ticks.cadence <= CADENCES) & (CADENCES % ticks.cadence == 0)]
    span = times[-1] - times[0] + ticks.cadence
    for step in usable:
        filled = (np.count_nonzero(np.diff(times // step)) + 1) * step / span
        fits = min(span, DAYS_TO_LEARN * DAY) / step <= MOST_BINS
        if fits and ahead / step <= MOST_LEADS and filled >= FEWEST_FILLED:
            return float(step)
    return max(HOUR, ticks.cadence)


def regularise(
    times: Floats, values: Floats, ticks: Ticks, step: float, *, faults_too: bool = True
) -> Grid:
    """Average readings (ascending epoch seconds) in bins of `step` seconds and mend them.

    A bin holds the readings nearest to its ticks. Faults count as missing; gaps up to three
    bins (or an hour) are interpolated, longer ones stay NaN. Only the newest bins are kept.
    """
    left = ticks.phase - ticks.cadence / 2
    bins = np.floor((times - left) / step).astype(np.int64)
    first = max(int(bins[0]), int(bins[-1]) - MOST_BINS + 1)
    kept = bins >= first
    raw = binned(bins[kept] - first, values[kept])
    faulty = faults(raw) if faults_too else np.zeros(len(raw), dtype=np.bool_)
    mended = fill_short_gaps(np.where(faulty, np.nan, raw), max(3, int(HOUR // step)))
    return Grid(left + first * step, step, raw, mended, faulty, int(faulty.sum()))


def binned(bins: NDArray[np.int64], values: Floats) -> Floats:
    """Return the mean of each bin; NaN where it is empty."""
    counts = np.bincount(bins)
    means = np.full(len(counts), np.nan)
    np.divide(np.bincount(bins, weights=values), counts, out=means, where=counts > 0)
    return means


def spread_within(times: Floats, values: Floats, ticks: Ticks, step: float) -> float:
    """Return the standard deviation of readings around the mean of their bin; faults do not count.

    It is zero where a bin holds one reading.
    """
    if step <= ticks.cadence:
        return 0.0
    bins = np.floor((times - ticks.phase + ticks.cadence / 2) / step).astype(np.int64)
    bins -= bins[0]
    apart = np.abs(values - binned(bins, values)[bins])
    return float(1.4826 * np.median(apart))


def faults(values: Floats) -> NDArray[np.bool_]:
    """Tell which values stand beyond 12 robust standard deviations of a rolling median.

    More than three, and more than one in two hundred, are no faults but the series' own way.
    """
    deviation = np.abs(np.nan_to_num(values - rolling_median(values)))
    spread = 1.4826 * float(np.median(deviation[~np.isnan(values)]))
    if not spread > 0:
        return np.zeros(len(values), dtype=np.bool_)
    beyond = deviation > FAULT_DEVIATIONS * spread
    few = beyond.sum() <= max(3, MOST_FAULTS * len(values))
    return beyond if few else np.zeros_like(beyond)


def rolling_median(values: Floats) -> Floats:
    """Return the centred median of 25 values, gaps interpolated and edges mirrored."""
    known = np.flatnonzero(~np.isnan(values))
    whole = np.interp(np.arange(len(values)), known, values[known])
    padded = np.pad(whole, MEDIAN_WIDTH // 2, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_WIDTH)
    return np.asarray(np.median(windows, axis=1))


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
