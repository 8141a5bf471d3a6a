"""The toolbar that says what is shown: range, steps in time, resolution, comparison, view."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.forms import hidden
from dash_app.explore import comparing, ids, ranges
from dash_app.explore.scene import Scene
from dash_app.explore.view import CHART, DEFAULT_RANGE, SHOWN, Window, window_of
from dash_app.icons import icon
from dash_app.words import BUCKETS, span
from dtbase.errors import Invalid

LOOKS = {"fc": "Forecasts", "norm": "Each line on its own scale", "axes": "Two units, two axes"}


def toolbar(zone: str) -> html.Div:
    """Return the toolbar before anything is known."""
    shown = _segments(ids.SHOWN, SHOWN, CHART, "View", "ex-shown end")
    return html.Div(
        [
            _segments(ids.RANGE, ranges.QUICK_LABELS, DEFAULT_RANGE, "Range"),
            _range(zone),
            _steps(),
            _resolution(),
            _compare(),
            _look(),
            shown,
        ],
        className="dt-toolbar",
        role="group",
        **aria(label="What is shown"),
    )


def span_text(scene: Scene) -> str:
    """Return the range that was resolved."""
    told = span(scene.window.start, scene.window.end, scene.tz)
    if scene.view.window is None and ranges.MONTH.fullmatch(scene.view.range):
        return ranges.label_of(scene.view.range)
    if scene.view.window is None and scene.view.range not in ranges.QUICK_LABELS:
        return f"{ranges.label_of(scene.view.range)}: {told}"
    return told


def compared_text(scene: Scene) -> str:
    """Return what the range is compared with."""
    return comparing.label_of(scene.view.compare) if scene.view.compare else "Off"


def field_value(time: datetime, zone: ZoneInfo) -> str:
    """Return a time as the browser's date and time fields hold it."""
    return time.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")


def window_from(start: str | None, end: str | None, zone: ZoneInfo) -> Window:
    """Return the window that two fields describe."""
    if not start or not end:
        raise Invalid("give both a start and an end", field="range")
    try:
        first, last = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, end))
    except ValueError as error:
        raise Invalid("these are not dates with times", field="range") from error
    return window_of(first, last)


def range_from(back: Any, back_unit: str, ahead: Any, ahead_unit: str) -> str:
    """Return the range of the last and the next so many hours, days and so on."""
    parts = [
        f"{int(back)}{back_unit}" if back else "",
        f"{int(ahead)}{ahead_unit}" if ahead else "",
    ]
    text = "~".join(parts) if parts[1] else parts[0]
    if not ranges.is_range(text):
        raise Invalid("give how far back, how far ahead, or both; up to 9999", field="range")
    return text


def month_from(text: str | None) -> str:
    """Return the range of the month that a field names."""
    if not ranges.MONTH.fullmatch(text or ""):
        raise Invalid("give a month, such as 2026-07", field="range")
    return text or ""


def shift_from(count: Any, unit: str) -> str:
    """Return the shift of a comparison that two fields describe."""
    text = f"{int(count)}{unit}" if count else ""
    if not comparing.is_shift(text):
        raise Invalid("give how much earlier, up to a hundred years", field="cmp")
    return text


def _segments(
    name: str, labels: Mapping[str, str], value: str, words: str, style: str = ""
) -> html.Div:
    items = dbc.RadioItems(
        id=name,
        options=[{"label": label, "value": each} for each, label in labels.items()],
        value=value,
        className="dt-seg",
        inputClassName="btn-check",
        labelCheckedClassName="on",
        inline=True,
    )
    return html.Div(items, role="group", className=style, **aria(label=words))


