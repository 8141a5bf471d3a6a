"""The tree of places: a row for each, with what was measured last."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.icons import icon
from dash_app.overview import words
from dash_app.overview.attention import DOTS
from dash_app.places.forest import MOST_ROWS, Branch
from dash_app.places.view import View
from dash_app.words import NBSP, measure_label, number, unit_symbol
from dtbase.domain.glance.overview import SeriesNow

FEW_VALUES = 3
KEYS = "Drag a place onto another, or press m on it, choose where with the arrows, and press Enter."


class Rows:
    """Rows as long as there is room for more."""

    def __init__(self, view: View, *, may_edit: bool) -> None:
        self.view, self.may_edit, self.left = view, may_edit, MOST_ROWS
        self.out = 0

    def of(self, branches: Sequence[Branch], level: int) -> list[Component]:
        return list(self._each(branches, level))

    def _each(self, branches: Sequence[Branch], level: int) -> Iterator[Component]:
        for branch in branches:
            if self.left <= 0:
                self.out += sum(1 for _ in branch.walk())
                continue
            self.left -= 1
            yield self._item(branch, level)

    def _item(self, branch: Branch, level: int) -> html.Li:
        place = branch.place
        inner = self.of(branch.branches, level + 1)
        parts: list[Component] = [row(place.name, branch, movable=self.may_edit)]
        parts += [html.Ul(inner, role="group")] if inner else []
        given = {"expanded": "true"} if inner else {}
        data = {"data-place": place.identifier, "data-parent": place.parent or ""}
        return item(parts, level, selected=place.identifier == self.view.at, **given, data=data)


def item(
    parts: list[Component], level: int, *, selected: bool, data: dict[str, Any], **given: str
) -> html.Li:
    said: dict[str, Any] = aria(level=str(level), selected=str(selected).lower(), **given)
    return html.Li(parts, role="treeitem", className="pl-item", tabIndex=-1, **said, **data)


def tree(top: str, root: str, branches: Sequence[Branch], rows: Rows) -> list[Component]:
    """Return the tree under the twin, or under the place whose inside is shown."""
    inner = rows.of(branches, 2)
    first = html.Div([icon("place"), html.B(top)], className="pl-row top")
    parts: list[Component] = [first, *([html.Ul(inner, role="group")] if inner else [])]
    data: dict[str, Any] = {"data-place": root, "data-parent": "", "data-root": "1"}
    selected = bool(root) and root == rows.view.at
    given = {"expanded": "true"} if inner else {}
    edits: dict[str, Any] = {"data-edits": "1"} if rows.may_edit else {}
    shown: list[Component] = [
        html.Ul(
            item(parts, 1, selected=selected, **given, data=data),
            role="tree",
            className="pl-tree",
            **aria(label="Places"),
            **edits,
        )
    ]
    if rows.out:
        told = f"{rows.out} more places are not shown. Look for them, or go into a place."
        shown.append(html.P(told, className="dt-meta pl-told"))
    if rows.may_edit and inner:
        shown.append(html.P(KEYS, className="dt-meta dt-hide pl-told"))
    return shown


def row(name: str, branch: Branch, *, movable: bool) -> html.Div:
    """Return what a place shows of itself."""
    concern = branch.concern
    dot = DOTS[concern] if concern else "ok" if branch.sensors else "off"
    drag: dict[str, Any] = {"draggable": "true"} if movable else {}
    return html.Div(
        [
            html.Span(className="pl-fold", **aria(hidden="true")),
            html.I(className=f"dt-dot {dot}", title=concern or ""),
            html.B(name, className="pl-name"),
            html.Span(branch.place.identifier, className="dt-faint dt-hide pl-code"),
            html.Span(values_of(branch), className="pl-values"),
        ],
        className="pl-row",
        **drag,
    )


def values_of(branch: Branch) -> list[Component]:
    """Return the last values of a few measures, or what stands in a place without any."""
    by_measure: dict[tuple[str, str | None], list[SeriesNow]] = {}
    for series in branch.series:
        if series.time is not None:
            by_measure.setdefault((series.measure, series.unit), []).append(series)
    shown: list[Component] = [value_of(each) for each in list(by_measure.values())[:FEW_VALUES]]
    if len(by_measure) > FEW_VALUES:
        shown.append(html.Span(f"+{len(by_measure) - FEW_VALUES}", className="dt-faint dt-hide"))
    return shown or [html.Span(inside(branch), className="dt-faint")]


def value_of(series: Sequence[SeriesNow]) -> html.A:
    """Return the last value of a measure, of several sensors from the lowest to the highest."""
    first = series[0]
    asked = "&".join(f"s={each.key}" for each in series[:12])
    return html.A(
        [html.Span(measure_label(first.measure), className="dt-faint dt-hide"), reach_of(series)],
        href=f"/explore?{asked}",
        className="pl-value",
        tabIndex=-1,
        title=f"{measure_label(first.measure)} in Explore",
    )


def reach_of(series: Sequence[SeriesNow]) -> str:
    numbers = [
        each.value
        for each in series
        if each.value is not None and not isinstance(each.value, str | bool)
    ]
    if len(series) == 1 or not numbers:
        return words.value_now(series[0])
    unit = series[0].unit
    low, high = number(min(numbers), unit), number(max(numbers), unit)
    symbol = unit_symbol(unit)
    reach = low if low == high else f"{low} to {high}"
    return reach + (f"{NBSP}{symbol}" if symbol else "")


def inside(branch: Branch) -> str:
    """Say what stands in a place."""
    places = sum(1 for _ in branch.walk()) - 1
    parts = [counted(places, "place")] * bool(places)
    parts += [counted(branch.sensors, "sensor")] * bool(branch.sensors)
    return ", ".join(parts) or "nothing yet"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def told_at(time: datetime, now: datetime) -> html.Span:
    """Return how long ago something was, kept up to date by the browser."""
    text = words.rough(now - time) + " ago"
    return html.Span(text, className="dt-ago dt-faint", **{"data-time": time.isoformat()})  # type: ignore[arg-type]
