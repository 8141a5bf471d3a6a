"""Services: what makes readings, runs or things of the registry by itself, and its parameters."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic.config import JsonDict

from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Parameters, Text, check_storable
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.paging import Page, SearchText

DAY = 86_400
FORECAST = "forecast"
BACKTEST = "backtest"
REBUILD = "rebuild"
"""Our services whose runs leave results: runs of models, and backtests."""


def check_secret(value: SecretStr) -> SecretStr:
    """Refuse what no header can carry."""
    if not re.fullmatch(r"[\x20-\x7e]{1,4000}", value.get_secret_value()):
        raise ValueError("must be 1 to 4000 printable ASCII characters")
    return value


class QueueName(StrEnum):
    """The queues, most urgent first, so that a long model never delays ingestion."""

    INGEST = "ingest"
    MAINTENANCE = "maintenance"
    FORECAST = "forecast"


class ServiceKind(StrEnum):
    """Where a service runs: as Python on a worker, or behind a URL."""

    PYTHON = "python"
    HTTP = "http"


Timeout = Annotated[
    int, Field(ge=1, le=7 * DAY, description="Seconds until a run is stopped."), A_NUMBER
]
Retries = Annotated[int, Field(ge=0, le=20, description="Further tries after a failure."), A_NUMBER]
Backoff = Annotated[
    int,
    Field(ge=0, le=DAY, description="Seconds before the first retry; doubled for each next."),
    A_NUMBER,
]
Concurrency = Annotated[
    int, Field(ge=1, le=1_000, description="The most runs at the same time."), A_NUMBER
]
JsonSchema = dict[str, JsonValue]


def check_schema(schema: JsonSchema) -> JsonSchema:
    """Refuse what is not a JSON Schema."""
    from dtbase.domain import json_schemas  # its library is slow to import

    return json_schemas.check_schema(check_storable(schema))


CheckedSchema = Annotated[JsonSchema, Field(max_length=100), AfterValidator(check_schema)]
Method = Literal["GET", "POST", "PUT"]
Url = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f@\\]+$")]
"""An address without a user and a password: those are secrets, and go into a header."""
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{0,4000}$")]
SecretValue = Annotated[SecretStr, AfterValidator(check_secret)]
SecretHeaders = Annotated[dict[HeaderName, SecretValue], Field(max_length=20)]
AnswerBytes = Annotated[int, Field(ge=1, le=256 * 2**20), A_NUMBER]

RESERVED = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
HTTP_EXAMPLE: JsonDict = {
    "name": "greenhouse-model",
    "summary": "Forecasts the greenhouse with the model of the university.",
    "request": {"method": "POST", "url": "https://models.example.org/run"},
    "secret_headers": {"Authorization": "Bearer 0123"},
    "parameters_schema": {
        "type": "object",
        "properties": {"hours": {"type": "integer", "minimum": 1}},
        "additionalProperties": False,
    },
    "timeout": 60,
}


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


def check_headers(headers: Mapping[str, object]) -> None:
    """Refuse headers that we set ourselves, or that would change where a request goes."""
    for name in headers:
        if name.lower() in RESERVED:
            raise ValueError(f"the header {name} is ours to set")


class HttpRequest(Frozen):
    """How an HTTP service is called; its parameters are the body as JSON, or of GET the query."""

    method: Method = "POST"
    url: Url
    headers: Annotated[dict[HeaderName, HeaderValue], Field(max_length=50)] = {}
    max_answer_bytes: AnswerBytes = 10 * 2**20

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse headers that are ours."""
        check_headers(self.headers)
        return self


class Service(Limits):
    """What can be run: its parameters as JSON Schema, and its limits."""

    name: Identifier
    kind: ServiceKind
    summary: Text | None = None
    queue: QueueName = QueueName.INGEST
    parameters_schema: JsonSchema = {}
    version: str | None = Field(None, description="The package that brings it, and its version.")
    request: HttpRequest | None = Field(None, description="How an HTTP service is called.")
    secret_headers: tuple[str, ...] = Field((), description="Their names; never their values.")


class NewHttpService(Limits):
    """A service behind a URL; the values of its secret headers are never shown again."""

    model_config = ConfigDict(json_schema_extra={"examples": [HTTP_EXAMPLE]})

    name: Identifier
    summary: Text | None = None
    queue: QueueName = QueueName.INGEST
    parameters_schema: CheckedSchema = {}
    request: HttpRequest
    secret_headers: SecretHeaders = {}

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse a header that is given twice, or is ours."""
        check_headers(self.secret_headers)
        names = [name.lower() for name in (*self.request.headers, *self.secret_headers)]
        if len(set(names)) < len(names):
            raise ValueError("a header is either secret or not, and given once")
        return self


class ServiceChange(Change):
    """What to change about a service; of one that a package brings only the limits.

    New secret headers replace all of them; without the field they stay.
    """

    clearable: ClassVar[frozenset[str]] = frozenset({"summary", "concurrency"})
    example: ClassVar[dict[str, Any]] = {"timeout": 1_200, "retries": 3}

    name: Identifier | None = None
    summary: Text | None = None
    queue: QueueName | None = None
    parameters_schema: CheckedSchema | None = None
    request: HttpRequest | None = None
    secret_headers: SecretHeaders | None = None
    timeout: Timeout | None = None
    retries: Retries | None = None
    backoff: Backoff | None = None
    concurrency: Concurrency | None = None


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


class SetOfService(ParameterSet):
    """A parameter set, and of which service it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "daily", "service": "weather", "parameters": {"days": 2}}]
        }
    )

    service: Identifier


class SetsQuery(ParameterSetQuery):
    """Which parameter sets of all services to list."""

    service: Identifier | None = Field(None, description="Only those of this service.")
