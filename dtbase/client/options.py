"""What a query of values may say beside its series and its range."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from dtbase.domain.paging import MOST
from dtbase.domain.readings.queries import Aggregate, Fill
from dtbase.domain.registry.series import SeriesKey

Names = Sequence[str | SeriesKey] | SeriesKey
"""The names of series, or one name."""


class Options(TypedDict, total=False):
    """How values are answered, and which predictions if not readings.

    `bucket` is raw, auto or a span such as 1h; `points` the most that auto may answer;
    `aggregates` and `fill` go with buckets, not with raw values. `run` reads what that run
    predicts; `model` (and `scenario`) the latest succeeded run for each series, `as_of` a time
    the latest that was known then, and `lead` for each time the newest prediction issued at least
    so long before it, such as "24h". `location`, with no series named, reads the sensors that
    were there or anywhere in it, cut to the time when they were: of each `measure` named or of
    all, and `combined` all sensors as one. `quality` good leaves out what is suspect.
    """

    bucket: str
    points: int
    aggregates: Iterable[str | Aggregate]
    timezone: str
    fill: str | Fill
    run: int | None
    model: str | None
    scenario: str | None
    as_of: datetime | None
    lead: str | timedelta | None
    location: str | None
    measure: Sequence[str]
    combined: bool
    quality: str


class ChartOptions(TypedDict, total=False):
    """How a chart is answered.

    `until_known` ends it where the newest forecast ends; `margin` reads so many lengths of the
    range more at both ends; `forecasts` adds the newest forecast of each series; `shift` adds what
    was measured so many seconds earlier. The others are those of `Options`.
    """

    until_known: bool
    margin: float
    bucket: str
    points: int | None
    aggregates: Iterable[str | Aggregate]
    timezone: str
    forecasts: bool
    shift: int | None


class Saying(TypedDict, total=False):
    """What a push says of its readings: their unit, and where in an interval their times lie.

    `stamps` is instant, start or end; at the end with the `interval`, such as "1h".
    """

    unit: str
    stamps: str
    interval: str


class SeriesFilter(TypedDict, total=False):
    """Which series to list; `location` has those that stand in a part of it too."""

    sensor: str | None
    measure: str | None
    sensor_type: str | None
    location: str | None
    search: str | None
    sort: str | None


def listing(**filters: object) -> dict[str, object]:
    """Return the parameters of a list without what is not given, its pages as long as can be."""
    return {name: value for name, value in filters.items() if value is not None} | {"limit": MOST}


def stretch(skip: int, limit: int, filters: Mapping[str, str | None]) -> dict[str, object]:
    """Return the parameters of one stretch of a list that tells how many fit in all."""
    given = {name: value for name, value in filters.items() if value is not None}
    return {**given, "skip": skip, "limit": limit, "count": "true"}


def parameters(
    series: Names, start: datetime | None, end: datetime | None, options: Options
) -> dict[str, object]:
    """Return the parameters of the route, without what is not given."""
    names = [series] if isinstance(series, str | SeriesKey) else series
    given = {"series": [str(name) for name in names], "start": start, "end": end, **options}
    return {name: written(value) for name, value in given.items() if value is not None}


def written(value: object) -> object:
    """Return a value as a URL carries it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{-(-value // timedelta(minutes=1))}m"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    return [str(part) for part in value] if isinstance(value, Iterable) else value
