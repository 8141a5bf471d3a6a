"""Changing one field of everything that is selected."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.aria import aria
from dash_app.shell import say
from dash_app.tables import form, ids
from dash_app.tables.noun import Choices, Document, Field, Noun
from dash_app.tables.rows import noun_of
from dash_app.words import error_sentence
from dtbase.errors import Declined

MOST = 500
SHOWN = 3
CONTROL = ids.every("many")


def bar(noun: Noun, *, writes: bool, deletes: bool) -> html.Div:
    """Return what can be done with a selection, hidden until there is one."""
    buttons = []
    if writes and any(field.in_many for field in noun.fields):
        buttons.append(html.Button("Change…", id=ids.EDIT_MANY, className="btn btn-light btn-sm"))
    if deletes:
        buttons.append(
            html.Button("Delete…", id=ids.DELETE_MANY, className="btn btn-danger btn-sm")
        )
    return html.Div(
        [html.Span(className="tb-selected", role="status"), *buttons],
        id=ids.SELECTION,
        className="tb-selection",
        hidden=True,
        role="group",
        **aria(label="With the selection"),
    )


def dialog(noun: Noun) -> dbc.Modal:
    """Return the form that changes all of a selection, closed."""
    fields = [field for field in noun.fields if field.in_many]
    options = [{"label": field.title, "value": field.name} for field in fields]
    first = fields[0].name if fields else None
    buttons = [
        html.Button("Cancel", id=ids.MANY_CLOSE, className="btn btn-light"),
        html.Button("Change", id=ids.MANY_SAVE, className="btn btn-primary"),
    ]
    what = html.Div(
        [
            html.Label("What to change", htmlFor=ids.MANY_FIELD, className="form-label"),
            dbc.Select(id=ids.MANY_FIELD, options=options, value=first),
        ],
        className="dt-field",
    )
    body = [
        html.H2("Change all that is selected", id=ids.MANY_TITLE),
        what,
        html.Div(id=ids.MANY_ROOM),
        html.Div(id=ids.MANY_TOLD, className="tb-refused-room"),
        html.Div(buttons, className="d-flex gap-2 justify-content-end"),
    ]
    content = html.Div(body, className="p-4 dt-form")
    return dbc.Modal(content, id=ids.MANY, centered=True, labelledby=ids.MANY_TITLE)


def register(app: Dash) -> None:
    """Open the form, and change everything."""
    _register_form(app)
    _register_save(app)


def _register_form(app: Dash) -> None:
    @app.callback(
        Output(ids.MANY, "is_open"),
        Output(ids.MANY_TOLD, "children"),
        Input(ids.EDIT_MANY, "n_clicks", allow_optional=True),
        Input(ids.MANY_CLOSE, "n_clicks"),
        prevent_initial_call=True,
    )
    def toggle(opened: Any, _closed: Any) -> Any:
        return bool(opened) and ctx.triggered_id == ids.EDIT_MANY, []

    @app.callback(
        Output(ids.MANY_ROOM, "children"),
        Input(ids.MANY_FIELD, "value"),
        Input(ids.MANY, "is_open"),
        State(ids.NOUN, "data"),
        prevent_initial_call=True,
    )
    def control(chosen: str, opened: bool, name: str) -> Any:
        if not opened:
            raise PreventUpdate
        field = field_of(noun_of(name), chosen)
        ident = ids.part("many", field.name)
        found, more = form.control_of(field, ident, None, Choices(account.api()), locked=False)
        words = html.Label("New value", htmlFor=form.dom_id(ident), className="form-label")
        return html.Div([words, found, *more], className="dt-field")


def _register_save(app: Dash) -> None:
    @app.callback(
        Output(ids.MANY, "is_open", allow_duplicate=True),
        Output(ids.MANY_TOLD, "children", allow_duplicate=True),
        Output(ids.RESULT, "data", allow_duplicate=True),
        Input(ids.MANY_SAVE, "n_clicks"),
        State(CONTROL, "value"),
        State(ids.MANY_FIELD, "value"),
        State(ids.SELECTED, "data"),
        State(ids.NOUN, "data"),
        running=[(Output(ids.MANY_SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def save(clicks: Any, values: Any, chosen: str, things: Any, name: str) -> Any:
        if not clicks or not things or not values:
            raise PreventUpdate
        noun = noun_of(name)
        field = field_of(noun, chosen)
        refused = change_all(noun, field, values[0], things[:MOST])
        done = {"refresh": True, "deselect": not refused, "at": datetime.now(UTC).timestamp()}
        changed = len(things[:MOST]) - len(refused)
        if changed:
            say(f"{changed} changed")
        return bool(refused), told(refused), done if changed else no_update


def field_of(noun: Noun, name: str) -> Field:
    for field in noun.fields:
        if field.name == name and field.in_many:
            return field
    raise PreventUpdate


def change_all(
    noun: Noun, field: Field, value: Any, things: Sequence[Document]
) -> list[tuple[str, str]]:
    """Change each thing, as it was when it was selected; return which were refused, and why."""
    assert noun.change is not None
    store, refused = noun.store(account.api()), []
    for document in things:
        try:
            change = noun.change(**{field.name: form.value_of(field, value)})
            store.update(noun.thing_of(document), change)
        except Declined as error:
            reason = error.violations[0]["rule"] if error.violations else error.detail
            refused.append((str(document[noun.key]), error_sentence(reason)))
    return refused


def told(refused: Sequence[tuple[str, str]]) -> list[Component]:
    """Return what was refused, by name and reason."""
    lines = [html.Li([html.B(key), " ", reason]) for key, reason in refused[:SHOWN]]
    if len(refused) > SHOWN:
        lines.append(html.Li(f"and {len(refused) - SHOWN} more"))
    return [html.Ul(lines, className="tb-refused", role="alert")] if lines else []
