"""Explore: readings of any sensors over any time, with their latest forecast."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dash_app import account, keeping
from dash_app import ids as shared
from dash_app.explore import (
    asking,
    cards,
    downloads,
    drawing,
    files,
    ids,
    moving,
    noting,
    origin,
    picker,
    picking,
    toolbar,
)
from dash_app.icons import icon
from dash_app.navigation import Page
from dash_app.shell import frame
from dtbase.domain.registry.twin import Twin

POLL_MILLISECONDS = 1500


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    main = [
        cards.chart_card(),
        html.Div(id=ids.ORIGIN),
        html.Section(id=ids.TABLE, className="dt-card ex-table"),
        noting.card(),
    ]
    grid = html.Div(
        [picker.side_card(), html.Div(main, className="ex-main")],
        className="ex-grid",
    )
    stores = [
        dcc.Store(id=ids.REQUEST),
        dcc.Store(id=ids.DRAWN),
        dcc.Store(id=ids.HIDDEN, data=[]),
        dcc.Store(id=ids.CHOSEN),
        dcc.Store(id=ids.SEARCH, data=""),
        dcc.Store(id=ids.ZOOM),
        dcc.Store(id=ids.ACT),
        dcc.Store(id=ids.PENDING, data=[]),
        dcc.Store(id=ids.REFRESH, data=0),
        dcc.Interval(id=ids.POLL, interval=POLL_MILLISECONDS, disabled=True),
        dcc.Download(id=ids.DOWNLOAD),
    ]
    content = [toolbar.toolbar(twin.timezone), grid, downloads.code_dialog(), *stores]
    return frame(twin, "Explore", actions=_actions(), content=content, name="ex")


def register(app: Dash) -> None:
    _register_browser(app)
    moving.register(app)
    drawing.register(app)
    picking.register(app)
    files.register(app)
    origin.register(app)
    asking.register(app)
    noting.register(app)


PAGE = Page(path="/explore", title="Explore", icon="explore", layout=layout, register=register)


def _actions() -> list[Component]:
    copy = [icon("link"), html.Span("Copy link", className="ex-copy-text", role="status")]
    actions: list[Component] = [
        keeping.menu(),
        html.Button(copy, id=ids.COPY, className="btn btn-light"),
        downloads.menu(),
    ]
    if account.may_edit():
        text = html.Span("Forecast", id=ids.FORECAST_TEXT)
        actions.append(
            html.Button([icon("forecast"), text], id=ids.FORECAST, className="btn btn-primary")
        )
    return actions


def _register_browser(app: Dash) -> None:
    def clientside(name: str, *parts: Any, **options: Any) -> None:
        app.clientside_callback(ClientsideFunction("explore", name), *parts, **options)

    clientside(
        "compose",
        Output(ids.REQUEST, "data"),
        Input(shared.URL, "search"),
        Input(shared.THEME, "data"),
        Input(ids.REFRESH, "data"),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
        Input(ids.jump("again"), "n_clicks", allow_optional=True),
        Input(shared.CHANGES, "data"),
    )
    clientside(
        "hide",
        Output(ids.GRAPH, "figure", allow_duplicate=True),
        Input(ids.HIDDEN, "data"),
        State(ids.GRAPH, "figure"),
        prevent_initial_call=True,
    )
    clientside(
        "drawn",
        Output(ids.CARD, "title"),
        Input(ids.GRAPH, "figure"),
        State(ids.DRAWN, "data"),
    )
    clientside("poll", Output(ids.POLL, "disabled"), Input(ids.PENDING, "data"))
    clientside("copy", Output(ids.COPY, "title"), Input(ids.COPY, "n_clicks"))
