"""Outliers: readings far from all others, as a sensor sends that knows nothing.

Judged by the values alone, since nobody may have set a rule: a few values far beyond the range of
the others, most often one and the same. What comes again and again is how the series behaves, such
as a heater that is mostly off, and so is what holds now; unless it is a number that loggers are
known to write.
"""

import numpy as np
from numpy.typing import NDArray

from jobs.forecasting.prepare import Floats

Mask = NDArray[np.bool_]

FEWEST = 24
QUARTILE_REACH = 3.0
FAR_KNOWN = 1.0
FAR_ALIKE = 1.5
FAR_UNLIKE = 20.0
"""How many ranges of the others lie between: of known numbers, of one repeated, of several."""

MOST_ALIKE = 0.1
MOST_UNLIKE = 0.05
MOST_KNOWN = 0.4
FEW_VALUES = 2
RECURRING = 1 / 48
"""So many separate stretches for each reading are a habit: one every other day of hours."""

KNOWN_BELOW = np.array(
    [-9999999, -999999, -99999, -32768, -9999.9, -9999, -3276.8, -999.9, -999, -127, -1e20]
)
KNOWN_ABOVE = np.array(
    [85, 3276.7, 6553.5, 9999, 32767, 65535, 99999, 999999, 9999999, 1e20, 9.969209968386869e36]
)
KNOWN = np.concatenate((KNOWN_BELOW, KNOWN_ABOVE))
"""What loggers and sensors write where they know nothing."""

CIRCLE_REACH = 360.0


def outliers(values: Floats, *, circular: bool = False) -> Mask:
    """Tell which values, in order of time, most likely stand for nothing."""
    none = np.zeros(len(values), dtype=bool)
    if circular:
        return (values < -CIRCLE_REACH) | (values > 2 * CIRCLE_REACH)
    if len(values) < FEWEST:
        return none
    none |= never_negative(values)
    low, high = usual_range(values[~none])
    width = high - low
    for beyond, gap in (
        (values < low, low - values[values < low].max(initial=-np.inf)),
        (values > high, values[values > high].min(initial=np.inf) - high),
    ):
        if beyond.any() and is_none(values, beyond, gap, width):
            none |= beyond
    return none


def never_negative(values: Floats) -> Mask:
    """Tell which are known numbers below zero where no other value is."""
    known = np.isin(values, KNOWN_BELOW)
    others = values[~known]
    meant = not len(others) or others.min() < 0 or known.mean() > MOST_KNOWN
    return np.zeros(len(values), dtype=bool) if meant else known


def usual_range(values: Floats) -> tuple[float, float]:
    """Return between which values all lie that hang together with the middle half."""
    first, third = np.quantile(values, (0.25, 0.75))
    reach = QUARTILE_REACH * (third - first)
    if reach == 0:  # mostly one value: only numbers that are known can be told from the others
        others = values[~np.isin(values, KNOWN)]
        return (others.min(), others.max()) if len(others) else (values.min(), values.max())
    ordered = np.sort(values)
    low = int(np.searchsorted(ordered, first - reach))
    high = int(np.searchsorted(ordered, third + reach, side="right")) - 1
    while low > 0 or high < len(ordered) - 1:
        width = ordered[high] - ordered[low]
        below = ordered[low] - ordered[low - 1] if low > 0 else np.inf
        above = ordered[high + 1] - ordered[high] if high < len(ordered) - 1 else np.inf
        if min(below, above) > width:
            break
        low, high = (low - 1, high) if below <= above else (low, high + 1)
    return float(ordered[low]), float(ordered[high])


def is_none(values: Floats, beyond: Mask, gap: float, width: float) -> bool:
    """Tell whether the values beyond all others stand for nothing."""
    found = np.unique(values[beyond])
    share = float(beyond.mean())
    if np.isin(found, KNOWN).all():
        return gap > FAR_KNOWN * width and share <= MOST_KNOWN
    stretches = int(np.count_nonzero(np.diff(beyond.astype(np.int8), prepend=0) == 1))
    habit = stretches > max(3, RECURRING * len(values))
    if width == 0 or habit or beyond[-1] or 0 in found:  # what is so now, or off, may well be so
        return False
    if len(found) <= FEW_VALUES:
        return gap > FAR_ALIKE * width and share <= MOST_ALIKE
    return gap > FAR_UNLIKE * width and share <= MOST_UNLIKE
