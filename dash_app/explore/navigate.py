"""Where each control of Explore leads: from one view to the next."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dash_app.explore.view import View, Window
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.chart import LineName
from dtbase.domain.values.statistics import Summary
from dtbase.errors import Invalid

BEFORE_LAST = timedelta(days=7)
AFTER_LAST = timedelta(hours=6)


class Row(Frozen):
    """A line that has statistics: its series, and how the chart calls and colours it."""

    key: str
    label: str
    colour: int
    drawn: Summary | None = None
    """Of a line that is no series, what its points amount to."""
    drawn_earlier: Summary | None = None
    believed: bool = False


class Drawn(Frozen):
    """What the browser remembers of the chart it shows."""

    search: str = ""
    signature: str = ""
    start: datetime
    end: datetime
    offset_seconds: float = 0.0
    step_seconds: float = 0.0
    """How far apart points are; of several lines the farthest."""
    latest: datetime | None = None
    earlier_start: datetime | None = None
    """From when on the compared range is, if there is one."""
    rows: tuple[Row, ...] = ()
    traces: tuple[str, ...] = ()
    """Of each trace its kind and its line."""
    runs: dict[str, int] = {}
    """By the names of lines the runs that they show."""

    @property
    def window(self) -> Window:
        return Window(start=self.start, end=self.end)


def current_view(search: str | None, drawn: Drawn | None) -> View:
    """Return the view at an address; what the page chose itself counts as chosen."""
    view = View.parse(search or "")
    if view.choices is None and drawn is not None:
        chosen = View.parse(drawn.search).choices
        view = view.model_copy(update={"choices": chosen, "sensor": None})
    return view


def ticked(view: View, offered: Sequence[str], ticked_names: Sequence[str]) -> View:
    """Return the view after some of the series on offer were ticked; others stay."""
    kept = [
        choice.line
        for choice in view.choices or ()
        if choice.name not in offered or choice.name in ticked_names
    ]
    return view.with_lines([*kept, *map(LineName.parse, ticked_names)])


def without(view: View, key: str) -> View:
    kept = [choice.line for choice in view.choices or () if choice.name != key]
    return view.with_lines(kept).model_copy(
        update={"faults": tuple(fault for fault in view.faults if fault != key)}
    )


def jumped(view: View, place: str, drawn: Drawn | None) -> View:
    """Return the view that a message offers."""
    if place == "first":
        return view.model_copy(update={"choices": None})
    if place == "auto":
        return view.with_bucket("auto")
    if place == "last" and drawn is not None and drawn.latest is not None:
        last = Window(start=drawn.latest - BEFORE_LAST, end=drawn.latest + AFTER_LAST)
        return view.with_window(last)
    return view


def time_of(axis_time: str, drawn: Drawn) -> datetime:
    """Return the instant of a point of the chart's axis."""
    return _utc(axis_time, drawn)


def _utc(axis_time: str, drawn: Drawn) -> datetime:
    try:
        local = datetime.fromisoformat(axis_time.replace(" ", "T"))
    except ValueError as error:
        raise Invalid("that is not a time on the chart", field="range") from error
    return (local - timedelta(seconds=drawn.offset_seconds)).replace(tzinfo=UTC)
