"""Where in the interval that a reading tells of its stamp lies, and in which unit it is sent."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.statistics import Duration, Zone, length_of


class At(StrEnum):
    """Where in the interval that a reading tells of its stamp lies."""

    INSTANT = "instant"
    START = "start"
    END = "end"


class Stamps(Frozen):
    """Where stamps lie. Stored are starts: an amount belongs to the bucket in which it fell."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "end", "interval": "1h"}]})

    at: At
    interval: Duration | None = None
    timezone: Zone | None = Field(
        None, description="The zone whose days 1d means; without it a day has 24 hours."
    )

    @model_validator(mode="after")
    def check_interval(self) -> Self:
        """Refuse ends of intervals of which nobody knows how long they are."""
        if (self.at is At.END) != (self.interval is not None):
            raise ValueError("stamps at the end need interval, and no others have it")
        if self.timezone is not None and not (self.interval or "").endswith("d"):
            raise ValueError("timezone says whose days an interval is of, such as 1d")
        return self

    @property
    def back(self) -> timedelta:
        """Return how long before its stamp the interval of a reading begins."""
        return length_of(self.interval) if self.interval else timedelta(0)


class Said(Frozen):
    """What is said of the readings of a push; what is left out is as the measure says."""

    unit: str | None = None
    stamps: Stamps | None = None


NOTHING_SAID = Said()
SAYING = ("unit", "stamps", "interval", "timezone")
"""By what it is said, of a push, a series or a reading: fields in JSON, columns in tables."""


def said_in(part: dict[str, Any]) -> Said:
    """Read what a part of a push says of its readings, or raise Invalid."""
    unit, at = part.get("unit"), part.get("stamps")
    given = {name: part[name] for name in ("interval", "timezone") if part.get(name) is not None}
    if unit is None and at is None and not given:
        return NOTHING_SAID
    return Said(unit=unit, stamps=None if at is None and not given else {"at": at, **given})
