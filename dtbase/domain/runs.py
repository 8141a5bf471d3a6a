"""Models and their runs: predictions of what a series will be."""

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field, JsonValue

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Text
from dtbase.domain.readings import SeriesValues
from dtbase.domain.series import SeriesKey


class Model(Frozen):
    """A way of predicting."""

    name: Identifier
    description: Text | None = None


class Scenario(Frozen):
    """The circumstances under which a model is run."""

    name: Identifier
    description: Text | None = None
    parameters: dict[str, JsonValue] = {}


class RunStatus(StrEnum):
    """How far a run has come."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen."""
        return self not in {RunStatus.QUEUED, RunStatus.RUNNING}


class NewRun(Frozen):
    """A forecast that somebody asks for."""

    sensor: str
    measure: str
    horizon: int = Field(default=48, ge=1, le=20_160, description="Steps of the series' cadence.")
    scenario: Identifier = "default"
    parameters: dict[str, JsonValue] = {}


class Run(Frozen):
    """One use of a model: when it was issued, for which series, and how it went."""

    id: int
    model: str
    scenario: str
    target: SeriesKey | None
    horizon: int | None
    parameters: dict[str, JsonValue]
    status: RunStatus
    reason: str | None = None
    details: dict[str, JsonValue] = {}
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    issued_at: datetime | None = None


class RunFilter(Frozen):
    """Which runs to list."""

    model: str | None = None
    sensor: str | None = None
    measure: str | None = None
    status: RunStatus | None = None


class Interval(Frozen):
    """Bounds between which a share of the truth should fall."""

    level: float = Field(gt=0, lt=100)
    lower: list[float]
    upper: list[float]


class Forecast(Frozen):
    """Predicted values of one measure, with any number of intervals."""

    issued_at: AwareDatetime
    times: list[AwareDatetime]
    values: list[float]
    intervals: list[Interval] = []


class RunPredictions(Frozen):
    """A run and what it predicts: columns `value`, `lower_80`, `upper_80` and so on."""

    run: Run
    series: list[SeriesValues]
