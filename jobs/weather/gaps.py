"""Which hours of the past to ask for: those that the twin lacks, and those that may yet change."""

from collections.abc import Mapping, Set
from datetime import datetime

from jobs.weather.measures import Element
from jobs.weather.provider import HOUR, Provider, floor

Known = Mapping[Element, Set[datetime]]
"""The times at which the twin has a reading of each wanted measure."""


def missing_hours(
    provider: Provider, known: Known, now: datetime, past_hours: int
) -> tuple[datetime, ...]:
    """Return the hours of the past that lack a reading, and the newest, in order.

    What a provider gives only at times, such as gusts, makes no gap; else it would be asked for
    the same hours for ever.
    """
    newest = floor(now)
    hours = [newest - back * HOUR for back in reversed(range(past_hours))]
    needed = [known[element] for element in known if element in provider.always]
    complete = set[datetime].intersection(*map(set, needed or known.values()))
    unsettled = newest - provider.revised_hours * HOUR
    return tuple(hour for hour in hours if hour > unsettled or hour not in complete)
