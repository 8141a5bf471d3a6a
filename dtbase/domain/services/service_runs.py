"""Runs of services: asked for, followed, ended."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Parameters
from dtbase.domain.paging import MOST, Page
from dtbase.domain.services.services import QueueName

LONGEST_LINE = 2_000
MOST_LINES = 10_000
"""Of the log of one run."""


class NewServiceRun(Frozen):
    """A run of a service that somebody asks for."""

    parameter_set: Identifier | None = Field(None, description="A named set of the service.")
    parameters: Parameters = Field({}, description="They win over those of the set.")


class Written(Frozen):
    """What a run has written: readings that were new or changed, model runs, things registered."""

    readings: int = 0
    unchanged: int = 0
    set_aside: int = 0
    runs: int = 0
    things: int = 0

    def plus(self, other: "Written") -> "Written":
        mine = self.model_dump()
        return Written(**{name: mine[name] + more for name, more in other.model_dump().items()})


class HttpAnswer(Frozen):
    """What an HTTP service has answered."""

    status: int
    seconds: float
    bytes: int
    media_type: str | None = None
    body: str = Field("", description="Its beginning.")


class ServiceRun(Frozen):
    """One run of a service: how far it is, what it has written, why it failed."""

    id: int
    service: str
    parameter_set: str | None
    parameters: dict[str, JsonValue]
    schedule: str | None
    tick: datetime | None
    asked_by: str
    parent: int | None = Field(description="The run that it is a part of.")
    status: RunStatus
    attempt: int
    outages: int = Field(description="How many tries an outage took; they cost no retry.")
    done: int | None
    total: int | None
    message: str | None
    written: Written
    answer: HttpAnswer | None = None
    reason: str | None
    cancelling: bool
    created_at: datetime
    not_before: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    seconds: float | None = Field(description="How long it has run, or ran.")


class ServiceRunQuery(Page):
    """Which runs of services to list, a page at a time."""

    service: Identifier | None = None
    schedule: Identifier | None = None
    status: RunStatus | None = None
    parent: int | None = Field(
        None, ge=1, lt=2**63, description="The parts of this run; without it, runs in their own."
    )
    limit: int = Field(50, ge=1, le=MOST, description="The most runs on a page.")
    sort: Literal["id", "-id"] = "-id"


class LogLine(Frozen):
    """One line that a run has written."""

    id: int
    at: datetime
    line: str


class LogQuery(Page):
    """Which lines of a run's log to list."""

    sort: Literal["id", "-id"] = "id"


class Delivery(Frozen):
    """A queued run as it goes to the workers; each time it is put back it gets another number."""

    run: int
    number: int
    service: str
    queue: QueueName
    timeout: int

    @property
    def job_id(self) -> str:
        """Return the id of the job that carries it out."""
        return f"service-run-{self.run}" + (f"-{self.number}" if self.number else "")
