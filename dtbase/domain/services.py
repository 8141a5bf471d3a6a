"""Services: what makes readings, runs or things of the registry by itself, and its parameters."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, JsonValue

from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Parameters, Text
from dtbase.domain.paging import Page, SearchText

DAY = 86_400


class QueueName(StrEnum):
    """The queues, most urgent first, so that a long model never delays ingestion."""

    INGEST = "ingest"
    MAINTENANCE = "maintenance"
    FORECAST = "forecast"


class ServiceKind(StrEnum):
    """Where a service runs: as Python on a worker, or behind a URL."""

    PYTHON = "python"
    HTTP = "http"


Timeout = Annotated[int, Field(ge=1, le=7 * DAY, description="Seconds until a run is stopped.")]
Retries = Annotated[int, Field(ge=0, le=20, description="Further tries after a failure.")]
Backoff = Annotated[
    int, Field(ge=0, le=DAY, description="Seconds before the first retry; doubled for each next.")
]
Concurrency = Annotated[int, Field(ge=1, le=1_000, description="The most runs at the same time.")]
JsonSchema = dict[str, JsonValue]


class Limits(Frozen):
    """How long and how often a service may run."""

    timeout: Timeout = 600
    retries: Retries = 0
    backoff: Backoff = 30
    concurrency: Concurrency | None = None

    def pause_after(self, attempt: int) -> timedelta:
        """Return how long to wait after a try has failed; an hour at most, or the backoff."""
        longest = max(self.backoff, 3_600)
        return timedelta(seconds=min(self.backoff * 2 ** (attempt - 1), longest))


class FoundService(Limits):
    """A Python service as a worker has found it."""

    name: Identifier
    summary: Text | None
    queue: QueueName
    parameters_schema: JsonSchema
    version: str | None


class Service(Limits):
    """What can be run: its parameters as JSON Schema, and its limits."""

    name: Identifier
    kind: ServiceKind
    summary: Text | None = None
    queue: QueueName = QueueName.INGEST
    parameters_schema: JsonSchema = {}
    version: str | None = Field(None, description="The package that brings it, and its version.")


class ServiceQuery(Page):
    """Which services to list."""

    kind: ServiceKind | None = None
    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name"] = "name"


class ParameterSet(Frozen):
    """Parameters of a service under a name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "airports", "parameters": {"forecasts": True}}]}
    )

    name: Identifier
    description: Text | None = None
    parameters: Parameters = {}


class ParameterSetChange(Change):
    """What to change about a parameter set; runs that were asked for keep what they had."""

    clearable: ClassVar[frozenset[str]] = frozenset({"description"})
    example: ClassVar[dict[str, Any]] = {"parameters": {"forecasts": False}}

    name: Identifier | None = None
    description: Text | None = None
    parameters: Parameters | None = None


class ParameterSetQuery(Page):
    """Which parameter sets of a service to list."""

    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name"] = "name"
