"""The place that is looked at: its series, what it stands in, and what can be done with it."""

from datetime import datetime
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dash_app.icons import icon
from dash_app.overview import words
from dash_app.overview.attention import DOTS
from dash_app.places.forest import Branch, Forest
from dash_app.places.rows import inside, told_at
from dash_app.places.view import inside_of
from dash_app.plan.view import address_of
from dash_app.words import measure_label
from dtbase.domain.glance.overview import SeriesNow

MOST_SERIES = 40
IN_EXPLORE = 12


def card(forest: Forest, at: str, now: datetime, *, may_edit: bool) -> list[Component]:
    """Return what is told of a place; of none what to do."""
    place = forest.by_name.get(at)
    if place is None:
        reason = "Nothing is called so." if at else "Choose a place to see what is measured there."
        return [html.P(reason, className="dt-meta p-3 mb-0")]
    branch = forest.branch(place)
    head = html.Div(html.H2(place.name), className="dt-card-head")
    series = [each for part in branch.walk() for each in part.series]
    told = html.P(f"{place.identifier} · {inside(branch)}", className="dt-meta px-3 mb-2")
    return [head, told, actions(branch, series, may_edit=may_edit), list_of(series, now)]


def actions(branch: Branch, series: list[SeriesNow], *, may_edit: bool) -> html.Div:
    place = branch.place
    parts: list[Component] = [link("map", "Plan", address_of(place.identifier))]
    if series:
        asked = "&".join(f"s={each.key}" for each in series[:IN_EXPLORE])
        parts.append(link("explore", "Explore", f"/explore?{asked}"))
    if branch.branches:
        parts.append(link("right", "Only what is in it", inside_of(place.identifier)))
    details = f"/locations?{urlencode({'open': place.identifier})}"
    parts.append(link("edit" if may_edit else "table", "Details", details))
    if may_edit:
        kind = "btn btn-light btn-sm pl-carry"
        parts.append(html.Button([icon("swap"), "Move…"], type="button", className=kind))
    return html.Div(parts, className="d-flex flex-wrap gap-2 px-3 pb-3")


def link(picture: str, text: str, href: str) -> html.A:
    return html.A([icon(picture), text], href=href, className="btn btn-light btn-sm")


def list_of(series: list[SeriesNow], now: datetime) -> Component:
    """Return the series with their last values, each a way into Explore."""
    lines: list[Component] = [line(each, now) for each in series[:MOST_SERIES]]
    if len(series) > MOST_SERIES:
        lines.append(html.Li(f"{len(series) - MOST_SERIES} more series", className="dt-faint"))
    return html.Ul(lines, className="pl-series")


def line(series: SeriesNow, now: datetime) -> html.Li:
    dot = DOTS[series.concern] if series.concern else "ok" if series.time else "off"
    sensor = series.sensor_name or series.sensor
    which = [
        html.A(measure_label(series.measure), href=f"/explore?s={series.key}"),
        html.A(sensor, href=f"/sensor?id={series.sensor}", className="dt-faint"),
    ]
    last: list[Component] = [html.Span("no readings", className="dt-faint")]
    if series.time:
        last = [html.B(words.value_now(series)), told_at(series.time, now)]
    name = html.Span(which, className="pl-which")
    return html.Li([html.I(className=f"dt-dot {dot}"), name, html.Span(last, className="pl-last")])
