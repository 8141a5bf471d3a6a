"""Backtests: a model tried on a past window, as if the future had not been known."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from dtbase.domain.forecasts.runs import Horizon, RunFilter, RunStatus
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Parameters
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.paging import Page
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import AwareTime

MOST_ORIGINS = 1_000


class NewBacktest(Frozen):
    """A backtest that somebody asks for: forecasts at `start` and every so often before `end`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sensor": "EWR",
                    "measure": "temperature",
                    "start": "2026-01-01T00:00:00Z",
                    "end": "2026-02-01T00:00:00Z",
                    "every_hours": 24,
                    "horizon": 48,
                }
            ]
        }
    )

    sensor: Identifier
    measure: Identifier
    start: AwareTime
    end: AwareTime
    every_hours: Annotated[float, Field(ge=0.1, le=8_760), A_NUMBER] = Field(
        24, description="Between two forecasts."
    )
    horizon: Horizon = 48
    scenario: Identifier = "default"
    parameters: Parameters = {}

    @property
    def every(self) -> timedelta:
        """Return the time between two forecasts."""
        return timedelta(hours=self.every_hours)

    @property
    def total(self) -> int:
        """Return how many forecasts there will be."""
        return -((self.start - self.end) // self.every)

    @model_validator(mode="after")
    def check_window(self) -> Self:
        """Refuse an empty window, and one with too many forecasts."""
        if self.end <= self.start:
            raise ValueError("end must be after start")
        if self.total > MOST_ORIGINS:
            raise ValueError(f"these are {self.total} forecasts; at most {MOST_ORIGINS} at once")
        return self


class BacktestFigures(Frozen):
    """How the forecasts met the truth; errors are in the measure's unit."""

    points: int
    mae: float | None
    rmse: float | None
    mase: float | None
    wql: float | None
    skill: float | None
    coverage: dict[str, float | None]


class BacktestLead(Frozen):
    """The figures of the lead times over `after_hours` and up to `until_hours`."""

    after_hours: float
    until_hours: float
    figures: BacktestFigures


class BacktestReport(Frozen):
    """What a backtest found: over all lead times and by block of them."""

    origins: int
    without: int = Field(description="How many times no forecast could be made.")
    total: BacktestFigures | None
    leads: list[BacktestLead]


class Backtest(Frozen):
    """A backtest: how far it is, and what it found."""

    id: int
    service_run: int | None = Field(
        description="The run of a service that makes it: its log and cancelling."
    )
    model: str
    scenario: str
    target: SeriesKey
    start: datetime
    end: datetime
    every_hours: float
    horizon: int
    parameters: Parameters
    status: RunStatus
    reason: str | None
    done: int
    total: int
    report: BacktestReport | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class BacktestQuery(RunFilter, Page):
    """Which backtests to list."""

    sort: Literal["id", "-id"] = "-id"
