"""One's own API keys: issue one, see when it was used, end it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from pydantic import ValidationError

from dash_app import account
from dash_app.aria import aria
from dash_app.components import tables
from dash_app.components.forms import error_id, labelled, reasons, shown_once
from dash_app.ids import all_of
from dash_app.own import ids
from dash_app.shell import say
from dash_app.words import DASH, error_sentence, moment
from dtbase.domain.people.keys import IssuedKey, Key, NewKey, Scope
from dtbase.domain.people.users import Role
from dtbase.errors import Declined

SCOPES = {
    Scope.READINGS_WRITE: "Push readings",
    Scope.READINGS_READ: "Read readings",
    Scope.REGISTRY_READ: "Read sensors and places",
    Scope.REGISTRY_WRITE: "Change sensors and places",
    Scope.RUNS_READ: "Read forecasts and runs",
    Scope.RUNS_WRITE: "Start forecasts and runs",
    Scope.EVERYTHING: "Everything you may do",
}
LASTS = {"30": "30 days", "90": "90 days", "365": "1 year", "": "No end"}
HEADS = ("Name", "May", "Last used", "Ends", "")
REVOKE = all_of(ids.PAGE, "revoke")


def card() -> html.Section:
    """Return the list of keys and the form for a new one."""
    return html.Section(
        [
            html.Div(
                [html.H2("API keys"), html.Span("For devices and scripts", className="dt-meta")],
                className="dt-card-head",
            ),
            html.Div(id=ids.KEYS, className="pt-2"),
            html.Div(id=ids.KEY_SECRET),
            html.Div(_form(), className="dt-card-body dt-form dt-rule"),
            _question(),
        ],
        className="dt-card",
    )


def table(keys: Sequence[Key], zone: ZoneInfo) -> Component:
    """Return the keys, or what to do without any."""
    if not keys:
        return html.P("You have no keys yet.", className="dt-meta px-3 mb-0")
    rows = [_row(key, zone) for key in keys]
    return tables.table(HEADS, rows, label="API keys")


def issued(key: IssuedKey) -> html.Div:
    return shown_once(f"The key “{key.name}”", key.secret, "The secret of the new key")


def register(app: Dash) -> None:
    """Issue keys, and end them once somebody is sure."""
    _register_add(app)
    _register_revoke(app)


def _register_add(app: Dash) -> None:
    @app.callback(
        Output(error_id(ids.KEY_NAME), "children"),
        Output(error_id(ids.KEY_SCOPES), "children"),
        Output(ids.KEY_SECRET, "children"),
        Output(ids.KEY_NAME, "value"),
        Output(ids.REFRESH, "data"),
        Input(ids.KEY_ADD, "n_clicks"),
        State(ids.KEY_NAME, "value"),
        State(ids.KEY_SCOPES, "value"),
        State(ids.KEY_DAYS, "value"),
        State(ids.REFRESH, "data"),
        running=[(Output(ids.KEY_ADD, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def add(clicks: int | None, name: str | None, scopes: Any, days: str, refresh: int) -> Any:
        if not clicks:
            raise PreventUpdate
        try:
            key = account.api().keys.add(_new(name or "", scopes or [], days))
        except ValidationError:
            return *_missing(name, scopes), no_update, no_update, no_update
        except Declined as error:
            found = reasons(error, ("name", "scopes"))
            return found["name"], found["scopes"], no_update, no_update, no_update
        return "", "", issued(key), "", refresh + 1


def _register_revoke(app: Dash) -> None:
    @app.callback(
        Output(ids.ASKED, "is_open"),
        Output(ids.ASK_TITLE, "children"),
        Output(ids.ASKED_ABOUT, "data"),
        Input(REVOKE, "n_clicks"),
        Input(ids.KEEP, "n_clicks"),
        State(REVOKE, "title"),
        State(REVOKE, "id"),
        prevent_initial_call=True,
    )
    def ask(clicks: Any, _keep: int | None, titles: Any, buttons: Any) -> Any:
        if ctx.triggered_id == ids.KEEP:
            return False, no_update, None
        if not any(clicks):
            raise PreventUpdate
        key = ctx.triggered_id["key"]
        title = next(t for t, button in zip(titles, buttons, strict=True) if button["key"] == key)
        return True, f"{title}?", key

    @app.callback(
        Output(ids.ASKED, "is_open", allow_duplicate=True),
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.REVOKE, "n_clicks"),
        State(ids.ASKED_ABOUT, "data"),
        State(ids.REFRESH, "data"),
        prevent_initial_call=True,
    )
    def revoke(clicks: int | None, key: str | None, refresh: int) -> Any:
        if not clicks or key is None:
            raise PreventUpdate
        account.api().keys.revoke(int(key))
        say("Key ended", "Whatever uses it is refused from now on.")
        return False, refresh + 1


def _new(name: str, scopes: Sequence[str], days: str) -> NewKey:
    ends = datetime.now(UTC) + timedelta(days=int(days)) if days else None
    return NewKey.model_validate({"name": name, "scopes": scopes, "expires_at": ends})


def _missing(name: str | None, scopes: Any) -> tuple[str, str]:
    told = "" if (name or "").strip() else "Give it a name."
    chosen = "" if scopes else "Choose what it may do."
    return told or ("" if chosen else error_sentence("that name will not do")), chosen


def _form() -> list[Component]:
    mine = account.me().role
    options = [
        {"label": text, "value": scope.value}
        for scope, text in SCOPES.items()
        if mine.includes(scope.role)
    ]
    lasts = [{"label": text, "value": days} for days, text in LASTS.items()]
    usual = [Scope.READINGS_READ if mine is Role.VIEWER else Scope.READINGS_WRITE]
    scopes = dbc.Checklist(id=ids.KEY_SCOPES, options=options, value=usual, className="dt-checks")
    boxes = html.Fieldset(
        [
            html.Legend("It may", className="form-label"),
            scopes,
            html.Div(
                id=error_id(ids.KEY_SCOPES), className="invalid-feedback dt-error", role="alert"
            ),
        ]
    )
    name = dbc.Input(id=ids.KEY_NAME, placeholder="Such as greenhouse gateway", maxLength=100)
    return [
        html.H3("New key"),
        labelled("Name", name),
        boxes,
        labelled("Lasts", dbc.Select(id=ids.KEY_DAYS, options=lasts, value="90")),
        html.Div(
            html.Button("Issue key", id=ids.KEY_ADD, className="btn btn-light"),
            className="dt-form-foot",
        ),
    ]


def _question() -> dbc.Modal:
    buttons = [
        html.Button("Keep it", id=ids.KEEP, className="btn btn-light"),
        html.Button("End the key", id=ids.REVOKE, className="btn btn-danger"),
    ]
    text = "Devices and scripts that use it are refused from now on. It cannot be undone."
    return dbc.Modal(
        html.Div(
            [
                html.H2(id=ids.ASK_TITLE),
                html.P(text, className="mt-2 mb-3"),
                html.Div(buttons, className="d-flex gap-2 justify-content-end"),
            ],
            className="p-4",
        ),
        id=ids.ASKED,
        labelledby=ids.ASK_TITLE,
        centered=True,
        size="sm",
    )


def _row(key: Key, zone: ZoneInfo) -> html.Tr:
    may = ", ".join(SCOPES[scope].lower() for scope in key.scopes)
    if key.sensors is not None:
        may += f" of {', '.join(key.sensors)}"
    used = moment(key.last_used_at, zone, year=True) if key.last_used_at else "never"
    ends = moment(key.expires_at, zone, year=True) if key.expires_at else DASH
    button = html.Button(
        "End…",
        id=ids.revoke(key.id),
        title=f"End the key {key.name}",
        className="btn btn-danger btn-sm",
        **aria(label=f"End the key {key.name}"),
    )
    return html.Tr(
        [
            html.Th(key.name, scope="row"),
            html.Td(may, className="dt-wrap"),
            html.Td(used),
            html.Td(ends),
            html.Td(button, className="dt-r"),
        ]
    )
