"""The sentence that says what to find."""

from collections.abc import Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.finding import ids
from dash_app.finding.view import DAYS, View
from dash_app.forecasts.cards import name_of
from dash_app.icons import icon
from dash_app.words import unit_symbol
from dtbase.domain.registry.series import Series
from dtbase.domain.values.conditions import Kind

KINDS = {
    Kind.ABOVE: "is above",
    Kind.BELOW: "is below",
    Kind.BETWEEN: "is between",
    Kind.RISING: "rises by more, an hour, than",
    Kind.FALLING: "falls by more, an hour, than",
    Kind.SILENT: "is silent for",
    Kind.IS: "is",
    Kind.OUTSIDE: "is outside the forecast of",
}
CONDITIONS = {kind.value: words for kind, words in KINDS.items()}
HINTS = "30, or 10 20, or 2h, or arima 95"
ALSO = "JFK/wind_speed above 5; …"
MOST_OPTIONS = 2_000


def sentence(view: View, catalogue: Sequence[Series]) -> html.Section:
    """Return the form, filled in as the address says."""
    words = view.conditions[0].split(maxsplit=2) if view.conditions else []
    chosen, kind, value = [*words, "", "", ""][:3]
    also = "; ".join(view.conditions[1:])  # which must hold at the same time
    parts = [
        phrase(
            html.B("Find when"),
            field("Series", series_select(chosen, view.like, catalogue)),
            field("Condition", select(ids.KIND, CONDITIONS, kind or Kind.ABOVE.value)),
            field("Value", text_input(ids.VALUE, value, "such as 30"), HINTS),
        ),
        *when(view),
        phrase(
            html.Span("and when"),
            field("And when", text_input(ids.ALSO, also, ALSO, "fw-wide"), "separated by ;"),
            html.Button([icon("search"), "Find"], id=ids.SEARCH, className="btn btn-primary"),
        ),
    ]
    fault = html.Div(id=ids.FAULT, className="invalid-feedback dt-error", role="alert")
    return html.Section(
        [html.Div(parts, className="fw-say"), fault],
        className="dt-card dt-card-body fw-cond",
        id=ids.FORM,
    )


def series_select(chosen: str, like: str, catalogue: Sequence[Series]) -> dbc.Select:
    """Return the choice of a series; one that an address names is there though nobody knows it."""
    options = {
        str(series.key): f"{name_of(series.key)}{in_unit(series.unit)}"
        for series in catalogue[:MOST_OPTIONS]
    }
    if chosen and chosen not in options:
        options = {chosen: chosen, **options}
    return select(ids.SERIES, options, chosen or like or next(iter(options), None))


def in_unit(unit: str | None) -> str:
    """Return in which unit the values of a series are."""
    return f" ({symbol})" if (symbol := unit_symbol(unit)) else ""


def when(view: View) -> list[Component]:
    """Return for how long, at which hours and on which days."""
    return [
        phrase(
            html.Span("for at least"),
            field("How long", text_input(ids.LENGTH, view.length, "any time"), "such as 3h or 10m"),
        ),
        phrase(
            html.Span("only from"),
            field("From hour", text_input(ids.FIRST, view.first, "0", "fw-hour")),
            html.Span("to"),
            field("To hour", text_input(ids.LAST, view.last, "24", "fw-hour")),
            html.Span("o'clock"),
        ),
        phrase(html.Span("on"), field("Days", select(ids.DAYS, DAYS, view.days))),
    ]


def phrase(*parts: Component) -> html.Div:
    """Return parts of the sentence that stay in one line."""
    return html.Div([*parts], className="fw-phrase")


def select(name: str, options: Mapping[str, str], value: str | None) -> dbc.Select:
    listed = [{"label": label, "value": value} for value, label in options.items()]
    return dbc.Select(id=name, options=listed, value=value)


def field(words: str, control: Component, hint: str = "") -> html.Label:
    """Return a control under a name that only screen readers say."""
    return html.Label([html.Span(words, className="visually-hidden"), control], title=hint or words)


def text_input(name: str, value: str, placeholder: str, size: str = "fw-short") -> dbc.Input:
    return dbc.Input(
        id=name,
        value=value,
        placeholder=placeholder,
        className=size,
        maxlength=300,
    )


def view_of(fields: Sequence[str | None]) -> View:
    """Return what the fields ask for."""
    series, kind, value, length, first, last, days, also = (
        str(each or "").strip() for each in fields
    )
    condition = " ".join(filter(None, (series, kind, value)))
    others = [text.strip() for text in also.split(";") if text.strip()]
    return View(
        conditions=(condition, *others) if series else (),
        length="" if length == "any time" else length,
        first=first,
        last=last,
        days=days or "any",
    )
