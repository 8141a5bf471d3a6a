"""Readings that can be forecast, or the status and the sentence that say why they cannot."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from jobs.forecasting.outcome import Diagnostics, Options, Outcome, Status
from jobs.forecasting.outliers import outliers
from jobs.forecasting.prepare import DAY, Floats, Ticks, ticks_of

FEWEST_DAYS = 2.0
FEWEST_READINGS = 24
FEWEST_OF_DAYS = 14
MOST_DAYS_AHEAD = 14.0
FLAT_DAYS = 2.0
USUAL = 0.3


@dataclass(frozen=True)
class Readings:
    """Finite readings within the window, ascending, without outliers.

    `future` were dated after the issue; `outliers` are the values that were left out.
    """

    times: Floats
    values: Floats
    future: int
    outliers: Floats


class CannotForecast(Exception):
    """There is no forecast, and this is why."""

    def __init__(self, status: Status, reason: str, readings: int = 0) -> None:
        super().__init__(reason)
        self.status, self.reason, self.readings = status, reason, readings

    def outcome(self) -> Outcome:
        known = Diagnostics(status=self.status, reason=self.reason, readings=self.readings)
        return Outcome(forecast=None, diagnostics=known)


def numbers(values: object, what: str) -> Floats:
    """Return values as numbers; raises CannotForecast where they are texts or worse."""
    if isinstance(values, np.ndarray) and values.dtype == np.float64 and values.ndim == 1:
        return values
    if any(isinstance(value, str) for value in np.asarray(values, dtype=object).ravel().tolist()):
        raise CannotForecast(Status.FAILED, f"{what} are texts; only numbers can be forecast")
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 1:
        raise CannotForecast(Status.FAILED, f"{what} are not numbers, which alone can be forecast")
    return array


def usable(times: object, values: object, issued_at: datetime, options: Options) -> Readings:
    """Return the readings that count: finite, in the window, not after the issue."""
    when, what = numbers(times, "times"), numbers(values, "values")
    if when.shape != what.shape:
        raise CannotForecast(Status.FAILED, f"there are {len(when)} times and {len(what)} values")
    order = np.argsort(when, kind="stable") if (np.diff(when) < 0).any() else slice(None)
    when, what = when[order], what[order]
    age = issued_at.timestamp() - when
    finite: NDArray[np.bool_] = np.isfinite(what) & np.isfinite(when) & (np.abs(what) < 1e100)  # noqa: PLR2004
    kept = finite & (age >= 0) & (age < options.window_days * DAY)
    when, what = when[kept], what[kept]
    far = outliers(what, circular=options.circular)
    return Readings(when[~far], what[~far], int((age < 0).sum()), what[far])


def check(readings: Readings, ticks: Ticks, issued_at: datetime, options: Options) -> None:
    """Refuse a series that cannot be forecast."""
    times, values = readings.times, readings.values
    fewest = FEWEST_READINGS if ticks.cadence < DAY else FEWEST_OF_DAYS
    if len(times) < fewest or times[-1] - times[0] + ticks.cadence < FEWEST_DAYS * DAY:
        raise CannotForecast(
            Status.INSUFFICIENT_DATA, too_little(times, fewest, options), len(times)
        )
    silent = issued_at.timestamp() - times[-1]
    if silent > max(DAY, 3 * ticks.cadence):
        reason = f"the last reading is {silent / 3600:.0f} hours old, so a forecast would be stale"
        raise CannotForecast(Status.STALE, reason, len(times))
    if np.ptp(values) == 0:
        reason = f"every reading of the last {options.window_days:g} days is {values[0]:g}"
        raise CannotForecast(Status.CONSTANT, reason, len(times))


def too_little(times: Floats, fewest: int, options: Options) -> str:
    """Say how little there is to learn from."""
    days = (times[-1] - times[0]) / DAY if len(times) else 0.0
    return (
        f"{len(times)} readings over {days:.1f} days in the last {options.window_days:g} days; "
        f"a forecast needs at least {fewest} over {FEWEST_DAYS:g} days"
    )


def check_horizon(horizon: int, ticks: Ticks) -> None:
    """Refuse what is too far ahead, or not ahead at all."""
    days = horizon * ticks.cadence / DAY
    if horizon < 1 or days > MOST_DAYS_AHEAD:
        reason = f"{horizon} steps are {days:g} days; a forecast reaches up to 14 days ahead"
        raise CannotForecast(Status.FAILED, reason)


def notes_on(readings: Readings, ticks: Ticks, faults: int) -> list[str]:
    """Tell what is odd about readings that can be forecast all the same."""
    notes = []
    if readings.future:
        notes.append(f"{readings.future} readings dated after the issue were left out")
    if len(readings.outliers):
        shown = ", ".join(f"{each:g}" for each in kinds(readings.outliers))
        notes.append(f"left out as outliers: {len(readings.outliers)} ({shown})")
    if faults:
        notes.append(f"{faults} far outlying readings were taken for faults")
    earlier = readings.times[: len(readings.times) // 2]
    former = ticks_of(earlier).cadence if len(earlier) > FEWEST_READINGS else ticks.cadence
    if former != ticks.cadence:
        notes.append(f"readings came every {former:g} s and now come every {ticks.cadence:g} s")
    if is_stuck(readings):
        value = readings.values[-1]
        notes.append(f"every reading of the last two days is {value:g}: is the sensor stuck?")
    return notes


def kinds(values: Floats) -> list[float]:
    """Return the most frequent values, three at most."""
    found, counts = np.unique(values, return_counts=True)
    return [float(each) for each in found[np.argsort(-counts, kind="stable")][:3]]


def is_stuck(readings: Readings) -> bool:
    """Tell whether two days show one value that was rare before: in rain, 0 is not."""
    late = readings.times > readings.times[-1] - FLAT_DAYS * DAY
    newest, before = readings.values[late], readings.values[~late]
    if len(newest) < FEWEST_READINGS or len(before) == 0 or np.ptp(newest) > 0:
        return False
    return bool((before == newest[-1]).mean() < USUAL)
