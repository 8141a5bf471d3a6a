"""The exact likelihood of a seasonal ARIMA, by statsmodels, begun where least squares ended."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.sarimax import SARIMAX

from jobs.forecasting.polynomials import Form
from jobs.forecasting.prepare import Floats

ITERATIONS = 15


@dataclass(frozen=True)
class Likeliest:
    """Parameters, and how the search for them ended."""

    parameters: Floats
    converged: bool
    iterations: int


def likeliest(errors: Floats, form: Form, start: Floats) -> Likeliest:
    """Return the likeliest natural parameters of errors (n,), NaN at gaps."""
    season = form.season if any(form.seasonal) else 0
    with quietly():
        model = SARIMAX(
            errors / (np.nanstd(errors) or 1.0),
            order=form.order,
            seasonal_order=(*form.seasonal, season),
            simple_differencing=True,
            concentrate_scale=True,
        )
        # Parameters on the border of the stable region have no finite image to start from.
        result = model.fit(start_params=0.98 * start, disp=0, maxiter=ITERATIONS)
    search = result.mle_retvals
    found = np.asarray(result.params, dtype=np.float64)
    usable = bool(np.isfinite(found).all())
    return Likeliest(
        found if usable else start, usable and bool(search["converged"]), int(search["iterations"])
    )


@contextmanager
def quietly() -> Iterator[None]:
    """Silence what the search says on its way: whoever calls reads how it ended."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Non-(stationary|invertible) starting")
        yield
