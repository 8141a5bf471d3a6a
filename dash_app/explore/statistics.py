"""The table of what the readings of the visible range amount to, and the compared ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import compress
from zoneinfo import ZoneInfo

import numpy as np
from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.explore.columns import floats, in_window, times_of
from dash_app.explore.navigate import Drawn, Row
from dash_app.explore.scene import Line
from dash_app.explore.view import View, Window
from dash_app.words import DASH, NBSP, number, span, unit_symbol
from dash_app.words import moment as time_text
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.chart import LineName
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.statistics import STEPPED, predicted_as
from dtbase.domain.values.statistics import Summary, figures_of

HEADS = {
    "mean": "Mean",
    "min": "Min",
    "p5": f"5{NBSP}%",
    "median": "Median",
    "p95": f"95{NBSP}%",
    "max": "Max",
    "deviation": f"Std.{NBSP}dev.",
    "total": "Total",
}
AROUND_MAX = timedelta(hours=24)
Summaries = Mapping[SeriesKey, Summary]


class Asked(Frozen):
    """The windows of the statistics: what has passed of the range, and the same hours earlier."""

    window: Window
    earlier: Window | None = None


def asked_of(drawn: Drawn, now: datetime) -> Asked:
    """Return of which times the figures are: of both ranges the same hours."""
    end = max(min(drawn.end, now), drawn.start)
    window = Window(start=drawn.start, end=end)
    if drawn.earlier_start is None:
        return Asked(window=window)
    until = drawn.earlier_start + window.length
    return Asked(window=window, earlier=Window(start=drawn.earlier_start, end=until))


def asked_keys(drawn: Drawn) -> list[SeriesKey]:
    """Return the series whose readings are asked about; of other lines the points are known."""
    rows = (row for row in drawn.rows if row.drawn is None and not row.believed)
    return list(dict.fromkeys(line.key for line in map(line_of, rows) if is_series(line)))


def line_of(row: Row) -> LineName:
    return LineName.parse(row.key)


def is_series(line: LineName) -> bool:
    return line.formula is None and line.location is None


def of_drawn(line: Line, values: SeriesValues | None, window: Window) -> Summary | None:
    """Return what the points of a line amount to: of a place, a formula or a forecast."""
    if values is None:
        return None
    inside = in_window(values, window)
    name = "value" if line.belief else line.main(values)
    column = floats(values.values[name])
    kept = inside & ~np.isnan(column)
    times, points = list(compress(times_of(values), kept)), column[kept]
    statistic = line.series.statistic
    if (
        name != "value" and statistic in STEPPED
    ):  # a bucket of a meter holds what was used in it, one of a level its mean
        statistic = predicted_as(statistic)
    found = figures_of(points, statistic).model_dump()
    if points.size and found["max"] is not None:
        found |= {"max_at": times[int(points.argmax())], "min_at": times[int(points.argmin())]}
    return Summary(
        sensor=line.key.sensor,
        measure=line.key.measure,
        unit=line.series.unit,
        statistic=line.series.statistic,
        count=int(points.size),
        **found,
    )


def found_of(row: Row, found: Summaries) -> Summary | None:
    """Return the figures of a row: as asked, or as drawn."""
    if row.drawn is not None or row.believed:
        return row.drawn
    line = line_of(row)
    return found.get(line.key) if is_series(line) else None


def table(
    drawn: Drawn, asked: Asked, zone: ZoneInfo, now: Summaries, earlier: Summaries
) -> list[Component]:
    """Return the statistics of every series; with a comparison three rows of each."""
    told = [
        (row, found)
        for row in drawn.rows
        if (found := found_of(row, now)) is not None and found.statistic is not Statistic.STATE
    ]
    compared = asked.earlier is not None
    if not compared and not any(found.count for _, found in told):
        return []
    columns = [name for name in HEADS if _any(name, [found for _, found in told])]
    bodies = _bodies(drawn, asked, told, columns, earlier, zone)
    words = f"Of the readings themselves: {span(asked.window.start, asked.window.end, zone)}"
    if compared:
        words = "Of the readings themselves, the same hours of both"
    return [
        html.Div(
            [html.H2("Statistics"), html.Span(words, className="dt-meta")],
            className="dt-card-head",
        ),
        html.Div(
            html.Table(
                [html.Thead(html.Tr(_heads(columns, compared))), html.Tbody(bodies)],
                className="dt-table",
                **{"data-density": "compact"},  # type: ignore[arg-type]
            ),
            className=f"dt-scroll pt-1{' ex-compared' if compared else ''}",
            tabIndex=0,
            role="region",
            **aria(label="Statistics of the visible range"),
        ),
    ]


def _bodies(
    drawn: Drawn,
    asked: Asked,
    told: Sequence[tuple[Row, Summary]],
    columns: Sequence[str],
    earlier: Summaries,
    zone: ZoneInfo,
) -> list[Component]:
    compared = asked.earlier is not None
    bodies: list[Component] = []
    for row, found in told:
        at = _moment_link(drawn, found, zone)
        bodies.append(_row(row, found, columns, at, _span(asked.window, zone, compared)))
        if asked.earlier is not None and not row.believed:
            then = row.drawn_earlier if row.drawn else earlier.get(found.key)
            at = _moment_link(drawn, then, zone)
            bodies.append(_earlier_row(row, then, columns, at, _span(asked.earlier, zone, True)))
            bodies.append(_difference_row(found, then, columns))
    return bodies


def _any(name: str, found: Sequence[Summary]) -> bool:
    """Tell whether a column says anything of any series; most have no total."""
    return name != "total" or any(each.total is not None for each in found)


def _span(window: Window, zone: ZoneInfo, compared: bool) -> str | None:
    if not compared:
        return None
    first, last = window.start.astimezone(zone), window.end.astimezone(zone)
    if first.year != last.year:
        return f"{first.day} {first:%b %Y} {DASH} {last.day} {last:%b %Y}"
    month = "" if first.month == last.month else f" {first:%b}"
    return f"{first.day}{month} {DASH} {last.day} {last:%b %Y}"


def _moment_link(drawn: Drawn, found: Summary | None, zone: ZoneInfo) -> Component | str:
    """Return when the highest value was, which leads to the hours around it."""
    if found is None or found.max_at is None:
        return DASH
    around = Window(start=found.max_at - AROUND_MAX, end=found.max_at + AROUND_MAX)
    search = View.parse(drawn.search).with_window(around).search()
    return html.A(time_text(found.max_at, zone, weekday=True), href=f"/explore{search}")


def _heads(columns: Sequence[str], compared: bool) -> list[Component]:
    heads: list[Component] = [html.Th("Series", scope="col")]
    heads += [html.Th("Period", scope="col")] if compared else []
    heads += [html.Th(HEADS[name], className="dt-r", scope="col") for name in columns]
    heads += [html.Th("Max at", scope="col"), html.Th("Complete", className="dt-r", scope="col")]
    return heads


def _row(
    row: Row, found: Summary, columns: Sequence[str], at: Component | str, period: str | None
) -> html.Tr:
    key = html.I(className=f"dt-key c{row.colour}{' dash' if row.believed else ''}")
    unit = html.Span(unit_symbol(found.unit), className="dt-unit")
    drawn = [html.Span("as drawn", className="dt-faint")] if row.drawn else []
    label = html.Span([key, row.label, unit, *drawn], className="dt-state")
    return html.Tr([html.Th(label, scope="row"), *_cells(found, columns, at, period)])


def _earlier_row(
    row: Row,
    found: Summary | None,
    columns: Sequence[str],
    at: Component | str,
    period: str | None,
) -> html.Tr:
    key = html.I(className=f"dt-key thin c{row.colour}", title=f"{row.label} earlier")
    label = html.Span([key, html.Span("earlier", className="dt-faint")], className="dt-state")
    if found is None or not found.count:
        told = html.Td("no readings then", colSpan=len(columns) + 2, className="dt-faint")
        return html.Tr([html.Th(label, scope="row"), html.Td(period), told])
    return html.Tr([html.Th(label, scope="row"), *_cells(found, columns, at, period)])


def _cells(
    found: Summary, columns: Sequence[str], at: Component | str, period: str | None
) -> list[Component]:
    figures = [
        html.Td(
            number(getattr(found, name), found.unit),
            className="dt-r dt-best" if name == "max" else "dt-r",
        )
        for name in columns
    ]
    complete = DASH if found.complete is None else f"{found.complete * 100:.1f}{NBSP}%"
    first = [] if period is None else [html.Td(period)]
    return [*first, *figures, html.Td(at), html.Td(complete, className="dt-r")]


def _difference_row(found: Summary, then: Summary | None, columns: Sequence[str]) -> html.Tr:
    cells = []
    for name in columns:
        a, b = getattr(found, name), getattr(then, name, None)
        away = None if a is None or b is None else a - b
        if away is not None and found.statistic is Statistic.CIRCULAR:
            away = (away + 180) % 360 - 180
        text = number(away, found.unit)
        cells.append(
            html.Td(f"+{text}" if away is not None and away > 0 else text, className="dt-r")
        )
    return html.Tr(
        [html.Th("", scope="row"), html.Td("Difference"), *cells, html.Td(), html.Td()],
        className="ex-difference",
    )
