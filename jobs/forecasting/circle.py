"""What is forecast: a value on a line, or a direction on the circle by its two components."""

from collections.abc import Sequence

import numpy as np

from jobs.forecasting.prepare import Floats

CIRCLE = 360.0


def components(values: Floats, circular: bool) -> list[Floats]:
    """Return the series to forecast: the values, or cosine and sine of directions in degrees."""
    if not circular:
        return [values]
    angles = np.deg2rad(values)
    return [np.cos(angles), np.sin(angles)]


def joined(parts: Sequence[Floats]) -> Floats:
    """Return values from components of one shape; directions are in [0, 360)."""
    if len(parts) == 1:
        return parts[0]
    return np.asarray(np.rad2deg(np.arctan2(parts[1], parts[0])) % CIRCLE)


def distances(truth: Floats, predicted: Floats, circular: bool) -> Floats:
    """Return truth minus prediction; on the circle the short way, in [-180, 180)."""
    difference = truth - predicted
    if not circular:
        return difference
    return np.asarray((difference + CIRCLE / 2) % CIRCLE - CIRCLE / 2)
