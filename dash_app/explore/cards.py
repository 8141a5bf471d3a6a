"""The chart's card with its legend and foot, and the table of statistics."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.states import chart_skeleton, message
from dash_app.explore import ids
from dash_app.explore.columns import step_of
from dash_app.explore.comparing import label_of
from dash_app.explore.figures import CONFIG, clock_of
from dash_app.explore.panels import AGGREGATES
from dash_app.explore.scene import Line, Scene, short_name
from dash_app.explore.traces import Pen
from dash_app.explore.view import CHART
from dash_app.words import (
    NBSP,
    bucket_label,
    city,
    error_sentence,
    measure_label,
    moment,
    offset,
    span,
)
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.lengths import length_in_words


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
            html.Div(
                graph,
                id=ids.STAGE,
                hidden=True,
                tabIndex=0,
                role="group",
                **aria(label="Chart. Plus and minus zoom, arrows move, 0 goes back"),
            ),
            html.Div(id=ids.BODY),
            html.Div(chart_skeleton(), id=ids.NOTE),
            html.Div(id=ids.FOOT, className="dt-card-foot"),
        ],
        id=ids.CARD,
        className="dt-card ex-card",
    )


def legend(scene: Scene, pen: Pen, hidden: Sequence[str]) -> list[Component]:
    """Return the keys of the chart; each is a switch."""
    if scene.view.shown != CHART:
        return _plain_keys(scene, pen)
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
    if any(line.banded(line.values) for line in scene.lines):
        found.append(_switch("range", "dt-key band cx", "min to max", hidden))
    if any(line.earlier for line in scene.lines) and scene.view.compare:
        words = f"Thin: {label_of(scene.view.compare).lower()}"
        found.append(_switch("earlier", "dt-key thin cx", words, hidden))
    return found


def _plain_keys(scene: Scene, pen: Pen) -> list[Component]:
    """Return the keys of a view in which nothing can be switched; some views have no colours."""
    if scene.view.shown not in {"scatter", "distribution"}:
        return []
    return [
        html.Span([html.I(className=f"dt-key c{pen.paint(line).colour}"), full_name(line)])
        for line in scene.lines
        if line.values is not None and not line.is_state
    ]


def full_name(line: Line) -> str:
    """Return what a line is called where nothing else tells its measure or place."""
    if line.formula is not None:
        return line.formula
    return f"{short_name(line.series)} {measure_label(line.key.measure).lower()}"


def title_of(scene: Scene) -> str:
    """Return what is shown, for the title of the browser's tab."""
    names = [full_name(line) for line in scene.lines]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""  # noqa: PLR2004
    return ", ".join(names[:2]) + more


def foot(scene: Scene) -> list[Component]:
    """Return the resolution at the left and the zone at the right."""
    clock, zone = clock_of(scene), scene.tz
    times = f"Times in {city(scene.zone)} ({offset(scene.window.end, zone)})"
    if clock.changes_in(scene.window) and not clock.on_the_wall:
        times += " throughout, though the clocks change"
    return [html.Span(_resolution(scene)), html.Span(times, className="ms-auto")]


def runs_strip(statuses: Sequence[RunStatus]) -> html.Span | None:
    """Return how far the forecasts are that somebody asked for."""
    if not statuses:
        return None
    states = [status.value for status in statuses]
    counts = ", ".join(f"{states.count(word)} {word}" for word in dict.fromkeys(states))
    words = "Forecast" if len(states) == 1 else f"{len(states)} forecasts"
    text = f"{words} {states[0]}" if len(set(states)) == 1 else f"{words}: {counts}"
    return html.Span([html.I(className="dt-dot run"), text], className="dt-chip", role="status")


def nothing_chosen(scene: Scene) -> html.Div:
    """Return what stands in place of an empty chart."""
    if scene.faults:
        told = [f"{fault.name}: {fault.reason}" for fault in scene.faults]
        return message("alert", "Nothing of this can be shown", error_sentence("; ".join(told)))
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
        what = "cell" if scene.view.shown in {"hours", "calendar"} else "point"
        text = f"1 {what} = {bucket_label(scene.bucket)}, {_aggregates(scene)}"
        if scene.view.shown == CHART and any(line.banded(line.values) for line in scene.lines):
            text += ", band = min to max"
    if scene.view.normal and scene.view.shown == CHART:
        text += ". Each line from its lowest to its highest value in view"
    if scene.shift is not None and scene.view.compare and scene.view.shown == CHART:
        text += f". Thin: {label_of(scene.view.compare).lower()}, on the times of now"
    if scene.view.shown == CHART and any(line.predictions for line in scene.lines):
        text += f". Shaded: 80{NBSP}% and 95{NBSP}% forecast intervals"
    return text


def _aggregates(scene: Scene) -> str:
    """Return which aggregates the lines follow, in words."""
    found = [
        AGGREGATES[line.main(line.values)]
        for line in scene.lines
        if line.values and not line.is_state
    ]
    return ", ".join(dict.fromkeys(found)) or "mean"


def _reading(scene: Scene) -> str:
    steps = {step_of(line.values) for line in scene.lines if line.values}
    step = steps.pop() if len(steps) == 1 else None
    return length_in_words(step) if step else "1 reading"