def _range(zone: str) -> html.Details:
    named = [
        html.Button(label, id=ids.say(f"range={name}"), className="btn btn-light btn-sm")
        for name, label in ranges.CALENDAR.items()
    ]
    around = [
        _counted("Last", ids.BACK, ids.BACK_UNIT, 7),
        _counted("Next", ids.AHEAD, ids.AHEAD_UNIT, 2),
        html.Button("Show last and next", id=ids.AROUND, className="btn btn-light w-100 mt-2"),
    ]
    month = html.Div(
        [
            html.Label("Month", htmlFor=ids.MONTH, className="form-label"),
            dbc.Input(id=ids.MONTH, type="month", min="1900-01", max="2199-12"),
            html.Button(
                "Show", id=ids.MONTH_SHOW, className="btn btn-light", **aria(label="Show month")
            ),
        ],
        className="ex-counted ex-month",
    )
    absolute = [
        html.Label("From", htmlFor=ids.FROM, className="form-label"),
        dbc.Input(id=ids.FROM, type="datetime-local", className="mb-2"),
        html.Label("To", htmlFor=ids.TO, className="form-label"),
        dbc.Input(id=ids.TO, type="datetime-local"),
        html.Div(f"Times in {zone.rsplit('/', 1)[-1].replace('_', ' ')}", className="form-text"),
        html.Button("Show", id=ids.APPLY, className="btn btn-light w-100 mt-2"),
    ]
    body = [
        html.Div(named, className="ex-named"),
        html.Div(month, className="ex-part"),
        html.Div(around, className="ex-part"),
        html.Div(absolute, className="ex-part"),
    ]
    return _pop([icon("cal"), html.Span("…", id=ids.SPAN)], body)


def _counted(words: str, name: str, unit: str, value: int) -> html.Div:
    options = [{"label": label, "value": each} for each, label in ranges.UNITS.items()]
    return html.Div(
        [
            html.Label(words, htmlFor=name, className="form-label"),
            dbc.Input(id=name, type="number", min=0, max=9999, step=1, value=value),
            hidden(f"{words}, unit", dbc.Select(id=unit, options=options, value="d")),
        ],
        className="ex-counted",
    )


def _steps() -> html.Div:
    earlier, later = "btn btn-light btn-icon", "btn btn-light btn-icon"
    return html.Div(
        [
            html.Button(icon("left"), id=ids.EARLIER, className=earlier, **aria(label="Earlier")),
            html.Button(icon("right"), id=ids.LATER, className=later, **aria(label="Later")),
        ],
        className="btn-group",
    )


def _resolution() -> html.Label:
    options = [{"label": label, "value": value} for value, label in BUCKETS.items()]
    select = dbc.Select(id=ids.BUCKET, options=options, value="auto", className="ex-select")
    words = html.Span("Resolution", className="dt-faint")
    return html.Label([words, select], className="btn btn-light ex-resolution", title="Resolution")


def _compare() -> html.Div:
    choices = [
        html.Button(
            [html.B(label), html.Span(words, className="dt-faint")],
            id=ids.say(f"cmp={name}"),
            className="ex-choice",
        )
        for name, (label, words) in comparing.CHOICES.items()
    ]
    other = [
        _counted("Other: earlier by", ids.SHIFT, ids.SHIFT_UNIT, 2),
        html.Button("Compare", id=ids.SHIFT_SHOW, className="btn btn-light w-100 mt-2"),
    ]
    summary = [
        html.Span("Compare", className="dt-faint"),
        html.Span("Off", id=ids.COMPARED),
    ]
    pop = _pop(summary, [*choices, html.Div(other, className="ex-part")])
    off = html.Button(
        icon("close"),
        id=ids.say("cmp="),
        className="btn btn-light btn-icon",
        **aria(label="Compare with nothing"),
    )
    return html.Div([pop, html.Span(off, id=ids.COMPARE_OFF, hidden=True)], className="ex-compare")


def _look() -> html.Details:
    looks = dbc.Checklist(
        id=ids.LOOK,
        options=[{"label": label, "value": name} for name, label in LOOKS.items()],
        value=["fc"],
        className="ex-looks",
    )
    return _pop(["Lines"], [looks, html.Div(id=ids.PANELS)])


def _pop(summary: list[Any], body: Sequence[Component]) -> html.Details:
    button = html.Summary(summary, className="btn btn-light")
    return html.Details([button, html.Div(body, className="dt-pop-body")], className="dt-pop")
