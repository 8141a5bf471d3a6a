"""What a forecast was asked for and what came of it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.runs import Forecast

Lags = Annotated[int, Field(ge=0, le=6)]
Differences = Annotated[int, Field(ge=0, le=2)]
Level = Annotated[float, Field(gt=0, lt=100)]


class Options(Frozen):
    """What a run's parameters may choose; every one has a sensible default."""

    order: tuple[Lags, Differences, Lags] = Field(default=(3, 0, 0), description="ARIMA's p, d, q.")
    daily: int = Field(default=4, ge=0, le=12, description="Harmonics of the day.")
    weekly: int = Field(default=2, ge=0, le=12, description="Harmonics of the week.")
    window_days: float = Field(default=60, ge=2, le=730, description="History to learn from.")
    levels: tuple[Level, ...] = Field(default=(80, 95), description="Intervals, in percent.")
    minimum: float | None = Field(default=None, description="No value can be below this.")
    maximum: float | None = Field(default=None, description="No value can be above this.")


class Status(StrEnum):
    """How a forecast came out."""

    OK = "ok"
    FALLBACK = "fallback"
    INSUFFICIENT_DATA = "insufficient-data"
    CONSTANT = "constant"
    STALE = "stale"
    FAILED = "failed"


class Scores(Frozen):
    """How good the method was on the last weeks, forecast as if they had not been seen.

    Errors are in the measure's unit; `mase` is relative to the error of yesterday's values over
    the training window; `skill` is the gain on the seasonal naive over the same origins (1 is
    perfect, 0 no better); `coverage` is the percentage found inside each level's interval.
    """

    origins: int
    days: float
    mae: float
    rmse: float
    mase: float | None
    skill: float | None
    coverage: dict[str, float | None]


class Diagnostics(Frozen):
    """How a forecast was made, for whoever wants to trust it."""

    status: Status
    reason: str | None = None
    method: str | None = None
    cadence: float | None = None
    step: float | None = None
    window_start: str | None = None
    window_end: str | None = None
    readings: int = 0
    gaps: float | None = None
    faults: int = 0
    converged: bool | None = None
    iterations: int | None = None
    parameters: tuple[float, ...] = ()
    backtest: Scores | None = None
    seconds: float = 0.0


class Outcome(Frozen):
    """A forecast, unless the status says why there is none."""

    forecast: Forecast | None
    diagnostics: Diagnostics
