"""Which hours of the past to ask for: those that the twin lacks, and those that may yet change."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from dtbase.domain.timeranges import TimeRange
from jobs.weather.measures import Element
from jobs.weather.provider import HOUR, Provider, Request, Weather, floor

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


def in_turn(plan: Sequence[TimeRange], most: int, now: datetime) -> Sequence[TimeRange]:
    """Return so many calls of a plan: the newest, and in turn, hour by hour, those behind them.

    Hours that the provider does not have are asked for in every run; without turns, enough of
    them would keep the older ones from ever being asked for.
    """
    if len(plan) <= most:
        return plan
    turned = most // 2
    newest, rest = plan[: most - turned], plan[most - turned :]
    start = int(now.timestamp() // HOUR.total_seconds()) * turned % len(rest)
    chosen = {(start + place) % len(rest) for place in range(turned)}
    return [*newest, *(rest[place] for place in sorted(chosen))]


def untold(
    provider: Provider, request: Request, hours: TimeRange, brought: Weather
) -> Sequence[datetime]:
    """Return the hours of the past that a call was to bring, and of which it told nothing.

    Those that the provider still puts right are not given up yet.
    """
    settled = request.this_hour - provider.revised_hours * HOUR
    told = {time for column in brought.observed for time in column.times}
    return [
        hour
        for hour in request.missing
        if hours.start <= hour < hours.end and hour <= settled and hour not in told
    ]


def given_up(provider: Provider, hours: Sequence[datetime]) -> str:
    """Say of how many hours a provider has nothing, and which."""
    count = f"{len(hours)} hour{'s' * (len(hours) != 1)} of the past"
    first, last = min(hours), max(hours)
    span = f"{first:%Y-%m-%d %H:%M}" + (f" to {last:%Y-%m-%d %H:%M}" if last > first else "")
    return f"{provider.name} has nothing for {count}: {span} UTC"
