"""The lag polynomials of a seasonal ARIMA, and their parameters in two forms.

Natural parameters are the coefficients (ar, ma, seasonal ar, seasonal ma); free ones may be any
numbers and always give a stationary and invertible model. Source: Monahan, 1984.

What statsmodels and scipy.signal have of this is held against it by tests; to import them would
take three seconds and 80 MB of every worker.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_banded

from jobs.forecasting.prepare import Floats


@dataclass(frozen=True)
class Form:
    """The order (p, d, q), the seasonal order (P, D, Q), and the bins of a season."""

    order: tuple[int, int, int]
    seasonal: tuple[int, int, int]
    season: int

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Return how many parameters each polynomial has: ar, ma, seasonal ar, seasonal ma."""
        return self.order[0], self.order[2], self.seasonal[0], self.seasonal[2]

    @property
    def size(self) -> int:
        """Return how many parameters there are."""
        return sum(self.sizes)

    @property
    def reach(self) -> int:
        """Return how many bins back the difference equation looks."""
        seasonal = self.season * (self.seasonal[0] + self.seasonal[1])
        return self.order[0] + self.order[1] + seasonal

    def expanded(self, natural: Floats) -> tuple[Floats, Floats]:
        """Return the polynomials of values, differences included, and of shocks, from lag 0."""
        ar, ma, seasonal_ar, seasonal_ma = split(natural, self)
        values = np.convolve(polynomial(-ar, 1), polynomial(-seasonal_ar, self.season))
        for _ in range(self.order[1]):
            values = np.convolve(values, [1.0, -1.0])
        for _ in range(self.seasonal[1]):
            values = np.convolve(values, polynomial(np.array([-1.0]), self.season))
        shocks = np.convolve(polynomial(ma, 1), polynomial(seasonal_ma, self.season))
        return values, shocks


def polynomial(coefficients: Floats, spacing: int) -> Floats:
    """Return 1 and coefficients at multiples of a spacing, from lag 0."""
    result = np.zeros(len(coefficients) * spacing + 1)
    result[0] = 1.0
    result[spacing::spacing] = coefficients
    return result


def split(parameters: Floats, form: Form) -> list[Floats]:
    return np.split(parameters, np.cumsum(form.sizes)[:-1])


def innovations(values: Floats, form: Form, natural: Floats) -> Floats:
    """Return the one-step shocks that values imply, as if all before the first had been zero."""
    weights, _ = form.expanded(natural)
    _, ma, _, seasonal_ma = split(natural, form)
    shocks = np.convolve(values, weights)[: len(values)]
    return without_seasonal(without_moving(shocks, ma), seasonal_ma, form.season)


def without_moving(values: Floats, coefficients: Floats) -> Floats:
    """Return the shocks of which values are a moving average."""
    count = len(coefficients)
    if not count:
        return values
    bands = np.ones((count + 1, len(values)))
    bands[1:] = coefficients[:, np.newaxis]
    return np.asarray(solve_banded((count, 0), bands, values, check_finite=False))


def without_seasonal(values: Floats, coefficients: Floats, season: int) -> Floats:
    """Return the shocks of which values are a moving average of whole seasons, one at a time."""
    if not len(coefficients):
        return values
    shocks = values.copy()
    for start in range(season, len(shocks), season):
        now = shocks[start : start + season]
        for back, coefficient in enumerate(coefficients, start=1):
            if start >= back * season:
                before = start - back * season
                now -= coefficient * shocks[before : before + len(now)]
    return shocks


def to_natural(free: Floats, form: Form) -> Floats:
    """Return the coefficients of free parameters; moving averages have the opposite sign."""
    return each(free, form, stationary)


def from_natural(natural: Floats, form: Form) -> Floats:
    """Return free parameters of coefficients."""
    return each(natural, form, unbounded)


def stationary(free: Floats) -> Floats:
    """Return the coefficients of a stationary autoregression, whatever the numbers are."""
    row = np.empty(0)
    for partial in free / np.hypot(1.0, free):
        row = np.append(row + partial * row[::-1], partial)
    return -row


def unbounded(coefficients: Floats) -> Floats:
    """Return the numbers of which coefficients are made."""
    row, partials = -coefficients, []
    while len(row):
        last, rest = row[-1], row[:-1]
        partials.append(last)
        row = (rest - last * rest[::-1]) / (1.0 - last * last)
    found = np.array(partials[::-1])
    return np.asarray(found / np.sqrt(1.0 - found * found))


def each(parameters: Floats, form: Form, change: Callable[[Floats], Floats]) -> Floats:
    """Change each polynomial's parameters."""
    signs = (1.0, -1.0, 1.0, -1.0)
    parts = [
        sign * np.asarray(change(sign * part)) if len(part) else part
        for sign, part in zip(signs, split(parameters, form), strict=True)
    ]
    return np.concatenate(parts)
