"""What is known of a series that is to be forecast, as models take it."""

from typing import NamedTuple

import numpy as np

from dtbase.domain.forecasts.effects import Asked, Change
from dtbase.domain.readings.columns import Columns
from dtbase.storage.registry.series import Resolved
from jobs.forecasting.prepare import Floats

MICROSECONDS = 1e6


class Known(NamedTuple):
    """Numbers in order of time; times are epoch seconds."""

    times: Floats
    values: Floats


class ForecastSpec(NamedTuple):
    """A series to forecast by a model, and what parameters ask for."""

    model: str
    target: Resolved
    asked: Asked
    horizon: int
    place: str | None = None
    """Where it was measured before, too, if a place's measure is to be forecast."""


def known_by(columns: Columns) -> Known:
    """Return what was read as models take it."""
    times = columns.times.astype(np.float64) / MICROSECONDS
    return Known(times, columns.values["value"].astype(np.float64))


def changed(known: Known, change: Change | None) -> Known:
    """Return values as a scenario has them."""
    if change is None:
        return known
    return Known(known.times, np.array([change.apply(value) for value in known.values.tolist()]))
