"""The series on the chart, and the sensors whose measures can be added."""

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.explore import ids
from dash_app.explore.scene import Line, Scene, is_numeric, short_name
from dash_app.explore.traces import Pen
from dash_app.icons import icon
from dash_app.words import ago, measure_label, moment, number, unit_symbol
from dtbase.domain.registry.series import Series

OPEN_STATIONS = 2


def side_card() -> html.Aside:
    """Return the card before anything is known."""
    clear = html.Button("Clear", id=ids.CLEAR, className="btn btn-link btn-sm ms-auto pe-1")
    count = html.Span(id=ids.COUNT, className="dt-faint")
    return html.Aside(
        [
            html.Div([html.H2("On this chart"), count, clear], className="ex-head"),
            html.Ul(id=ids.ON_CHART, className="dt-series"),
            html.Div(html.H2("Add series"), className="ex-head ex-add"),
            html.Div(_search(), className="px-3 pb-2"),
            html.Div(id=ids.TREE, className="dt-tree pb-2"),
        ],
        className="dt-card ex-side",
        **aria(label="Series"),
    )


def on_chart(scene: Scene, pen: Pen) -> list[Component]:
    """Return a row for every series and for every forecast on the chart."""
    rows: list[Component] = []
    for line in scene.lines:
        rows.append(_measured_row(line, scene, pen))
        if line.predictions is not None:
            rows.append(_forecast_row(line, scene, pen))
    return rows


def tree(scene: Scene) -> list[Component]:
    """Return the sensors with their measures; what is on the chart is ticked."""
    sensors = list(dict.fromkeys(series.sensor for series in scene.catalogue))
    chosen = {str(choice.key) for choice in scene.view.choices or ()}
    stations = [
        [series for series in scene.catalogue if series.sensor == sensor] for sensor in sensors
    ]
    return [_station(members, chosen, place) for place, members in enumerate(stations)]


def chosen_values(scene: Scene) -> dict[str, list[str]]:
    """Return which series are ticked, by sensor."""
    values: dict[str, list[str]] = {series.sensor: [] for series in scene.catalogue}
    for choice in scene.view.choices or ():
        if choice.key.sensor in values:
            values[choice.key.sensor].append(str(choice.key))
    return values


def _station(members: Sequence[Series], chosen: set[str], place: int) -> html.Details:
    first = members[0]
    title = f"{first.sensor_name}, {first.sensor}" if first.sensor_name else first.sensor
    values = [str(series.key) for series in members if str(series.key) in chosen]
    boxes = dbc.Checklist(
        id=ids.station(first.sensor),
        options=[_option(series) for series in members],
        value=values,
        className="ex-boxes",
    )
    count = html.Span(str(len(members)), className="dt-faint")
    return html.Details(
        [html.Summary([title, count]), boxes], open=bool(values) or place < OPEN_STATIONS
    )


def _option(series: Series) -> dict[str, object]:
    unit = unit_symbol(series.unit) if is_numeric(series) else series.datatype.value
    label = html.Span([measure_label(series.measure), html.Span(unit, className="dt-faint")])
    return {"label": label, "value": str(series.key), "disabled": not is_numeric(series)}


def _measured_row(line: Line, scene: Scene, pen: Pen) -> html.Li:
    latest = line.latest
    value = latest.value if latest is not None else None
    unit, where = unit_symbol(line.series.unit), short_name(line.series)
    seen = ago(latest.time, scene.now) if latest is not None and latest.time else "no values"
    if latest is not None and latest.time and (scene.now - latest.time).days > 0:
        seen = f"{moment(latest.time, scene.tz)}"
    name = measure_label(line.key.measure)
    return html.Li(
        [
            html.Span(className=f"dt-key c{pen.paint(line).colour}"),
            html.Span(name, className="n"),
            html.Span(_number(value, line), className="v"),
            html.Span(f"{where} · {unit} · {seen}" if unit else f"{where} · {seen}", className="s"),
            html.Button(
                icon("close"),
                id=ids.remove(str(line.key)),
                className="ex-remove",
                title="Take off the chart",
                **aria(label=f"Take {name}, {where} off the chart"),
            ),
        ]
    )


def _forecast_row(line: Line, scene: Scene, pen: Pen) -> html.Li:
    assert line.predictions is not None
    assert line.run is not None
    first = line.predictions.values["value"][0]
    issued = moment(line.issued_at, scene.tz) if line.issued_at else ""
    return html.Li(
        [
            html.Span(className=f"dt-key dash c{pen.paint(line).colour}"),
            html.Span(f"{measure_label(line.key.measure)}, forecast", className="n"),
            html.Span(_number(first, line), className="v"),
            html.Span(
                f"{short_name(line.series)} · {line.run.model} · issued {issued}", className="s"
            ),
        ]
    )


def _number(value: object, line: Line) -> str:
    known = value if isinstance(value, int | float) else None
    return number(known, line.series.unit)


def _search() -> html.Label:
    field = dcc.Input(
        type="search",
        placeholder="Name, place or measure",
        className="ex-search",
        autoComplete="off",
        id="explore-search",
    )
    words = html.Span("Find a series", className="visually-hidden")
    return html.Label([icon("search"), words, field], className="dt-find ex-find")
