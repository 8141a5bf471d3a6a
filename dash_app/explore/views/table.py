"""The chart as a table: a row for each time, a column for each line."""

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.explore.cards import full_name
from dash_app.explore.columns import in_window, times_of
from dash_app.explore.panels import belief_label
from dash_app.explore.scene import Line, Scene
from dash_app.explore.traces import state_label
from dash_app.words import DASH, moment, number, unit_symbol
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.series import Value

MOST_ROWS = 500


class Column:
    """What a line, or the forecast beside it, says at each time."""

    def __init__(self, title: str, unit: str | None, values: SeriesValues, name: str) -> None:
        self.title, self.unit = title, unit
        self.provisional_from = values.provisional_from
        self.cells = dict(zip(times_of(values), values.values[name], strict=True))


def columns_of(scene: Scene) -> list[Column]:
    """Return the columns of a scene, in the order of its lines."""
    columns = []
    for line in scene.lines:
        title = full_name(line)
        if line.values is not None:
            columns.append(_column(title, line, line.values, line.main(line.values), scene))
        if line.predictions is not None:
            words = belief_label(line) or (line.run.model if line.run else "")
            told = f"{title}, {words} forecast"
            columns.append(_column(told, line, line.predictions, "value", scene))
    return columns


def _column(title: str, line: Line, values: SeriesValues, name: str, scene: Scene) -> Column:
    column = Column(title, line.series.unit, values, name)
    seen = zip(times_of(values), in_window(values, scene.window), strict=True)
    shown = {time for time, inside in seen if inside}
    column.cells = {time: cell for time, cell in column.cells.items() if time in shown}
    return column


def body(scene: Scene) -> list[Component]:
    """Return the table, the newest rows first."""
    columns = columns_of(scene)
    times = sorted({time for column in columns for time in column.cells}, reverse=True)
    heads = [html.Th("Time", scope="col"), *map(_head, columns)]
    rows = [_row(time, columns, scene) for time in times[:MOST_ROWS]]
    parts: list[Component] = [
        html.Div(
            html.Table(
                [html.Thead(html.Tr(heads)), html.Tbody(rows)],
                className="dt-table",
                **{"data-density": "compact"},  # type: ignore[arg-type]
            ),
            className="dt-scroll ex-rows",
            tabIndex=0,
            role="region",
            **aria(label="The chart as a table"),
        )
    ]
    if len(times) > MOST_ROWS:
        told = f"The newest {MOST_ROWS} of {len(times):,} times. A download has all of them."
        parts.append(html.P(told, className="dt-meta px-3 py-2 mb-0"))
    return parts


def _head(column: Column) -> html.Th:
    unit = html.Span(unit_symbol(column.unit), className="dt-unit")
    return html.Th([column.title, unit], className="dt-r", scope="col")


def _row(time: datetime, columns: list[Column], scene: Scene) -> html.Tr:
    when = moment(time, scene.tz, weekday=True, year=time.year != scene.now.year)
    cells = [html.Td(_said(time, column), className="dt-r") for column in columns]
    return html.Tr([html.Th(when, scope="row"), *cells])


def _said(time: datetime, column: Column) -> list[Component | str]:
    """Return what a column says at a time, and whether the next reading can change it."""
    value = column.cells.get(time)
    said: list[Component | str] = [_cell(value, column.unit)]
    since = column.provisional_from
    if value is not None and since is not None and time >= since:
        told = "The next reading can change this."
        said.append(html.Span("so far", className="dt-unit", title=told))
    return said


def _cell(value: Value | None, unit: str | None) -> str:
    if value is None:
        return DASH
    if isinstance(value, bool | str):
        return state_label(value)
    return number(value, unit)
