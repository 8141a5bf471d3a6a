"""Finding anything by a part of its name."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import SearchText

MOST_OF_A_KIND = 50


class Kind(StrEnum):
    """What can be found."""

    LOCATION = "location"
    SENSOR = "sensor"
    SERIES = "series"
    MODEL = "model"
    SERVICE = "service"
    VIEW = "view"
    NOTE = "note"


class SearchQuery(Frozen):
    """What to look for."""

    q: SearchText = Field(
        description="Words that all stand somewhere in the name, the identifier or, of a series,"
        " the measure.",
        examples=["kennedy wind"],
    )
    limit: int = Field(8, ge=1, le=MOST_OF_A_KIND, description="The most of each kind.")

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words, each a part that must be there."""
        return tuple(self.q.split())


class Hit(Frozen):
    """A thing that was found: how it is addressed, and what tells it from its likes."""

    kind: Kind
    identifier: str = Field(description="Of a series: sensor/measure; of a note or view its id.")
    name: str | None = None
    detail: str | None = Field(
        None, description="Where it is, of which type, in which unit, whose, or what it does."
    )
    about: str | None = Field(None, description="What a note is on; the page of a view.")
    time: datetime | None = Field(None, description="When a note is about.")
