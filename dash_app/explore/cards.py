"""The chart's card with its legend and foot, and the table of statistics."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.states import chart_skeleton, message
from dash_app.explore import ids
from dash_app.explore.columns import step_of
from dash_app.explore.figures import CONFIG, clock_of
from dash_app.explore.scene import Scene, short_name
from dash_app.explore.statistics import Summary
from dash_app.explore.traces import Pen
from dash_app.words import (
    DASH,
    NBSP,
    bucket_label,
    city,
    length_in_words,
    measure_label,
    moment,
    number,
    offset,
    span,
    unit_symbol,
)
from dtbase.domain.forecasts.runs import RunStatus

HEADS = ("Mean", "Min", f"5{NBSP}%", "Median", f"95{NBSP}%", "Max")


def chart_card() -> html.Div:
    """Return the chart's card with a skeleton in it."""
    graph = dcc.Graph(id=ids.GRAPH, config=CONFIG, className="ex-chart")  # type: ignore[arg-type]
    return html.Div(
        [
            html.Div(
                [html.Div(id=ids.LEGEND, className="dt-legend"), html.Div(id=ids.RUNS)],
                className="dt-card-head",
            ),
            html.Div(className="ex-progress"),
            html.Div(graph, id=ids.STAGE, hidden=True),
            html.Div(chart_skeleton(), id=ids.NOTE),
            html.Div(id=ids.FOOT, className="dt-card-foot"),
        ],
        id=ids.CARD,
        className="dt-card ex-card",
    )


def legend(scene: Scene, pen: Pen, hidden: Sequence[str]) -> list[Component]:
    """Return the keys of the chart; each is a switch."""
    entries: dict[str, Component] = {}
    for line in scene.lines:
        paint = pen.paint(line)
        entries.setdefault(
            paint.group,
            _switch(paint.group, f"dt-key c{paint.colour}", pen.label(line), hidden),
        )
    found = list(entries.values())
    if any(line.predictions for line in scene.lines):
        found.append(_switch("forecast", "dt-key dash cx", "Forecast", hidden))
        found.append(_switch("bands", "dt-key band cx", f"80{NBSP}%, 95{NBSP}%", hidden))
    if any(line.values and "min" in line.values.values for line in scene.lines):
        found.append(_switch("range", "dt-key band cx", "min to max", hidden))
    return found


def foot(scene: Scene) -> list[Component]:
    """Return the resolution at the left and the zone at the right."""
    clock, zone = clock_of(scene), scene.tz
    times = f"Times in {city(scene.zone)} ({offset(scene.window.end, zone)})"
    if clock.changes_in(scene.window) and not clock.on_the_wall:
        times += " throughout, though the clocks change"
    return [html.Span(_resolution(scene)), html.Span(times, className="ms-auto")]


def table(scene: Scene, pen: Pen, summaries: Sequence[Summary]) -> list[Component]:
    """Return the statistics of the visible range."""
    end = min(scene.window.end, scene.now)
    range_text = f"Visible range, measured only: {span(scene.window.start, end, scene.tz)}"
    rows = [
        _row(summary, f"c{pen.paint(line).colour}", scene)
        for line, summary in zip(scene.lines, summaries, strict=True)
    ]
    heads = [html.Th(word, className="dt-r", scope="col") for word in HEADS]
    head = [html.Th("Series", scope="col"), *heads, html.Th("Max at", scope="col")]
    head.append(html.Th("Complete", className="dt-r", scope="col"))
    return [
        html.Div(
            [html.H2("Statistics"), html.Span(range_text, className="dt-meta")],
            className="dt-card-head",
        ),
        html.Div(
            html.Table(
                [html.Thead(html.Tr(head)), html.Tbody(rows)],
                className="dt-table",
                **{"data-density": "compact"},  # type: ignore[arg-type]
            ),
            className="dt-scroll pt-1",
            tabIndex=0,
            role="region",
            **aria(label="Statistics of the visible range"),
        ),
    ]


