"""Notes: what somebody says of a series, a sensor or a location at a time or over a range."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Stripped
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.registry.installations import Instant
from dtbase.domain.registry.series import SeriesKey

MOST_SERIES = 200
SUBJECTS = ("series", "sensor", "location")

NoteText = Annotated[
    str,
    Stripped(
        min_length=1,
        max_length=2_000,
        pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
    ),
]
SeriesName = Annotated[str, StringConstraints(max_length=201, pattern=r"^[^\x00]*$")]
"""The name of a series: sensor/measure."""


def check_order(start: datetime | None, end: datetime | None) -> None:
    """Refuse a range that ends before it begins."""
    if start is not None and end is not None and end <= start:
        raise ValueError("end must be later than start; leave it out for a note at one time")


class NewNote(Frozen):
    """What is said, of what, and when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": "The mast was down for maintenance.",
                    "series": "EWR/wind_speed",
                    "start": "2026-01-31T09:00:00Z",
                    "end": "2026-01-31T12:00:00Z",
                }
            ]
        }
    )

    text: NoteText
    start: Instant = Field(description="The time that it is about, or from when on.")
    end: Instant | None = Field(None, description="Until when, if it is about a range.")
    series: SeriesName | None = Field(None, description="sensor/measure; or else …")
    sensor: Identifier | None = None
    location: Identifier | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a note on nothing or on several things, and one that ends too soon."""
        given = [name for name in SUBJECTS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a note is on one series, or one sensor, or one location")
        if self.series is not None:
            SeriesKey.parse(self.series)
        check_order(self.start, self.end)
        return self


class Note(Frozen):
    """A note, and who wrote it."""

    id: int
    text: str
    start: datetime
    end: datetime | None
    series: str | None
    sensor: str | None
    location: str | None
    author: str = Field(description="The e-mail of who wrote it.")
    created_at: datetime
    changed_at: datetime

    @property
    def subject(self) -> str:
        """Return what it is on."""
        return self.series or self.sensor or self.location or ""


class NoteChange(Change):
    """What to change about a note; what it is on stays."""

    clearable: ClassVar[frozenset[str]] = frozenset({"end"})
    example: ClassVar[dict[str, Any]] = {"text": "The mast was down, and is up again."}

    text: NoteText | None = None
    start: Instant | None = None
    end: Instant | None = None


class NoteQuery(Page):
    """Which notes to list; those that touch the range [start, end)."""

    series: list[SeriesName] = Field(
        [],
        max_length=MOST_SERIES,
        description="Those that concern these series: on them, on their sensors, and on the"
        " locations where these were at the time.",
    )
    sensor: Identifier | None = Field(None, description="On this sensor or a series of it.")
    location: Identifier | None = Field(None, description="On this location or one in it.")
    author: SearchText | None = Field(None, description="A part of the author's e-mail.")
    search: SearchText | None = Field(None, description="A part of the text.")
    start: Instant | None = None
    end: Instant | None = None
    sort: Literal["start", "-start", "changed_at", "-changed_at"] = "-start"
