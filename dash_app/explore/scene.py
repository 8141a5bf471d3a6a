"""What Explore draws: the chosen series, what was measured and what is believed."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dash_app.explore.view import View, Window
from dtbase.domain.forecasts.runs import Run
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import LatestReading, Series, SeriesKey

NUMERIC = frozenset({Datatype.FLOAT, Datatype.INTEGER})
MAIN_COLUMNS = ("value", "mean", "sum", "last")
SHORT_NAME = 8


class Line(Frozen):
    """One series on the chart, with its latest forecast if there is one."""

    series: Series
    slot: int
    values: SeriesValues | None = None
    run: Run | None = None
    predictions: SeriesValues | None = None
    latest: LatestReading | None = None

    @property
    def key(self) -> SeriesKey:
        return self.series.key

    @property
    def issued_at(self) -> datetime | None:
        """Return when its forecast was issued."""
        return self.run.issued_at if self.run is not None and self.predictions else None


class Scene(Frozen):
    """Everything on the page that came from the API."""

    view: View
    window: Window
    now: datetime
    zone: str
    bucket: str = "raw"
    lines: tuple[Line, ...] = ()
    pending: tuple[Run, ...] = ()
    catalogue: tuple[Series, ...] = ()

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


def is_numeric(series: Series) -> bool:
    """Tell whether a series can be drawn as a line."""
    return series.datatype in NUMERIC


def main_column(values: SeriesValues) -> str:
    """Return the column that the line follows."""
    return next(name for name in MAIN_COLUMNS if name in values.values)


def aggregates_of(statistic: Statistic) -> tuple[str, ...]:
    """Return what to ask of a bucket for measures of that kind."""
    return {
        Statistic.MEAN: ("mean", "min", "max", "count"),
        Statistic.TOTAL: ("sum", "count"),
        Statistic.COUNTER: ("last", "count"),
        Statistic.CIRCULAR: ("mean", "count"),
    }[statistic]


def short_name(series: Series) -> str:
    """Return what a sensor is called where there is little room."""
    if len(series.sensor) <= SHORT_NAME or series.sensor_name is None:
        return series.sensor
    return series.sensor_name


def first_choice(catalogue: Sequence[Series], sensor: str | None = None) -> tuple[SeriesKey, ...]:
    """Return what to draw before anybody chose: a sensor's series, or one measure at up to three.

    The measure is one that most sensors have.
    """
    numeric = [series for series in catalogue if is_numeric(series)]
    if sensor is not None:
        return tuple(series.key for series in numeric if series.sensor == sensor)
    counts = {series.measure: 0 for series in numeric}
    for series in numeric:
        counts[series.measure] += 1
    if not counts:
        return ()
    measure = max(counts, key=lambda name: (name == "temperature", counts[name]))
    return tuple(series.key for series in numeric if series.measure == measure)[:3]
