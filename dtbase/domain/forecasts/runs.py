"""Models and their runs: predictions of what a series will be."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue

from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Parameters, Text
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.paging import MOST, Page, SearchText
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.series import SeriesKey

RECOMMENDED = "pool"
"""The model that serves most series best, and that is offered first."""


class Model(Frozen):
    """A way of predicting."""

    name: Identifier
    description: Text | None = None


def recommended_first(models: Iterable[Model]) -> list[Model]:
    """Return models as they are offered: the recommended one, then the others as they came."""
    return sorted(models, key=lambda model: model.name != RECOMMENDED)


class ModelChange(Change):
    """What to change about a model; its runs stay."""

    clearable: ClassVar[frozenset[str]] = frozenset({"description"})
    example: ClassVar[dict[str, Any]] = {"description": "Daily cycles with ARIMA errors."}

    name: Identifier | None = None
    description: Text | None = None


class ModelQuery(Page):
    """Which models to list."""

    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name"] = "name"


class Scenario(Frozen):
    """The circumstances under which a model is run."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "cold-week", "parameters": {"heating": True}}]}
    )

    name: Identifier
    description: Text | None = None
    parameters: Parameters = {}


class ScenarioChange(Change):
    """What to change about a scenario; its runs stay."""

    clearable: ClassVar[frozenset[str]] = frozenset({"description"})
    example: ClassVar[dict[str, Any]] = {"parameters": {"heating": False}}

    name: Identifier | None = None
    description: Text | None = None
    parameters: Parameters | None = None


class ScenarioQuery(Page):
    """Which scenarios of a model to list."""

    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name"] = "name"


class ScenarioOfModel(Scenario):
    """A scenario, and of which model it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "cold-week", "model": "pool", "parameters": {"heating": True}}]
        }
    )

    model: Identifier


class ScenariosQuery(ScenarioQuery):
    """Which scenarios of all models to list."""

    model: Identifier | None = Field(None, description="Only those of this model.")


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


Horizon = Annotated[
    int, Field(ge=1, le=20_160, description="Steps of the series' cadence."), A_NUMBER
]
"""How far a forecast reaches."""


class NewRun(Frozen):
    """A forecast that somebody asks for."""

    sensor: Identifier
    measure: Identifier
    horizon: Horizon = 48
    scenario: Identifier = "default"
    parameters: Parameters = {}


class Run(Frozen):
    """One use of a model: when it was issued, for which series, and how it went."""

    id: int
    service_run: int | None = Field(
        None,
        description="The run of a service that makes it: its progress, log and cancelling. None "
        "when it happened elsewhere, or the run of the service is forgotten.",
    )
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

    model: Identifier | None = None
    scenario: Identifier | None = None
    sensor: Identifier | None = None
    measure: Identifier | None = None
    status: RunStatus | None = None


class RunQuery(RunFilter, Page):
    """Which runs to list, a page at a time."""

    limit: int = Field(50, ge=1, le=MOST, description="The most runs on a page.")
    sort: Literal["id", "-id", "created_at", "-created_at"] = "-id"


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
