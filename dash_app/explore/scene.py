"""What Explore draws: the chosen series, what was measured and what is believed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from dash_app.explore.view import View, Window
from dash_app.words import measure_label
from dtbase.domain.forecasts.runs import Run
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.chart import FORMULA, LineName
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import LatestReading, Series, SeriesKey
from dtbase.domain.values.beliefs import AT, Belief

NUMERIC = frozenset({Datatype.FLOAT, Datatype.INTEGER})
MAIN_COLUMNS = ("value", "mean", "sum", "last")
OF_STATISTIC = {
    Statistic.MEAN: "mean",
    Statistic.TOTAL: "sum",
    Statistic.COUNTER: "sum",
    Statistic.NET: "sum",
    Statistic.CIRCULAR: "mean",
    Statistic.LEVEL: "mean",
    Statistic.STATE: "last",
}
SHORT_NAME = 8


class Fault(Frozen):
    """A line that is asked for and cannot be shown."""

    name: str
    reason: str


class Line(Frozen):
    """One line of the chart: what was measured, earlier too, and what is believed."""

    series: Series
    slot: int
    belief: Belief | None = None
    """Of a line that is a forecast and nothing else: which one."""
    column: str | None = None
    """Which aggregate it follows, where it is not the usual one."""
    values: SeriesValues | None = None
    earlier: SeriesValues | None = None
    run: Run | None = None
    predictions: SeriesValues | None = None
    latest: LatestReading | None = None

    @cached_property
    def key(self) -> SeriesKey:
        return self.series.key

    @cached_property
    def name(self) -> str:
        """Return the line as an address names it."""
        return str(LineName(key=self.key, belief=self.belief))

    @property
    def issued_at(self) -> datetime | None:
        """Return when its forecast was issued."""
        return self.run.issued_at if self.run is not None and self.predictions else None

    @property
    def formula(self) -> str | None:
        """Return the formula that it follows."""
        return self.key.measure if self.key.sensor == FORMULA else None

    @property
    def is_series(self) -> bool:
        """Tell whether it is what a sensor measured."""
        return self.belief is None and self.formula is None and not self.key.sensor.startswith(AT)

    @property
    def measure_label(self) -> str:
        """Return what it is a line of, in words."""
        return self.formula or measure_label(self.key.measure)

    @property
    def is_state(self) -> bool:
        """Tell whether it is drawn as spans of states."""
        return self.series.datatype not in NUMERIC

    def banded(self, values: SeriesValues | None) -> bool:
        """Tell whether a band from lowest to highest stands around the line."""
        spread = self.series.statistic in {Statistic.MEAN, Statistic.LEVEL}
        mean = self.column in {None, "mean"} and spread
        return mean and values is not None and "min" in values.values

    def main(self, values: SeriesValues) -> str:
        """Return the column that the line follows."""
        if self.column is not None and self.column in values.values:
            return self.column
        if "mean" in values.values and "last" in values.values:
            return OF_STATISTIC[self.series.statistic]
        return main_column(values)


class Scene(Frozen):
    """Everything on the page that came from the API."""

    view: View
    window: Window
    now: datetime
    zone: str
    bucket: str = "raw"
    shift: timedelta | None = None
    lines: tuple[Line, ...] = ()
    pending: tuple[Run, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def earlier(self) -> Window | None:
        """Return the window that it is compared with, by the clock on the wall."""
        if self.shift is None:
            return None
        start, end = (
            (time.astimezone(self.tz).replace(tzinfo=None) - self.shift)
            .replace(tzinfo=self.tz)
            .astimezone(UTC)
            for time in (self.window.start, self.window.end)
        )
        return Window(start=start, end=end)


def is_numeric(series: Series) -> bool:
    """Tell whether a series can be drawn as a line."""
    return series.datatype in NUMERIC


def main_column(values: SeriesValues) -> str:
    """Return the column that the line follows."""
    return next(name for name in MAIN_COLUMNS if name in values.values)


def short_name(series: Series) -> str:
    """Return what a sensor is called where there is little room."""
    if series.sensor == FORMULA:
        return "Formula"
    if series.sensor_name is None:
        return series.sensor
    if len(series.sensor) <= SHORT_NAME and not series.sensor.startswith(AT):
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
