"""Where in the interval that a reading tells of its stamp lies, and in which unit it is sent."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import ConfigDict, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.statistics import Duration, length_of


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

    @model_validator(mode="after")
    def check_interval(self) -> Self:
        """Refuse ends of intervals of which nobody knows how long they are."""
        if (self.at is At.END) != (self.interval is not None):
            raise ValueError("stamps at the end need interval, and no others have it")
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


def said_in(part: dict[str, Any]) -> Said:
    """Read what a part of a push says of its readings, or raise Invalid."""
    unit, at, interval = (part.get(name) for name in ("unit", "stamps", "interval"))
    if unit is None and at is None and interval is None:
        return NOTHING_SAID
    stamps = None if at is None and interval is None else {"at": at, "interval": interval}
    return Said(unit=unit, stamps=stamps)
