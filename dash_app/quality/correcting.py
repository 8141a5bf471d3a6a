"""A new correction: its form is drawn, previewed, and made as it was seen."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.addressed import without
from dash_app.quality import drawer, form, ids
from dash_app.quality.view import opened_in
from dash_app.quality.words import counted
from dash_app.shell import say
from dash_app.tables.drawer import refused
from dash_app.tables.form import complaints
from dtbase.domain.readings.corrections import NewCorrection
from dtbase.errors import Declined

FIELDS, ERRORS = ids.every("field"), ids.every("error")
MOST_SERIES = 2_000
FIRST = "btn btn-primary"
"""One button at a time is what comes next: to preview, and then to correct."""


def register(app: Dash) -> None:
    """Open what the address names, show what would change, and change it."""
    _register_opening(app)
    _register_changed(app)
    _register_preview(app)
    _register_making(app)


def _register_opening(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("quality", "follow"),
        Output(ids.OPENED, "data"),
        Input(shared.URL, "search"),
        Input(ids.HERE, "data", allow_optional=True),
    )

    @app.callback(
        Output(ids.DRAWER, "children"),
        Input(ids.OPENED, "data"),
        prevent_initial_call=True,
    )
    def draw(search: str | None) -> Any:
        opened, zone = opened_in(search), ZoneInfo(account.site().timezone)
        client = account.api()
        if "new" in opened and account.may_edit():
            series = [str(each.key) for each in client.series.list()[:MOST_SERIES]]
            now = datetime.now(UTC).astimezone(zone)
            return drawer.asking(form.fields(series, opened, now))
        number = opened.get("correction", "")
        if not number:
            return []
        try:
            made = client.corrections.get(int(number) if number.isdecimal() else 0)
        except Declined:
            return drawer.missing(number)
        readings = client.corrections.readings(made, limit=drawer.MOST_READINGS)
        return drawer.made(made, readings, zone)


def _register_changed(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("quality", "changed"),
        Output(ids.PREVIEWED, "data", allow_duplicate=True),
        Input(FIELDS, "value"),
        State(FIELDS, "id"),
        prevent_initial_call=True,
    )


def _register_preview(app: Dash) -> None:
    @app.callback(
        Output(ERRORS, "children"),
        Output(ids.WRONG, "children"),
        Output(ids.PREVIEW, "children"),
        Output(ids.PREVIEWED, "data"),
        Output(ids.MAKE, "children"),
        Output(ids.MAKE, "hidden"),
        Output(ids.SEEN, "className"),
        Input(ids.SEEN, "n_clicks"),
        State(FIELDS, "value"),
        State(FIELDS, "id"),
        State(ERRORS, "id"),
        running=[(Output(ids.SEEN, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def preview(clicks: Any, values: Any, fields: Any, errors: Any) -> Any:
        if not clicks:
            raise PreventUpdate
        typed = dict(zip((each["key"] for each in fields), values, strict=True))
        told = [each["key"] for each in errors]
        client, zone = account.api(), ZoneInfo(account.site().timezone)
        try:
            new = form.said(typed, zone, client)
            found = client.corrections.preview(new)
        except Declined as error:
            wrong = complaints(error, told)
            return [wrong[key] for key in told], refused(wrong[""]), [], None, "", True, FIRST
        shown = drawer.preview(new, found, zone)
        kept = new.model_dump(mode="json", exclude_none=True)
        words, none = f"Correct {counted(found.readings)}", not found.readings
        return [""] * len(told), [], shown, kept, words, none, FIRST if none else "btn btn-light"


def _register_making(app: Dash) -> None:
    @app.callback(
        Output(ids.WRONG, "children", allow_duplicate=True),
        Output(shared.URL, "search", allow_duplicate=True),
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.MAKE, "n_clicks"),
        State(ids.PREVIEWED, "data"),
        State(shared.URL, "search"),
        running=[(Output(ids.MAKE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def make(clicks: Any, seen: Any, search: str | None) -> Any:
        if not clicks or not seen:
            raise PreventUpdate
        try:
            made = account.api().corrections.make(NewCorrection.model_validate(seen))
        except Declined as error:
            return refused(complaints(error, [])[""]), no_update, no_update
        say(f"{counted(made.readings)} corrected", "It is listed below, and can be undone there.")
        return [], without(search, "new", "correction="), datetime.now(UTC).timestamp()
