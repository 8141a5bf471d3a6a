"""From where values are read, in types; `relations` knows the SQL of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from dtbase.domain.registry.series import Labels
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.registry.series import Resolved


@dataclass(frozen=True)
class Readings:
    """The readings of series, with the hours and days that are stored beside them."""


@dataclass(frozen=True)
class GoodReadings:
    """The readings of series that are not suspect; no hours are stored of them alone."""


class SeriesStay(NamedTuple):
    """A stretch of one series' readings, and the key of the answered series that it belongs to."""

    key: int
    series_id: int
    span: TimeRange
    whole: TimeRange


@dataclass(frozen=True)
class DuringStays:
    """Readings of series only while their sensors were at a location."""

    stays: tuple[SeriesStay, ...]


@dataclass(frozen=True)
class Outputs:
    """What single runs predict, with intervals of these levels."""

    levels: tuple[float, ...]


@dataclass(frozen=True)
class NewestByLead:
    """For each time the newest prediction of a scenario that was issued so long before it."""

    levels: tuple[float, ...]
    scenario_id: int
    lead: timedelta
    as_of: datetime | None
    keys: tuple[int, ...]


Source = Readings | GoodReadings | DuringStays | Outputs | NewestByLead
PREDICTIONS = (Outputs, NewestByLead)


class Found(NamedTuple):
    """The series that a query is about, and where they are read from."""

    source: Source
    series: Sequence[Resolved]
    labels: Sequence[Labels]


def levels_of(source: Source) -> tuple[float, ...]:
    """Return the levels of the intervals that stand beside the values."""
    return source.levels if isinstance(source, Outputs | NewestByLead) else ()


def stored_reach(found: Found, start: datetime) -> Sequence[tuple[int, datetime]]:
    """Return from when on the stored readings of which series are asked for; of predictions none.

    A stay reaches back no further than to its own start.
    """
    match found.source:
        case Readings() | GoodReadings():
            return [(series.id, start) for series in found.series]
        case DuringStays(stays):
            return [(stay.series_id, stay.span.start) for stay in stays]
        case _:
            return []
