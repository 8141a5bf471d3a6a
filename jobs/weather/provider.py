"""What every provider of weather answers to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.timeranges import TimeRange
from jobs.weather.measures import Element

HOUR = timedelta(hours=1)


class Place(Frozen):
    """A point on the earth, in degrees of WGS 84."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Request(Frozen):
    """What is wanted: some hours of the past, and so many of the future."""

    place: Place
    elements: tuple[Element, ...]
    now: datetime
    missing: tuple[datetime, ...] = ()
    future_hours: int = 0

    @property
    def this_hour(self) -> datetime:
        """Return the full hour at or before now."""
        return floor(self.now)

    @property
    def last_hour(self) -> datetime:
        """Return the last hour of the future that is wanted."""
        return self.this_hour + self.future_hours * HOUR


class Column(Frozen):
    """Values of one measure in our unit, without gaps."""

    element: Element
    times: tuple[datetime, ...]
    values: tuple[float, ...]


class Weather(Frozen):
    """What one call brought: what has been, what is forecast, and what no weather ever was.

    `faults` tell which parts of the answer could not be read at all.
    """

    observed: tuple[Column, ...] = ()
    forecast: tuple[Column, ...] = ()
    impossible: tuple[Column, ...] = ()
    faults: tuple[str, ...] = ()


class Provider(Protocol):
    """A source of hourly weather."""

    name: str
    """Also the name of the model whose runs its forecasts are."""

    always: frozenset[Element]
    """What it gives for every hour; an hour that lacks one of these is asked for again."""

    revised_hours: int
    """How many of the newest hours it still puts right, so that they are asked for again."""

    furthest_hours: int
    """How far it forecasts."""

    def plan(self, request: Request) -> Sequence[TimeRange]:
        """Return the hours that each call is to bring, the newest first."""
        ...

    def ask(self, request: Request, hours: TimeRange) -> Weather: ...


def floor(time: datetime) -> datetime:
    """Return the full hour at or before a time."""
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
