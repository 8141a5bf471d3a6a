"""Asks the API for what a view shows."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dash_app.explore.columns import evened, in_window
from dash_app.explore.comparing import shift_of
from dash_app.explore.ranges import Asked, asked_of
from dash_app.explore.scene import Fault, Line, Scene, first_choice, main_column
from dash_app.explore.view import CHART, View, Window
from dtbase.client import Client
from dtbase.domain.glance.chart import Chart, ChartLine, LineName, Missing
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.series import Series, SeriesKey
from dtbase.domain.values.statistics import Summary
from dtbase.errors import Invalid

USUAL = (Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.COUNT)
TOTALS = (Aggregate.SUM, Aggregate.LAST)
MARGIN = 0.5
HOURLY, DAILY = "1h", "1d"
MOST_HOURS = timedelta(days=400)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """When and where the page is looked at, and which series there are."""

    zone: str
    catalogue: Callable[[], Sequence[Series]]
    now: datetime


def gather(client: Client, view: View, place: Place) -> Scene:
    """Return what the view shows at this moment, from one call."""
    if view.choices is None:
        view = view.with_series(first_choice(place.catalogue(), view.sensor))
    asked = range_of(view, place)
    refuse_too_long(view, asked, place)
    shift = _shift(view, asked, place)
    names = [choice.name for choice in view.choices or ()]
    if not names:
        start = asked.start or asked.end - timedelta(days=7)
        window = Window(start=start, end=asked.end)
        return Scene(view=view, window=window, now=place.now, zone=place.zone)
    chart = client.glance.chart(
        names,
        asked.start,
        asked.end,
        until_known=asked.until_known,
        margin=MARGIN if view.shown == CHART else 0,
        bucket=bucket_of(view, asked),
        aggregates=aggregates_of(view),
        timezone=place.zone,
        forecasts=view.forecasts,
        shift=None if shift is None else round(shift.total_seconds()),
    )
    return scene_of(view, chart, place, shift)


def range_of(view: View, place: Place) -> Asked:
    if view.window is not None:
        return Asked(start=view.window.start, end=view.window.end)
    return asked_of(view.range, place.now, ZoneInfo(place.zone))


def refuse_too_long(view: View, asked: Asked, place: Place) -> None:
    """Refuse hours by day of so many days that nobody could see them."""
    if view.shown != "hours":
        return
    if asked.start is None or min(asked.end, place.now) - asked.start > MOST_HOURS:
        rule = f"hours by day are shown of up to {MOST_HOURS.days} days; choose a shorter range"
        raise Invalid(rule, field="range")


def bucket_of(view: View, asked: Asked) -> str:
    """Return the resolution of a view: hours by day and a calendar have their own."""
    if view.shown == "calendar":
        return DAILY
    if view.shown == "hours":
        return HOURLY
    return view.bucket


def aggregates_of(view: View) -> Sequence[Aggregate]:
    """Return every aggregate that any line may follow."""
    chosen = (each for _, each in view.aggregates)
    usual = USUAL if view.shown == CHART else (Aggregate.MEAN,)
    return tuple(dict.fromkeys([*usual, *TOTALS, *chosen]))


def scene_of(view: View, chart: Chart, place: Place, shift: timedelta | None) -> Scene:
    """Return what is drawn of an answer."""
    window = Window(start=chart.start, end=chart.end)
    slots = {choice.line: choice.slot for choice in view.choices or ()}
    lines = [_line(line, slots[LineName.parse(line.name)], window, view) for line in chart.lines]
    faults = [Missing(name=name, reason="this names no series") for name in view.faults]
    return Scene(
        view=view,
        window=window,
        now=place.now,
        zone=place.zone,
        bucket=chart.bucket,
        shift=shift,
        lines=tuple(lines),
        pending=chart.pending,
        faults=tuple(
            Fault(name=each.name, reason=each.reason) for each in [*chart.missing, *faults]
        ),
    )


def summaries(
    client: Client, keys: Sequence[SeriesKey], window: Window, earlier: Window | None
) -> dict[SeriesKey, Summary]:
    """Return the figures of series in a window, and with them those of as long a one before."""
    if not keys or window.end <= window.start:
        return {}
    before = None if earlier is None else earlier.start
    found = client.readings.statistics(keys, window.start, window.end, before)
    return {each.key: each for each in found}


def _shift(view: View, asked: Asked, place: Place) -> timedelta | None:
    if view.compare is None:
        return None
    named = None if view.window is not None else view.range
    end = place.now if asked.until_known else asked.end
    zone = ZoneInfo(place.zone)
    found = shift_of(view.compare, asked.start or EARLIEST, end, zone, named)
    return found or None


def _line(line: ChartLine, slot: int, window: Window, view: View) -> Line:
    values = None if line.values is None else evened(line.values)
    believed = line.predictions
    if believed is not None and not in_window(believed, window).any():
        believed = None
    name = LineName.parse(line.name)
    return Line(
        series=line.series,
        slot=slot,
        belief=name.belief,
        column=view.aggregate_of(line.series.unit),
        values=_known(values),
        earlier=None if line.earlier is None else _known(evened(line.earlier)),
        run=line.run,
        predictions=believed,
        latest=line.latest,
    )


def _known(values: SeriesValues | None) -> SeriesValues | None:
    """Return values unless there is none among them."""
    if values is None or all(value is None for value in values.values[main_column(values)]):
        return None
    return values
