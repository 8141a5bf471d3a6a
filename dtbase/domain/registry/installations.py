"""Which sensor was where since when."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field

from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.paging import Page
from dtbase.domain.timeranges import EARLIEST, LATEST, AwareTime


def check_time(time: datetime) -> datetime:
    """Refuse times that no reading can have."""
    if not EARLIEST <= time < LATEST:
        raise ValueError(f"must lie between {EARLIEST:%Y} and {LATEST:%Y}")
    return time


Instant = Annotated[AwareTime, AfterValidator(check_time)]
"""A time at which there can be readings."""


class NewInstallation(Frozen):
    """A sensor stands at a location from a time on; without a location it stands nowhere."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"sensor": "EWR", "location": "newark-airport", "since": "2026-01-31T12:00:00Z"}
            ]
        }
    )

    sensor: Identifier
    location: Identifier | None
    since: Instant | None = Field(None, description="By default now; it may lie in the past.")


class Replacement(Frozen):
    """Another sensor takes a sensor's place from a time on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "meter-2", "at": "2026-01-31T12:00:00Z"}]}
    )

    by: Identifier
    at: Instant | None = Field(None, description="By default now; it may lie in the past.")


class Installation(Frozen):
    """A stay: from `since` on, up to `until`, when the sensor's next installation begins."""

    id: int
    sensor: str
    location: str | None
    since: datetime
    until: datetime | None


class InstallationChange(Change):
    """What to correct about an installation."""

    clearable: ClassVar[frozenset[str]] = frozenset({"location"})
    example: ClassVar[dict[str, Any]] = {"since": "2026-01-30T09:00:00Z"}

    location: Identifier | None = None
    since: Instant | None = None


class InstallationQuery(Page):
    """Which installations to list."""

    sensor: Identifier | None = None
    location: Identifier | None = Field(
        None, description="Those there, or in a location that stands in it."
    )
    at: Instant | None = Field(None, description="Those that held at this time.")
    sort: Literal["since", "-since"] = "since"
