"""The toolbar that says what is shown: range, steps in time, resolution."""

from datetime import datetime
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html

from dash_app.aria import aria
from dash_app.explore import ids
from dash_app.explore.scene import Scene
from dash_app.explore.view import DEFAULT_RANGE, QUICK_LABELS, Window, window_of
from dash_app.icons import icon
from dash_app.words import BUCKETS, bucket_label, span
from dtbase.errors import Invalid


def toolbar(zone: str) -> html.Div:
    """Return the toolbar before anything is known."""
    return html.Div(
        [_quick(), _absolute(zone), _steps(), _resolution()],
        className="dt-toolbar",
        role="group",
        **aria(label="What is shown"),
    )


def span_text(scene: Scene) -> str:
    """Return the range that was resolved."""
    return span(scene.window.start, scene.window.end, scene.tz)


def resolved_text(scene: Scene) -> str:
    """Return the resolution that was resolved, where the page chose it itself."""
    return f"Automatic: {bucket_label(scene.bucket).lower()}"


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


def _quick() -> html.Div:
    options = [{"label": label, "value": value} for value, label in QUICK_LABELS.items()]
    items = dbc.RadioItems(
        id=ids.RANGE,
        options=options,
        value=DEFAULT_RANGE,
        className="dt-seg",
        inputClassName="btn-check",
        labelCheckedClassName="on",
        inline=True,
    )
    return html.Div(items, role="group", **aria(label="Range"))


def _absolute(zone: str) -> html.Details:
    fields = [
        html.Label("From", htmlFor=ids.FROM, className="form-label"),
        dbc.Input(id=ids.FROM, type="datetime-local", className="mb-3"),
        html.Label("To", htmlFor=ids.TO, className="form-label"),
        dbc.Input(id=ids.TO, type="datetime-local"),
        html.Div(f"Times in {zone.rsplit('/', 1)[-1].replace('_', ' ')}", className="form-text"),
        html.Button("Show", id=ids.APPLY, className="btn btn-light w-100 mt-3"),
    ]
    summary = html.Summary([icon("cal"), html.Span("…", id=ids.SPAN)], className="btn btn-light")
    return html.Details([summary, html.Div(fields, className="dt-pop-body")], className="dt-pop")


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
    return html.Label([words, select], className="btn btn-light ex-resolution")
