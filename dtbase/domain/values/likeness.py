"""Stretches of a series that look like one: by the distance of their shapes.

Shapes are compared z-normalised, each less its mean and by its standard deviation, so that it does
not count how high or how large something is. All distances at once come of one convolution
(Mueen's algorithm for similarity search, MASS, 2015).
"""

from datetime import datetime
from typing import NamedTuple

import numpy as np
from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.columns import Numbers
from dtbase.domain.timeranges import AwareTime
from dtbase.domain.values.periods import Trace

FLAT = 1e-6
"""What differs no more than this from its mean, by its size, has no shape."""

SHORTEST = 4
LONGEST = 10_000
"""How many values a shape has."""

MOST_LIKES = 100


class LikesQuery(Frozen):
    """Which stretch of a series to find the likes of; ranges are half-open, [start, end)."""

    series: str = Field(max_length=201, pattern=r"^[^\x00]*$", examples=["EWR/temperature"])
    start: AwareTime = Field(description="where the stretch begins")
    end: AwareTime = Field(description="and where it ends")
    bucket: str = Field(
        "auto",
        max_length=10,
        pattern=r"^[^\x00]*$",
        description="what is compared: the means of auto, the series' own cadence, or of 10m, 1h …",
    )
    search_start: AwareTime | None = Field(None, description="by default the first reading")
    search_end: AwareTime | None = Field(None, description="by default now")
    limit: int = Field(10, ge=1, le=MOST_LIKES)


class Like(Frozen):
    """A stretch that looks like the one that was marked."""

    rank: int
    start: datetime
    end: datetime
    distance: float = Field(description="Of the shapes, 0 is the same; the least comes first.")
    correlation: float = Field(description="From -1 to 1, which is the same shape.")
    trace: Trace


class LikesAnswer(Frozen):
    """The likes of a stretch, the closest first; none of them lies over it or another one."""

    series: str
    unit: str | None
    bucket: str
    start: datetime
    end: datetime
    compared: int = Field(description="With how many stretches it was compared.")
    wanted: Trace
    likes: list[Like]


class Near(NamedTuple):
    """A stretch by its first place, and how far it is."""

    place: int
    distance: float


def distances(values: Numbers, wanted: Numbers) -> Numbers:
    """Return how far each stretch of a series is from a shape; infinite where it has gaps or none.

    They are of the same length; the squared distance is 2 m (1 - correlation).
    """
    m, n = len(wanted), len(values)
    known = ~np.isnan(values)
    middle = values[known].mean() if known.any() else 0.0
    filled = np.where(known, values - middle, 0.0)
    shape = (wanted - wanted.mean()) / wanted.std()
    size = 1 << (n + m - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(filled, size) * np.fft.rfft(shape[::-1], size), size)
    dots = products[m - 1 : n]
    means, deviations = moving(filled, m)
    gaps = np.cumsum(np.concatenate([[0], ~known]))
    whole = gaps[m:] == gaps[:-m]
    usable = whole & (deviations > FLAT * (np.abs(means + middle) + deviations.max(initial=0.0)))
    correlation = np.full(n - m + 1, -np.inf)
    correlation[usable] = dots[usable] / (m * deviations[usable])
    far: Numbers = np.sqrt(np.maximum(2 * m * (1 - np.minimum(correlation, 1.0)), 0.0))
    return far


def moving(values: Numbers, m: int) -> tuple[Numbers, Numbers]:
    """Return the means and standard deviations of all stretches of one length."""
    exact = values.astype(np.longdouble)
    sums, squares = (
        np.cumsum(np.concatenate([[0.0], each]), dtype=np.longdouble) for each in (exact, exact**2)
    )
    means = (sums[m:] - sums[:-m]) / m
    variances = (squares[m:] - squares[:-m]) / m - means**2
    return means.astype(float), np.sqrt(np.maximum(variances, 0)).astype(float)


def nearest(far: Numbers, taken: int, m: int, limit: int) -> list[Near]:
    """Return the least distances whose stretches lie apart from each other and from the shape."""
    left = far.copy()
    left[max(0, taken - m + 1) : taken + m] = np.inf
    found: list[Near] = []
    while len(found) < limit and len(left):
        place = int(left.argmin())
        if not np.isfinite(left[place]):
            break
        found.append(Near(place, float(left[place])))
        left[max(0, place - m + 1) : place + m] = np.inf
    return found
