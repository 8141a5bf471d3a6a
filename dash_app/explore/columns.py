"""Columns of a series as arrays, and their times on the chart's clock."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dash_app.explore.scene import Line, main_column
from dash_app.explore.view import Window
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import SeriesValues

Floats = NDArray[np.float64]
FIXED_BUCKET = re.compile(r"\d+(s|m)|1h|raw|auto")
GAP_FACTOR = 3.5
MOST_FILLED = 4
MICROSECOND = timedelta(microseconds=1)


class Clock(Frozen):
    """Turns times into the axis's: plotly.js knows no zones.

    Up to an hour, points keep one distance from UTC over the whole chart, so that an hour is an
    hour when the clocks change; longer buckets follow the clock on the wall, as their edges do.
    """

    zone: str
    at: datetime
    on_the_wall: bool = False
    later: timedelta = timedelta(0)
    """How much later than they were the points of a compared range are drawn."""

    @property
    def offset(self) -> timedelta:
        """Return the distance from UTC that the chart keeps."""
        return self.at.astimezone(ZoneInfo(self.zone)).utcoffset() or timedelta()

    def local(self, time: datetime) -> datetime:
        """Return the time on the axis, without a zone."""
        if self.on_the_wall:
            return time.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) + self.later
        utc = time.replace(tzinfo=None) - (time.utcoffset() or timedelta())
        return utc + self.offset + self.later

    def iso(self, time: datetime) -> str:
        """Return the time on the axis as plotly.js reads it."""
        return self.local(time).isoformat(timespec="seconds")

    def changes_in(self, window: Window) -> bool:
        zone = ZoneInfo(self.zone)
        return window.start.astimezone(zone).utcoffset() != window.end.astimezone(zone).utcoffset()


class Points(Frozen):
    """Where the values of a series stand on the axis: evenly spaced, or one by one."""

    x0: str | None = None
    dx: float | None = None
    x: list[str] | None = None


def times_of(values: SeriesValues) -> list[datetime]:
    if values.times is not None:
        return list(values.times)
    if values.start is None or values.count == 0:
        return []
    step = timedelta(seconds=values.step or 0)
    return [values.start + i * step for i in range(len(values.values[main_column(values)]))]


def time_at(values: SeriesValues, place: int) -> datetime:
    if values.times is not None:
        return values.times[place]
    assert values.start is not None
    return values.start + place * timedelta(seconds=values.step or 0)


def offsets_of(values: SeriesValues, since: datetime) -> NDArray[np.int64]:
    """Return how many microseconds after a time each value is: quicker than times, and as exact."""
    if values.times is not None:
        found = [(time - since) // MICROSECOND for time in values.times]
        return np.array(found, dtype=np.int64)
    if values.start is None or values.count == 0:
        return np.empty(0, dtype=np.int64)
    step = timedelta(seconds=values.step or 0) // MICROSECOND
    first = (values.start - since) // MICROSECOND
    return first + step * np.arange(len(values.values[main_column(values)]), dtype=np.int64)


def floats(column: Sequence[Any]) -> Floats:
    """Return a column as floats, with NaN where there is no value."""
    return np.array([np.nan if value is None else float(value) for value in column], dtype=float)


def points_of(values: SeriesValues, clock: Clock) -> Points:
    """Return the axis positions, as start and step whenever they are evenly spaced."""
    if values.times is None and values.start is not None and not clock.on_the_wall:
        return Points(x0=clock.iso(values.start), dx=(values.step or 1) * 1000)
    local = [clock.local(time) for time in times_of(values)]
    steps = {after - before for before, after in pairwise(local)}
    if len(steps) == 1:
        return Points(x0=_iso(local[0]), dx=steps.pop().total_seconds() * 1000)
    return Points(x=[_iso(time) for time in local])


def in_window(values: SeriesValues, window: Window) -> NDArray[np.bool_]:
    offsets = offsets_of(values, window.start)
    inside: NDArray[np.bool_] = (offsets >= 0) & (offsets < window.length // MICROSECOND)
    return inside


def shows_anything(line: Line, window: Window) -> bool:
    """Tell whether a line has a value, measured or believed, in the window."""
    if line.predictions is not None:
        return True
    if line.values is None:
        return False
    if line.is_state:
        return bool(in_window(line.values, window).any())
    column = floats(line.values.values[main_column(line.values)])
    return bool((in_window(line.values, window) & ~np.isnan(column)).any())


def step_of(values: SeriesValues) -> timedelta | None:
    """Return the distance between values, if there is a usual one."""
    if values.times is None:
        return timedelta(seconds=values.step) if values.step else None
    times = times_of(values)
    if len(times) < 2:  # noqa: PLR2004
        return None
    steps = np.diff(np.array([time.timestamp() for time in times]))
    return timedelta(seconds=float(np.median(steps)))


def gaps_of(values: SeriesValues, window: Window) -> list[Window]:
    """Return the stretches without values between two values, the first gap first."""
    step = step_of(values)
    if step is None:
        return []
    column = floats(values.values[main_column(values)])
    places = np.flatnonzero(~np.isnan(column))
    present = offsets_of(values, window.start)[places]
    before, after = present[:-1], present[1:]
    wide = after - before > GAP_FACTOR * (step // MICROSECOND)
    seen = (before < window.length // MICROSECOND) & (after > 0)
    return [
        Window(start=time_at(values, int(places[at])), end=time_at(values, int(places[at + 1])))
        for at in np.flatnonzero(wide & seen).tolist()
    ]


def follows_the_wall(bucket: str) -> bool:
    """Tell whether the edges of a bucket follow the clock on the wall: those over an hour do."""
    return FIXED_BUCKET.fullmatch(bucket) is None


def evened(values: SeriesValues) -> SeriesValues:
    """Return the same values evenly spaced, with None in the gaps, where their times allow it."""
    times = times_of(values)
    if values.times is None or len(times) < 2:  # noqa: PLR2004
        return values
    seconds = np.array([(time - times[0]).total_seconds() for time in times])
    step = float(np.median(np.diff(seconds)))
    slots = np.rint(seconds / step).astype(int)
    even = np.abs(seconds - slots * step).max() < 0.001 * step and np.diff(slots).min() > 0
    if not even or slots[-1] > MOST_FILLED * len(times):
        return values
    filled = {name: _filled(column, slots) for name, column in values.values.items()}
    update = {"start": times[0], "step": step, "times": None, "values": filled}
    return values.model_copy(update=update | {"count": int(slots[-1]) + 1})


def _filled(column: Sequence[Any], slots: NDArray[np.int_]) -> list[Any]:
    filled: list[Any] = [None] * (int(slots[-1]) + 1)
    for slot, value in zip(slots, column, strict=True):
        filled[slot] = value
    return filled


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
