"""One interface for every family of models: roll forecasts out of many origins at once."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from jobs.forecasting.outcome import Share
from jobs.forecasting.prepare import Floats
from jobs.forecasting.view import View


class CannotFit(Exception):
    """The series gives a family too little to go on; the reason is a sentence."""


UNFIT = (CannotFit, ValueError, ArithmeticError, np.linalg.LinAlgError)
"""What a family may raise where a series is beyond it."""


@dataclass(frozen=True)
class Fitted:
    """Paths (o, leads) from each origin of a view, the last one being the forecast, and how."""

    paths: Floats
    method: str
    converged: bool = True
    iterations: int | None = None
    parameters: tuple[float, ...] = ()
    weights: tuple[Share, ...] = ()


class Family(Protocol):
    """Forecast from every origin of a view, from nothing but what was known there.

    `options` are of the family's own class. Raises CannotFit.
    """

    def __call__(self, view: View, options: Any) -> Fitted:
        """Roll out."""
