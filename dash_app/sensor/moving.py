"""Moving a sensor: to where, and since when."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.components.forms import error_id, labelled, reasons
from dash_app.nouns.locations import locations
from dash_app.sensor import ids
from dash_app.sensor.facts import identifier_in
from dash_app.shell import say
from dtbase.domain.registry.installations import NewInstallation
from dtbase.errors import Declined

FORM = "%Y-%m-%dT%H:%M"
FIELDS = ("location", "since")


def dialog() -> dbc.Modal:
    """Return the form, closed."""
    to = dbc.Input(id=ids.MOVE_TO, list=ids.MOVE_OPTIONS, autocomplete="off")
    since = dbc.Input(id=ids.MOVE_SINCE, type="datetime-local")
    buttons = [
        html.Button("Cancel", id=ids.MOVE_CLOSE, className="btn btn-light"),
        html.Button("Move", id=ids.MOVE_SAVE, className="btn btn-primary"),
    ]
    body = [
        html.H2("Move this sensor", id=ids.MOVING_TITLE),
        labelled("To which location", to, hint="Empty: it stands nowhere from then on."),
        html.Datalist(id=ids.MOVE_OPTIONS),
        labelled("Since when", since, hint="On the site's clock; it may lie in the past."),
        html.Div(buttons, className="d-flex gap-2 justify-content-end"),
    ]
    content = html.Div(body, className="p-4 dt-form")
    return dbc.Modal(content, id=ids.MOVING, centered=True, labelledby=ids.MOVING_TITLE)


def register(app: Dash) -> None:
    """Open the form, and move."""
    _register_form(app)
    _register_move(app)


def _register_form(app: Dash) -> None:
    @app.callback(
        Output(ids.MOVING, "is_open"),
        Output(ids.MOVE_TO, "value"),
        Output(ids.MOVE_SINCE, "value"),
        Output(ids.MOVE_OPTIONS, "children"),
        Output(error_id(ids.MOVE_TO), "children"),
        Output(error_id(ids.MOVE_SINCE), "children"),
        Input(ids.MOVE, "n_clicks", allow_optional=True),
        Input(ids.MOVE_CLOSE, "n_clicks"),
        prevent_initial_call=True,
    )
    def toggle(opened: Any, _closed: Any) -> Any:
        if ctx.triggered_id != ids.MOVE or not opened:
            return False, *[no_update] * 5
        now = datetime.now(UTC).astimezone(ZoneInfo(account.site().timezone))
        known = [html.Option(each.label, value=each.value) for each in locations(account.api())]
        return True, "", now.strftime(FORM), known, "", ""


def _register_move(app: Dash) -> None:
    @app.callback(
        Output(ids.MOVING, "is_open", allow_duplicate=True),
        Output(error_id(ids.MOVE_TO), "children", allow_duplicate=True),
        Output(error_id(ids.MOVE_SINCE), "children", allow_duplicate=True),
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.MOVE_SAVE, "n_clicks"),
        State(ids.MOVE_TO, "value"),
        State(ids.MOVE_SINCE, "value"),
        State(shared.URL, "search"),
        running=[(Output(ids.MOVE_SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def move(clicks: Any, to: str | None, since: str | None, search: str) -> Any:
        if not clicks:
            raise PreventUpdate
        sensor = identifier_in(search)
        try:
            new = NewInstallation(
                sensor=sensor, location=(to or "").strip() or None, since=at(since)
            )
            account.api().installations.add(new)
        except Declined as error:
            found = reasons(error, FIELDS)
            return True, found["location"], found["since"], no_update
        say("It is moved" if new.location else "It stands nowhere now")
        return False, "", "", datetime.now(UTC).timestamp()


def at(text: str | None) -> datetime | None:
    """Return a time on the site's clock; none given is now."""
    if not text:
        return None
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(account.site().timezone))
