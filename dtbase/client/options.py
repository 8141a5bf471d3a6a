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
    all, and `combined` all sensors as one. `quality` good leaves out what is suspect, and `flags`
    tells with raw values which that is.
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
    flags: bool


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

    `stamps` is instant, start or end; at the end with the `interval`, such as "1h". `import_id` is
    that of an import of one's own that goes on.
    """

    unit: str
    stamps: str
    interval: str
    import_id: int


class SeriesFilter(TypedDict, total=False):
    """Which series to list; `location` has those that stand in a part of it too."""

    sensor: str | None
    measure: str | None
    sensor_type: str | None
    location: str | None
    search: str | None
    sort: str | None


def listing(**filters: object) -> dict[str, object]:
    """Return the parameters of a list whose pages are as long as can be."""
    return {**filters, "limit": MOST}


def stretch(skip: int, limit: int, filters: Mapping[str, str | None]) -> dict[str, object]:
    """Return the parameters of one stretch of a list that tells how many fit in all."""
    return {**filters, "skip": skip, "limit": limit, "count": True}


def parameters(
    series: Names, start: datetime | None, end: datetime | None, options: Options
) -> dict[str, object]:
    """Return the parameters of the route."""
    names = [series] if isinstance(series, str | SeriesKey) else series
    return {"series": [*names], "start": start, "end": end, **options}
