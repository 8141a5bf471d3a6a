"""What a forecast was asked for and what came of it."""

from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from dtbase.domain.forecasts.runs import Forecast
from dtbase.domain.frozen import Frozen
from jobs.forecasting.scores import BlockScores, Scores

Level = Annotated[float, Field(gt=0, lt=100)]


def check_zone(name: str) -> str:
    """Refuse a zone that nobody knows."""
    if name not in available_timezones():
        raise ValueError(f"there is no time zone {name!r}")
    return name


Zone = Annotated[str, AfterValidator(check_zone)]


class LevelAdjustment(Frozen):
    """By how many points to widen (or narrow) one level, as its live coverage asks for."""

    level: Level
    points: float = Field(ge=-50, le=50)


class Regressor(Frozen):
    """A series that helps: another one of the twin, or a weather forecast.

    `times` are ascending epoch seconds. Values after the issue are taken as known ahead; a
    regressor without them is forecast first. To learn how much a forecast is worth, its past
    values should be forecasts too, as they were known at the time, and not what was measured.
    """

    name: str
    times: tuple[float, ...]
    values: tuple[float | None, ...]

    @model_validator(mode="after")
    def check_lengths(self) -> Self:
        """Refuse columns of different lengths."""
        if len(self.times) != len(self.values):
            raise ValueError("values must be as many as times")
        return self


class Options(Frozen):
    """What every model lets one choose; each has a sensible default."""

    window_days: float = Field(default=60, ge=2, le=730, description="History to learn from.")
    levels: tuple[Level, ...] = Field(
        default=(80, 95), max_length=20, description="Intervals, in percent."
    )
    minimum: float | None = Field(default=None, description="No value can be below this.")
    maximum: float | None = Field(default=None, description="No value can be above this.")
    circular: bool = Field(default=False, description="Values are directions, in degrees.")
    timezone: Zone = Field(default="UTC", description="The zone whose clocks people follow.")
    level_adjustment: tuple[LevelAdjustment, ...] = ()
    regressors: tuple[Regressor, ...] = Field(default=(), max_length=20)
    warm_start: tuple[float, ...] = Field(
        default=(), max_length=200, description="The parameters of an earlier run."
    )

    def adjusted(self, level: float) -> float:
        """Return the level to aim at so that an interval of `level` holds what it says."""
        points = sum(each.points for each in self.level_adjustment if each.level == level)
        return min(max(level + points, 1.0), 99.9)


class Status(StrEnum):
    """How a forecast came out."""

    OK = "ok"
    FALLBACK = "fallback"
    INSUFFICIENT_DATA = "insufficient-data"
    CONSTANT = "constant"
    STALE = "stale"
    FAILED = "failed"


class Backtest(Scores):
    """How good the method was on the last weeks, forecast as if they had not been seen."""

    origins: int
    days: float
    blocks: tuple[BlockScores, ...]


class Share(Frozen):
    """The share of one candidate in a forecast, by block of lead times."""

    candidate: str
    weights: tuple[float, ...]
    coefficients: tuple[float, ...] = ()


class Diagnostics(Frozen):
    """How a forecast was made, for whoever wants to trust it."""

    status: Status
    reason: str | None = None
    notes: tuple[str, ...] = ()
    version: str | None = None
    method: str | None = None
    cadence: float | None = None
    step: float | None = None
    window_start: str | None = None
    window_end: str | None = None
    readings: int = 0
    future: int = 0
    left_out: int = Field(0, description="Outliers: readings far from all others.")
    gaps: float | None = None
    faults: int = 0
    converged: bool | None = None
    iterations: int | None = None
    parameters: tuple[float, ...] = ()
    weights: tuple[Share, ...] = ()
    backtest: Backtest | None = None
    seconds: float = 0.0


class Outcome(Frozen):
    """A forecast, unless the status says why there is none."""

    forecast: Forecast | None
    diagnostics: Diagnostics
