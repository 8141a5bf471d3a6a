"""Changing one's own password."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.components.forms import error_id, labelled, reasons
from dash_app.own import ids
from dash_app.shell import say
from dtbase.errors import Invalid, TooMany

FIELDS = ("current_password", "new_password", "again")
DIFFERENT = "This is not the same password."


def card() -> html.Section:
    return html.Section(
        [
            html.Div(html.H2("Password"), className="dt-card-head"),
            html.Form(
                [
                    _whose(),
                    labelled("Current password", _field(ids.CURRENT, "current-password")),
                    labelled(
                        "New password",
                        _field(ids.NEW, "new-password"),
                        hint="At least 12 characters; four random words are fine.",
                    ),
                    labelled("New password, again", _field(ids.AGAIN, "new-password")),
                    html.Div(
                        [
                            html.Button(
                                "Change password", id=ids.CHANGE, className="btn btn-light"
                            ),
                            html.Span("Your other log-ins end.", className="dt-meta"),
                        ],
                        className="dt-form-foot",
                    ),
                ],
                className="dt-card-body dt-form dt-send",
            ),
        ],
        className="dt-card",
    )


def register(app: Dash) -> None:
    """Send the new password, and tell what is wrong with it."""

    @app.callback(
        [Output(error_id(field), "children") for field in (ids.CURRENT, ids.NEW, ids.AGAIN)],
        [Output(field, "value") for field in (ids.CURRENT, ids.NEW, ids.AGAIN)],
        Input(ids.CHANGE, "n_clicks"),
        State(ids.CURRENT, "value"),
        State(ids.NEW, "value"),
        State(ids.AGAIN, "value"),
        running=[(Output(ids.CHANGE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def change(clicks: int | None, current: Any, new: Any, again: Any) -> Any:
        if not clicks:
            raise PreventUpdate
        typed = (current or "", new or "", again or "")
        told = refused(*typed)
        if any(told):
            return *told, *typed
        say("Password changed", "Your other log-ins have ended.")
        return ("",) * 6


def refused(current: str, new: str, again: str) -> tuple[str, str, str]:
    """Change the password, or return what is wrong with each field."""
    if new != again:
        return "", "", DIFFERENT
    try:
        account.api().change_password(current, new)
        account.forget_person()
    except (Invalid, TooMany) as error:
        found = reasons(error, FIELDS)
        return found["current_password"], found["new_password"], found["again"]
    return "", "", ""


def _field(name: str, autocomplete: str) -> dbc.Input:
    return dbc.Input(id=name, type="password", autocomplete=autocomplete, maxLength=1000)


def _whose() -> html.Label:
    """Return the name that goes with the password, for what keeps passwords."""
    field = dbc.Input(
        id=ids.WHOSE, type="email", autocomplete="username", value=account.me().email, readonly=True
    )
    return html.Label(["E-mail", field], className="visually-hidden")
