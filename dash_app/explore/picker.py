"""What is on the chart, and what can be added: series, places and forecasts."""

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.forms import hidden
from dash_app.explore import adding, ids
from dash_app.explore.panels import belief_label
from dash_app.explore.scene import Line, Scene, is_numeric, short_name
from dash_app.explore.traces import Pen, state_label
from dash_app.explore.view import View
from dash_app.icons import icon
from dash_app.words import ago, measure_label, moment, number, unit_symbol
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.series import Series

OPEN_STATIONS = 2
MOST_OFFERED = 80


def side_card() -> html.Aside:
    """Return the card before anything is known."""
    clear = html.Button("Clear", id=ids.CLEAR, className="btn btn-link btn-sm ms-auto pe-1")
    count = html.Span(id=ids.COUNT, className="dt-faint")
    return html.Aside(
        [
            html.Div([html.H2("On this chart"), count, clear], className="ex-head"),
            html.Ul(id=ids.ON_CHART, className="dt-series"),
            html.Div(html.H2("Add series"), className="ex-head ex-add"),
            html.Div([_search(), _filters()], className="px-3 pb-2"),
            html.Div(id=ids.TREE, className="dt-tree pb-2"),
            adding.offers(),
        ],
        className="dt-card ex-side",
        **aria(label="Series"),
    )


def on_chart(scene: Scene, pen: Pen) -> list[Component]:
    """Return a row for every line and for every forecast beside one."""
    rows: list[Component] = []
    for line in scene.lines:
        if line.belief is None:
            rows.append(_measured_row(line, scene, pen))
        if line.predictions is not None or line.belief is not None:
            rows.append(_forecast_row(line, scene, pen))
    return rows + [_fault_row(fault.name, fault.reason) for fault in scene.faults]


def tree(found: Sequence[Series], view: View, *, open_all: bool) -> list[Component]:
    """Return the sensors with their measures that fit; what is on the chart is ticked."""
    shown = found[:MOST_OFFERED]
    chosen = {choice.name for choice in view.choices or ()}
    sensors = list(dict.fromkeys(series.sensor for series in shown))
    stations = [[series for series in shown if series.sensor == sensor] for sensor in sensors]
    parts: list[Component] = [
        _station(members, chosen, opened=open_all or place < OPEN_STATIONS)
        for place, members in enumerate(stations)
    ]
    if not found:
        return [html.P("No series fits all of this.", className="dt-meta px-3 mb-0")]
    more = len(found) - len(shown)
    if more:
        told = f"{more:,} more fit. Type more of a name, or choose a type, location or measure."
        parts.append(html.P(told, className="dt-meta px-3 mb-0"))
    return parts


def options_of(
    known: Sequence[Series], places: Sequence[Location]
) -> tuple[list[dict[str, str]], list[dict[str, str]], list[dict[str, str]]]:
    """Return by which types, locations and measures series can be looked for."""
    types = sorted({series.sensor_type for series in known})
    measures = sorted({series.measure for series in known})
    return (
        [option("", "Any type"), *(option(name, measure_label(name)) for name in types)],
        [option("", "Anywhere"), *(option(p.identifier, p.name) for p in places)],
        [option("", "Any measure"), *(option(name, measure_label(name)) for name in measures)],
    )


def option(value: str, label: str) -> dict[str, str]:
    """Return a choice of a select."""
    return {"value": value, "label": label}


def _station(members: Sequence[Series], chosen: set[str], *, opened: bool) -> html.Details:
    first = members[0]
    title = f"{first.sensor_name}, {first.sensor}" if first.sensor_name else first.sensor
    values = [str(series.key) for series in members if str(series.key) in chosen]
    boxes = dbc.Checklist(
        id=ids.station(first.sensor),
        options=[_box(series) for series in members],
        value=values,
        className="ex-boxes",
    )
    count = html.Span(str(len(members)), className="dt-faint")
    return html.Details([html.Summary([title, count]), boxes], open=bool(values) or opened)


