"""Forecasts: what models believe, how good they were, and asking for more."""

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dash_app import account
from dash_app import ids as shared
from dash_app.forecasts import asking, drawing, ids, more
from dash_app.forecasts.view import PATH
from dash_app.icons import icon
from dash_app.navigation import Page
from dash_app.shell import frame
from dtbase.domain.registry.twin import Twin


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    title: list[Component] = [
        html.Div(html.H1("Forecasts"), id=ids.HEADING, className="dt-heading")
    ]
    actions: list[Component] = []
    if account.may_edit():
        new = [icon("plus"), html.Span("New forecast", className="ex-long")]
        actions = [
            html.Button(new, id=ids.ACTIONS, className="btn btn-light", title="New forecast")
        ]
    content = [
        html.Div(id=ids.KNOWN),
        html.Div(
            html.Div(html.I(className="dt-skel ov-skel tall"), className="dt-card p-3"),
            id=ids.BODY,
            className="dt-stack",
        ),
        more.section(),
        dcc.Store(id=ids.HERE, data=True),
        dcc.Store(id=ids.REQUEST),
        dcc.Store(id=ids.REFRESH, data=0),
    ]
    return frame(twin, title, actions=actions, content=content, name="fx")


def register(app: Dash) -> None:
    """Connect the address with what is shown, and what somebody asks for."""
    app.clientside_callback(
        ClientsideFunction("forecasts", "compose"),
        Output(ids.REQUEST, "data"),
        Input(shared.URL, "search"),
        Input(shared.THEME, "data"),
        Input(shared.CHANGES, "data"),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
        Input(ids.REFRESH, "data", allow_optional=True),
        Input(ids.HERE, "data", allow_optional=True),
    )
    drawing.register(app)
    asking.register(app)
    more.register(app)


PAGE = Page(path=PATH, title="Forecasts", icon="forecast", layout=layout, register=register)