def runs_strip(statuses: Sequence[RunStatus]) -> html.Span | None:
    """Return how far the forecasts are that somebody asked for."""
    if not statuses:
        return None
    states = [status.value for status in statuses]
    counts = ", ".join(f"{states.count(word)} {word}" for word in dict.fromkeys(states))
    words = "Forecast" if len(states) == 1 else f"{len(states)} forecasts"
    text = f"{words} {states[0]}" if len(set(states)) == 1 else f"{words}: {counts}"
    return html.Span([html.I(className="dt-dot run"), text], className="dt-chip", role="status")


def nothing_chosen() -> html.Div:
    """Return what stands in place of an empty chart."""
    button = html.Button(
        "Show a first chart", id=ids.jump("first"), className="btn btn-light btn-sm"
    )
    return message(
        "explore",
        "Choose a series",
        "Pick measures of the sensors in the list, or start from this.",
        actions=[button],
    )


def nothing_in_range(scene: Scene) -> html.Div:
    """Return what stands in place of a chart without values."""
    line = scene.lines[0]
    name = f"{measure_label(line.key.measure)}, {short_name(line.series)}"
    latest = line.latest.time if line.latest else None
    text = f"{name} has no readings at all yet."
    actions: list[Component] = []
    if latest is not None:
        when = moment(latest, scene.tz, weekday=True, year=latest.year != scene.now.year)
        text = f"The last reading of {name} is from {when}."
        words = "Go to the last readings"
        actions = [html.Button(words, id=ids.jump("last"), className="btn btn-light")]
    if scene.view.bucket == "raw":
        text += " Of readings that retention has dropped, only aggregates are left."
        actions.append(automatic_resolution())
    title = f"No readings from {span(scene.window.start, scene.window.end, scene.tz)}"
    return message("cal", title, text, actions=actions)


def automatic_resolution() -> html.Button:
    """Return what lets the chart choose its resolution."""
    words = "Use the automatic resolution"
    return html.Button(words, id=ids.jump("auto"), className="btn btn-link")


def not_drawn(reason: str, *, fixed_bucket: bool) -> html.Div:
    """Return what stands in place of a chart that failed."""
    actions = [html.Button("Try again", id=ids.jump("again"), className="btn btn-light")]
    if fixed_bucket:
        actions.append(automatic_resolution())
    return message("alert", "This chart could not be drawn", reason, actions=actions, bad=True)


def _switch(group: str, key: str, text: str, hidden: Sequence[str]) -> html.Button:
    shown = group not in hidden
    marks: Any = {"data-group": group, "aria-pressed": "true" if shown else "false"}
    return html.Button(
        [html.I(className=key), text],
        type="button",
        className="ex-switch",
        title="Click to hide or show, double-click for this one only",
        **marks,
    )


def _resolution(scene: Scene) -> str:
    if scene.bucket == "raw":
        text = f"1 point = {_reading(scene)}, as measured"
    else:
        text = f"1 point = {bucket_label(scene.bucket)}, mean"
        if any(line.values and "min" in line.values.values for line in scene.lines):
            text += ", band = min to max"
    if any(line.predictions for line in scene.lines):
        text += f". Shaded: 80{NBSP}% and 95{NBSP}% forecast intervals"
    return text


def _reading(scene: Scene) -> str:
    steps = {step_of(line.values) for line in scene.lines if line.values}
    step = steps.pop() if len(steps) == 1 else None
    return length_in_words(step) if step else "1 reading"


def _row(summary: Summary, colour: str, scene: Scene) -> html.Tr:
    series = summary.series
    name = f"{short_name(series)} {measure_label(series.measure).lower()}"
    unit = html.Span(unit_symbol(series.unit), className="dt-unit")
    figures = (summary.mean, summary.low, summary.p5, summary.median, summary.p95)
    at = moment(summary.high_at, scene.tz, weekday=True) if summary.high_at else DASH
    complete = DASH if summary.complete is None else f"{summary.complete * 100:.1f}{NBSP}%"
    label = html.Span([html.I(className=f"dt-key {colour}"), name, unit], className="dt-state")
    return html.Tr(
        [
            html.Th(label, scope="row"),
            *(html.Td(number(value, series.unit), className="dt-r") for value in figures),
            html.Td(number(summary.high, series.unit), className="dt-r dt-best"),
            html.Td(at),
            html.Td(complete, className="dt-r"),
        ]
    )
