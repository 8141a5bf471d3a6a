"""Series that forecasts are tried on: made ones, of known nature, that end at one moment."""

from datetime import UTC, datetime

import numpy as np
from scipy.signal import lfilter

from jobs.forecasting.outcome import Outcome
from jobs.forecasting.prepare import DAY, Floats
from jobs.forecasting.registry import FORECASTERS

HOUR = 3600.0
END = datetime(2026, 11, 23, 12, 10, tzinfo=UTC)
LAST = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()


def every(seconds: float, count: int) -> Floats:
    """Return so many times, the last one at noon."""
    return LAST - seconds * np.arange(count - 1, -1, -1, dtype=np.float64)


def hours(count: int) -> Floats:
    return every(HOUR, count)


def daily(times: Floats, noise: float = 0.5, seed: int = 1) -> Floats:
    """Return a day's cycle around 10, with noise."""
    random = np.random.default_rng(seed)
    wave = 10 + 5 * np.sin(2 * np.pi * times / DAY)
    return np.asarray(wave + noise * random.standard_normal(len(times)))


def lasting(count: int, memory: float, seed: int = 1) -> Floats:
    """Return noise of unit variance that remembers the share `memory` of itself each step."""
    shocks = np.random.default_rng(seed).standard_normal(count + 500)
    return np.asarray(lfilter([np.sqrt(1 - memory**2)], [1, -memory], shocks)[500:])


def forecast(
    times: object, values: object, horizon: int = 48, model: str = "pool", **options: object
) -> Outcome:
    """Forecast by a model, ten minutes after the last reading."""
    forecaster = FORECASTERS[model]
    chosen = forecaster.options.model_validate(options)
    return forecaster(times, values, horizon, END, chosen)  # type: ignore[arg-type]


def values_of(outcome: Outcome) -> Floats:
    """Return what was predicted."""
    assert outcome.forecast is not None, outcome.diagnostics.reason
    return np.array(outcome.forecast.values)


def times_of(outcome: Outcome) -> Floats:
    """Return when, in epoch seconds."""
    assert outcome.forecast is not None
    return np.array([time.timestamp() for time in outcome.forecast.times])


def bounds_of(outcome: Outcome, level: float) -> tuple[Floats, Floats]:
    """Return the bounds of a level."""
    assert outcome.forecast is not None
    (found,) = (each for each in outcome.forecast.intervals if each.level == level)
    return np.array(found.lower), np.array(found.upper)
