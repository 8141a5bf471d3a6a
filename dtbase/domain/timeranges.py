"""Half-open ranges of time."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BeforeValidator, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.errors import Invalid

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""No reading and no range lies outside these."""


NUMBER = re.compile(r"\s*[-+]?[\d.]+(e[-+]?\d+)?\s*", re.IGNORECASE)


def refuse_number(time: object) -> object:
    """Refuse seconds since 1970, which a slip of the finger makes of a year."""
    if isinstance(time, int | float) or (isinstance(time, str) and NUMBER.fullmatch(time)):
        raise ValueError("must be a time in ISO 8601 with an offset")
    return time


AwareTime = Annotated[AwareDatetime, BeforeValidator(refuse_number)]
"""A time with an offset, as somebody gives it."""


class TimeRange(Frozen):
    """From `start`, included, to `end`, excluded; both are held in UTC."""

    start: AwareDatetime
    end: AwareDatetime

    @model_validator(mode="before")
    @classmethod
    def in_utc(cls, given: dict[str, datetime]) -> dict[str, datetime]:
        """Hold aware times in UTC."""
        return {
            name: time.astimezone(UTC) if time.tzinfo is not None else time
            for name, time in given.items()
        }

    @classmethod
    def of(cls, start: datetime, end: datetime) -> Self:
        """Make a range, or say why it is none."""
        check_bounds(start, end)
        if start >= end:
            raise Invalid("end must be later than start", field="end")
        return cls(start=start, end=end)

    @classmethod
    def asked(
        cls, start: datetime | None, end: datetime | None, now: datetime, length: timedelta
    ) -> Self:
        """Make the range that is asked for: by default until now, and so long."""
        check_bounds(start, end)
        until = end or now
        since = start or max(until - length, EARLIEST)
        if end is None and since >= until:
            raise Invalid(
                "start lies in the future, and by default end is now; give a later end", field="end"
            )
        return cls.of(since, until)

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


def check_bounds(start: datetime | None, end: datetime | None) -> None:
    """Refuse a given time without an offset, or outside what there is."""
    for name, time in (("start", start), ("end", end)):
        if time is None:
            continue
        if time.tzinfo is None:
            raise Invalid(f"{name} must carry an offset, such as Z or +02:00", field=name)
        if not EARLIEST <= time <= LATEST:
            raise Invalid(f"{name} must lie between {EARLIEST:%Y} and {LATEST:%Y}", field=name)


NO_ZONE = re.compile(r"localtime|posixrules|Factory|(posix|right)/.*", re.DOTALL)
"""Files beside the zones that mean the server's own, nothing, or seconds that PostgreSQL lacks."""


def zone(name: str) -> ZoneInfo:
    """Return an IANA time zone by its name, or raise Invalid."""
    try:
        if not NO_ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    raise Invalid(f"{name!r} is not an IANA time zone, such as Europe/London", field="timezone")