def _box(series: Series) -> dict[str, object]:
    unit = unit_symbol(series.unit) if is_numeric(series) else "states"
    label = html.Span([measure_label(series.measure), html.Span(unit, className="dt-faint")])
    return {"label": label, "value": str(series.key)}


def _measured_row(line: Line, scene: Scene, pen: Pen) -> html.Li:
    latest = line.latest
    value = latest.value if latest is not None else None
    unit, where = unit_symbol(line.series.unit), short_name(line.series)
    if line.formula is not None:
        seen = "of aggregates"
    elif line.key.sensor.startswith("@"):
        seen = "all sensors while there"
    elif latest is None or latest.time is None:
        seen = "no values"
    elif (scene.now - latest.time).days > 0:
        seen = moment(latest.time, scene.tz)
    else:
        seen = ago(latest.time, scene.now)
    name = line.measure_label
    return html.Li(
        [
            html.Span(className=f"dt-key c{pen.paint(line).colour}"),
            html.Span(name, className="n"),
            html.Span(_value(value, line), className="v"),
            html.Span(f"{where} · {unit} · {seen}" if unit else f"{where} · {seen}", className="s"),
            _remove(line.name, f"{name}, {where}"),
        ]
    )


def _forecast_row(line: Line, scene: Scene, pen: Pen) -> html.Li:
    values = line.predictions.values["value"] if line.predictions is not None else [None]
    issued = f" · issued {moment(line.issued_at, scene.tz)}" if line.issued_at else ""
    model = belief_label(line) or (line.run.model if line.run else "")
    name = measure_label(line.key.measure)
    where = short_name(line.series)
    outside = "" if line.predictions is not None else " · not in this range"
    parts: list[Any] = [
        html.Span(className=f"dt-key dash c{pen.paint(line).colour}"),
        html.Span(f"{name}, forecast", className="n"),
        html.Span(_value(values[0], line), className="v"),
        html.Span(f"{where} · {model}{issued}{outside}", className="s"),
    ]
    if line.belief is not None:
        parts.append(_remove(line.name, f"{name}, forecast, {where}"))
    return html.Li(parts)


def _fault_row(name: str, reason: str) -> html.Li:
    return html.Li(
        [
            html.Span(html.I(className="dt-dot warn")),
            html.Span(name, className="n"),
            html.Span("", className="v"),
            html.Span(f"cannot be shown: {reason}", className="s ex-why"),
            _remove(name, name),
        ],
        className="ex-fault",
    )


def _remove(name: str, words: str) -> html.Button:
    return html.Button(
        icon("close"),
        id=ids.remove(name),
        className="ex-remove",
        title="Take off the chart",
        **aria(label=f"Take {words} off the chart"),
    )


def _value(value: object, line: Line) -> str:
    if line.is_state and value is not None:
        return state_label(value)
    known = value if isinstance(value, int | float) else None
    return number(known, line.series.unit)


def _search() -> html.Label:
    """Return the room of the search; the browser puts a plain field there, which nobody redraws."""
    words = html.Span("Find a series", className="visually-hidden")
    room = html.Span(id=ids.SEARCH_ROOM, className="ex-search")
    return html.Label([icon("search"), words, room], className="dt-find ex-find")


def _filters() -> html.Details:
    selects = [
        hidden(words, dbc.Select(id=name, options=[option("", empty)], value=""))
        for name, empty, words in (
            (ids.OF_TYPE, "Any type", "Type"),
            (ids.OF_LOCATION, "Anywhere", "Location"),
            (ids.OF_MEASURE, "Any measure", "Measure"),
        )
    ]
    add = html.Button("Add all that fit", id=ids.ADD_ALL, className="btn btn-light btn-sm w-100")
    return html.Details(
        [html.Summary("By type, location or measure"), html.Div([*selects, add])],
        className="ex-more",
    )
