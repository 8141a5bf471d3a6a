"""One's own log-ins: where one is still logged in, and ending that."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State, ctx, html
from dash.exceptions import PreventUpdate
from flask import abort

from dash_app import account
from dash_app.aria import aria
from dash_app.components import tables
from dash_app.ids import all_of
from dash_app.own import ids
from dash_app.shell import say
from dash_app.words import moment
from dtbase.domain.people.sessions import OpenSession

HEADS = ("Log-in", "Since", "Last used", "")
END = all_of(ids.PAGE, "end")


def card() -> html.Section:
    """Return the list of log-ins and the button that ends them all."""
    button = html.Button(
        "Log out everywhere", id=ids.EVERYWHERE, className="btn btn-danger", type="button"
    )
    return html.Section(
        [
            html.Div([html.H2("Log-ins"), button], className="dt-card-head"),
            html.Div(id=ids.SESSIONS, className="pt-2"),
        ],
        className="dt-card",
    )


def table(sessions: Sequence[OpenSession], zone: ZoneInfo) -> html.Div:
    """Return the log-ins, the one used last first."""
    rows = [_row(each, number, zone) for number, each in enumerate(sessions, start=1)]
    return tables.table(HEADS, rows, label="Log-ins")


def register(app: Dash) -> None:
    """End one log-in, or all of them."""

    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(END, "n_clicks"),
        State(ids.REFRESH, "data"),
        prevent_initial_call=True,
    )
    def end(clicks: Any, refresh: int) -> int:
        if not any(clicks):
            raise PreventUpdate
        account.api().sessions.end(UUID(ctx.triggered_id["key"]))
        say("That log-in has ended")
        return refresh + 1

    @app.callback(
        Output(ids.SESSIONS, "title"), Input(ids.EVERYWHERE, "n_clicks"), prevent_initial_call=True
    )
    def end_all(clicks: int | None) -> None:
        if not clicks:
            raise PreventUpdate
        account.api().sessions.end_all()
        account.forget()
        abort(401)  # what a browser does then leads to the log-in


def _row(each: OpenSession, number: int, zone: ZoneInfo) -> html.Tr:
    if each.current:
        what = html.Span([html.I(className="dt-dot ok"), "This one"], className="dt-state")
        last = html.Td()
    else:
        what = html.Span("Another one")
        button = html.Button(
            "End",
            id=ids.end(str(each.id)),
            className="btn btn-link btn-sm",
            **aria(label=f"End log-in {number}, since {moment(each.started_at, zone)}"),
        )
        last = html.Td(button, className="dt-r")
    return html.Tr(
        [
            html.Th(what, scope="row"),
            html.Td(moment(each.started_at, zone, weekday=True)),
            html.Td(moment(each.used_at, zone, weekday=True)),
            last,
        ]
    )
