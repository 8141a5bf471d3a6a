"""Account: one's own password, keys, log-ins and theme."""

from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.navigation import Page
from dash_app.own import api_keys, ids, password, sessions
from dash_app.shell import frame
from dash_app.side import ACCOUNT, log_out_form
from dtbase.domain.registry.twin import Twin

THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    stores = [dcc.Store(id=ids.REFRESH, data=0), dcc.Store(id=ids.ASKED_ABOUT)]
    left = html.Div([api_keys.card(), sessions.card()], className="dt-stack")
    right = html.Div([_who(), password.card(), _appearance()], className="dt-stack")
    content = [html.Div([left, right], className="dt-split"), *stores]
    return frame(twin, "Your account", actions=[], content=content, name="ac")


def register(app: Dash) -> None:
    password.register(app)
    api_keys.register(app)
    sessions.register(app)

    @app.callback(
        Output(ids.KEYS, "children"),
        Output(ids.SESSIONS, "children"),
        Input(ids.REFRESH, "data", allow_optional=True),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
    )
    def show(refresh: int | None, _retried: Any) -> Any:
        if refresh is None:  # another page
            raise PreventUpdate
        client, zone = account.api(), ZoneInfo(account.site().timezone)
        keys = client.keys.list(owner=account.me().email)
        return api_keys.table(keys, zone), sessions.table(client.sessions.list(), zone)

    app.clientside_callback(
        ClientsideFunction("dtbase", "choose_theme"),
        Output(ids.THEME, "title"),
        Input(ids.THEME, "value"),
        Input(shared.SETTLED, "data"),
    )


PAGE = Page(
    path=ACCOUNT, title="Your account", icon="user", layout=layout, register=register, listed=False
)


def _who() -> html.Section:
    me = account.me()
    facts = [
        html.Dt("E-mail"),
        html.Dd(me.email),
        html.Dt("Role"),
        html.Dd(me.role.capitalize()),
    ]
    return html.Section(
        [
            html.Div(
                [html.H2("You"), log_out_form("btn btn-link", "Log out")], className="dt-card-head"
            ),
            html.Dl(facts, className="dt-facts dt-card-body"),
        ],
        className="dt-card",
    )


def _appearance() -> html.Section:
    options = [{"label": text, "value": value} for value, text in THEMES.items()]
    choice = dbc.RadioItems(
        id=ids.THEME,
        options=options,
        className="dt-seg",
        inputClassName="btn-check",
        labelCheckedClassName="on",
        inline=True,
    )
    return html.Section(
        [
            html.Div(html.H2("Appearance"), className="dt-card-head"),
            html.Fieldset(
                [html.Legend("Theme", className="form-label"), choice],
                className="dt-card-body dt-form",
            ),
        ],
        className="dt-card",
    )
