"""Where each control of Explore leads: from one view to the next."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dash_app.explore.view import QUICK, View, Window
from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid

STEP = 0.5
BEFORE_LAST = timedelta(days=7)
AFTER_LAST = timedelta(hours=6)


class Drawn(Frozen):
    """What the browser remembers of the chart it shows."""

    search: str = ""
    signature: str = ""
    start: datetime
    end: datetime
    offset_seconds: float = 0.0
    latest: datetime | None = None

    @property
    def window(self) -> Window:
        return Window(start=self.start, end=self.end)


def current_view(search: str | None, drawn: Drawn | None) -> View:
    """Return the view at an address; what the page chose itself counts as chosen."""
    view = View.parse(search or "")
    if view.choices is None and drawn is not None:
        view = view.model_copy(update={"choices": View.parse(drawn.search).choices})
    return view


def moved(view: View, drawn: Drawn, share: float) -> View:
    """Return the view earlier or later by a share of what is drawn."""
    return view.with_window(drawn.window.moved(share))


def zoomed(view: View, drawn: Drawn, start: str, end: str) -> View:
    """Return the view of a stretch of the chart's axis."""
    return view.with_window(Window(start=_utc(start, drawn), end=_utc(end, drawn)))


def ticked(view: View, ticked_keys: Sequence[str]) -> View:
    """Return the view of the series that are ticked; others that were chosen go."""
    return view.with_series([SeriesKey.parse(key) for key in _in_order(view, ticked_keys)])


def without(view: View, key: str) -> View:
    kept = [choice.key for choice in view.choices or () if str(choice.key) != key]
    return view.with_series(kept)


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


def ranged(view: View, quick: str) -> View:
    """Return the view of a range that ends now."""
    return view.with_range(quick) if quick in {*QUICK, "all"} else view


def _in_order(view: View, keys: Sequence[str]) -> list[str]:
    kept = [str(choice.key) for choice in view.choices or () if str(choice.key) in keys]
    return [*kept, *(key for key in keys if key not in kept)]


def _utc(axis_time: str, drawn: Drawn) -> datetime:
    try:
        local = datetime.fromisoformat(axis_time.replace(" ", "T"))
    except ValueError as error:
        raise Invalid("that is not a time on the chart", field="range") from error
    return (local - timedelta(seconds=drawn.offset_seconds)).replace(tzinfo=UTC)
