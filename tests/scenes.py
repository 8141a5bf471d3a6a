"""Scenes of Explore for tests, made in one line."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from dash_app.explore.navigate import Drawn
from dash_app.explore.scene import Line, Scene
from dash_app.explore.view import Choice, View, Window
from dtbase.domain.forecasts.runs import Run, RunStatus
from dtbase.domain.glance.chart import LineName
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import LatestReading, Series, SeriesKey, Value

NOW = datetime(2026, 7, 18, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = Window(start=NOW - 7 * 24 * HOUR, end=NOW + 48 * HOUR)
ZONE = "America/New_York"
BANDS = {"lower_80": -1.0, "upper_80": 1.0, "lower_95": -2.0, "upper_95": 2.0}
Columns = Mapping[str, Sequence[Value | None]]


def series_of(
    name: str, unit: str | None = "degC", statistic: Statistic = Statistic.MEAN
) -> Series:
    """Return a series by its name."""
    key = SeriesKey.parse(name)
    return Series(
        sensor=key.sensor,
        sensor_name=f"Station {key.sensor}",
        sensor_type="station",
        location=None,
        measure=key.measure,
        position=0,
        unit=unit,
        datatype=Datatype.FLOAT,
        statistic=statistic,
    )


def values_of(
    series: Series, columns: Columns, start: datetime = WEEK.start, step: float = 3600
) -> SeriesValues:
    """Return evenly spaced values."""
    return SeriesValues(
        sensor=series.sensor,
        measure=series.measure,
        unit=series.unit,
        datatype=series.datatype,
        statistic=series.statistic,
        count=len(next(iter(columns.values()))),
        start=start,
        step=step,
        values={name: list(column) for name, column in columns.items()},
    )


def hours(count: int = 7 * 24) -> list[Value | None]:
    """Return so many different hourly values."""
    return [float(20 + i % 24) for i in range(count)]


def run_of(series: Series, status: RunStatus = RunStatus.SUCCEEDED, number: int = 1) -> Run:
    """Return a run that was issued now."""
    return Run(
        id=number,
        model="arima",
        scenario="default",
        target=series.key,
        horizon=48,
        parameters={},
        status=status,
        created_at=NOW,
        issued_at=NOW if status is RunStatus.SUCCEEDED else None,
        ended_at=NOW if status is RunStatus.SUCCEEDED else None,
    )


def predictions_of(series: Series, count: int = 48) -> SeriesValues:
    """Return a forecast of the hours after now, with both intervals."""
    mean = [25.0] * count
    bands = {name: [25.0 + width] * count for name, width in BANDS.items()}
    return values_of(series, {"value": mean, **bands}, start=NOW + HOUR)


def line_of(
    name: str,
    *,
    unit: str | None = "degC",
    statistic: Statistic = Statistic.MEAN,
    columns: Columns | None = None,
    forecast: bool = False,
    slot: int = 1,
) -> Line:
    """Return a line with a week of values."""
    series = series_of(name, unit, statistic)
    return Line(
        series=series,
        slot=slot,
        values=values_of(series, columns or {"value": hours()}),
        run=run_of(series) if forecast else None,
        predictions=predictions_of(series) if forecast else None,
        latest=LatestReading(sensor=series.sensor, measure=series.measure, time=NOW, value=21.5),
    )


def scene_of(*lines: Line, bucket: str = "raw", window: Window = WEEK) -> Scene:
    """Return a scene of these lines."""
    choices = tuple(
        Choice(line=LineName(key=line.key, belief=line.belief), slot=line.slot) for line in lines
    )
    return Scene(
        view=View(choices=choices),
        window=window,
        now=NOW,
        zone=ZONE,
        bucket=bucket,
        lines=lines,
    )


def drawn_of(search: str = "", offset_hours: float = -4) -> Drawn:
    """Return what the browser remembers of a week."""
    return Drawn(search=search, start=WEEK.start, end=WEEK.end, offset_seconds=offset_hours * 3600)
