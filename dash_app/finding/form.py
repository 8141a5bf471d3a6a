"""The sentence that says what to find."""

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.finding import ids
from dash_app.finding.view import DAYS, View
from dash_app.forecasts.cards import name_of
from dash_app.icons import icon
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
HINTS = "30, or 10 20, or 2h, or arima 95"
MOST_OPTIONS = 2_000


def sentence(view: View, catalogue: Sequence[Series]) -> html.Section:
    """Return the form, filled in as the address says."""
    words = view.conditions[0].split(maxsplit=2) if view.conditions else []
    chosen, kind, value = [*words, "", "", ""][:3]
    options = [
        {"label": f"{name_of(series.key)} ({series.key})", "value": str(series.key)}
        for series in catalogue[:MOST_OPTIONS]
    ]
    known = {str(option["value"]) for option in options}
    if chosen and chosen not in known:
        options.insert(0, {"label": chosen, "value": chosen})
    first = chosen or view.like or (str(options[0]["value"]) if options else "")
    also = "; ".join(view.conditions[1:])
    parts: list[Component] = [
        html.B("Find when"),
        field("Series", dbc.Select(id=ids.SERIES, options=options, value=first or None)),
        field(
            "Condition",
            dbc.Select(
                id=ids.KIND,
                options=[{"label": text, "value": kind.value} for kind, text in KINDS.items()],
                value=kind or Kind.ABOVE.value,
            ),
        ),
        field("Value", text_input(ids.VALUE, value, "30"), HINTS),
        html.Span("for at least"),
        field("How long", text_input(ids.LENGTH, view.length, "any time"), "such as 3h or 10m"),
        html.Span("only from"),
        field("From hour", text_input(ids.FIRST, view.first, "0")),
        html.Span("to"),
        field("To hour", text_input(ids.LAST, view.last, "24")),
        html.Span("o'clock, on"),
        field(
            "Days",
            dbc.Select(
                id=ids.DAYS,
                options=[{"label": text, "value": name} for name, text in DAYS.items()],
                value=view.days,
            ),
        ),
        html.Span("and"),
        field(
            "And when",
            text_input(ids.ALSO, also, "JFK/wind_speed above 5; …", wide=True),
            "separated by ;",
        ),
        html.Button([icon("search"), "Find"], id=ids.SEARCH, className="btn btn-primary"),
    ]
    return html.Section(
        [
            html.Div(parts, className="fw-say"),
            html.Div(id=ids.FAULT, className="invalid-feedback dt-error", role="alert"),
        ],
        className="dt-card dt-card-body fw-cond",
        id=ids.FORM,
    )


def field(words: str, control: Component, hint: str = "") -> html.Label:
    """Return a control under a name that only screen readers say."""
    return html.Label([html.Span(words, className="visually-hidden"), control], title=hint or words)


def text_input(name: str, value: str, placeholder: str, *, wide: bool = False) -> dbc.Input:
    return dbc.Input(
        id=name,
        value=value,
        placeholder=placeholder,
        className="fw-wide" if wide else "fw-short",
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
