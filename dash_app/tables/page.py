"""The page of a table: what is looked for, the grid, the drawer; the same for every noun."""

from collections.abc import Callable
from functools import partial
from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dash_app import ids as shared
from dash_app.aria import aria
from dash_app.icons import icon
from dash_app.navigation import Page
from dash_app.nouns.all import NOUNS
from dash_app.shell import frame
from dash_app.tables import cells, deleting, drawer, grid, ids, many
from dash_app.tables.export import PATH as FILE
from dash_app.tables.form import NONE, dom_id
from dash_app.tables.noun import Filter, Noun, Typed
from dash_app.tables.view import LONGEST
from dtbase.domain.registry.twin import Twin


def pages() -> tuple[Page, ...]:
    """Return a page for every noun that has a table."""
    return tuple(page_of(noun) for noun in NOUNS)


def page_of(noun: Noun) -> Page:
    layout: Callable[[Twin], list[Component]] = partial(layout_of, noun)
    return Page(
        path=noun.path,
        title=noun.title,
        icon=noun.icon,
        layout=layout,
        register=_nothing,
        group=noun.group,
        role=noun.sees,
        hint=noun.hint,
    )


def layout_of(noun: Noun, twin: Twin) -> list[Component]:
    """Return the page before its rows are there."""
    writes = drawer.may_write(noun)
    content: list[Component] = [
        _toolbar(noun),
        many.bar(noun, writes=writes, deletes=drawer.may_delete(noun)),
        html.Div(id=ids.ROOM, className="tb-room dt-card"),
        html.Div(id=ids.EMPTY, className="tb-empty"),
        html.Div(
            [html.Span(id=ids.TOLD, role="status"), html.Span(_hint(noun, writes))],
            className="dt-meta tb-told",
        ),
        *deleting.dialog(),
        many.dialog(noun),
        leave_dialog(),
        *_stores(noun),
    ]
    actions: list[Component] = []
    if writes and noun.new is not None:
        words = [icon("plus"), html.Span(f"Add {noun.one}", className="ex-long")]
        label = aria(label=f"Add {noun.one}")
        actions = [
            html.A(words, href=f"{noun.path}?new=1", className="btn btn-primary tb-add", **label)
        ]
    side = html.Aside(
        id=ids.DRAWER, className="tb-drawer", **aria(label=f"One {noun.one}"), tabIndex=-1
    )
    return [*frame(twin, noun.title, actions=actions, content=content, name="tb"), side]


def register(app: Dash) -> None:
    """Connect the parts that all tables share, once."""
    for part in (grid, drawer, deleting, cells, many):
        part.register(app)
    _register_browser(app)


def _register_browser(app: Dash) -> None:
    """Let the browser do what needs no data."""
    say = partial(ClientsideFunction, "tables")
    app.clientside_callback(
        say("load"),
        Output(ids.READY, "data"),
        Input(ids.SCRIPT, "data"),
        State(ids.NOUN, "data"),
    )
    app.clientside_callback(
        say("follow"),
        Output(ids.OPENED, "data"),
        Input(shared.URL, "search"),
        Input(shared.CHANGES, "data"),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
        Input(ids.SCRIPT, "data", allow_optional=True),
    )
    app.clientside_callback(
        say("select"),
        Output(ids.SELECTED, "data"),
        Input(ids.GRID, "selectedRows"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        say("settle"),
        Output(ids.ROOM, "title"),
        Input(ids.RESULT, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        say("columns"),
        Output(ids.COLUMNS, "className"),
        Input(ids.COLUMNS, "value"),
        Input(ids.GRID, "columnDefs", allow_optional=True),
    )


def _nothing(_app: Dash) -> None:
    """Register nothing: tables share their callbacks."""


def _stores(noun: Noun) -> list[Component]:
    empty = (ids.READY, ids.OPENED, ids.THING, ids.NEWER, ids.RESULT, ids.SELECTED)
    return [
        dcc.Store(id=ids.NOUN, data=noun.name),
        dcc.Store(id=ids.SCRIPT, data=grid.script()),
        *(dcc.Store(id=name) for name in empty),
    ]


def _hint(noun: Noun, writes: bool) -> str:
    if writes and any(field.in_cell for field in noun.fields):
        return "Double-click a cell to edit it; Ctrl+Z undoes"
    return ""


def _toolbar(noun: Noun) -> html.Div:
    words = html.Span(f"Find a {noun.one}", className="visually-hidden")
    find = dbc.Input(
        id=ids.FIND, type="search", placeholder=noun.searched, maxLength=LONGEST, debounce=False
    )
    filters = [_filter(each) for each in noun.filters] + [_typed(each) for each in noun.typed]
    download: dict[str, Any] = {"data-noun": noun.name, **aria(label="Download as CSV")}
    export = html.A(
        [icon("import"), html.Span("CSV", className="ex-long")],
        href=f"{FILE}/{noun.name}",
        id=ids.EXPORT,
        className="btn btn-light",
        title="All rows that fit, with these columns",
        download=f"{noun.name}.csv",
        **download,
    )
    return html.Div(
        [
            html.Label([icon("search"), words, find], className="dt-find ov-find"),
            *filters,
            html.Div([_columns(noun), export], className="end d-flex gap-2"),
        ],
        className="dt-toolbar",
        role="group",
        **aria(label="What is shown"),
    )


def _filter(each: Filter) -> html.Div:
    ident = ids.part("filter", each.name)
    options = [{"label": each.title, "value": NONE}]
    select = dbc.Select(id=ident, options=options, value=NONE)
    words = html.Label(each.title, htmlFor=dom_id(ident), className="visually-hidden")
    return html.Div([words, select])


def _typed(each: Typed) -> html.Div:
    ident = ids.part("typed", each.name)
    field = dbc.Input(id=ident, type=each.kind, placeholder=each.title, maxLength=LONGEST)
    seen = "tb-date" if each.kind == "date" else "visually-hidden"
    words = html.Label(each.title, htmlFor=dom_id(ident), className=seen)
    return html.Div([words, field], className="tb-typed")


def _columns(noun: Noun) -> html.Details:
    options = [{"label": column.title, "value": column.name} for column in noun.columns]
    shown = [column.name for column in noun.columns if column.shown]
    boxes = dbc.Checklist(
        id=ids.COLUMNS,
        options=options,
        value=shown,
        persistence=noun.name,
        persistence_type="local",
    )
    summary = html.Summary(
        [icon("table"), html.Span("Columns", className="ex-long")],
        className="btn btn-light",
        title="Columns",
    )
    legend = html.Legend("Columns", className="form-label")
    body = html.Fieldset([legend, boxes], className="dt-pop-body tb-columns")
    return html.Details([summary, body], className="dt-pop")


def leave_dialog() -> html.Dialog:
    """Return the question before what was typed is lost; assets/60-tables.js opens it."""
    buttons = [
        html.Button("Discard", type="button", className="btn btn-danger tb-discard"),
        html.Button("Keep editing", type="button", className="btn btn-light tb-stay"),
    ]
    return html.Dialog(
        [
            html.H2("Discard what you changed?"),
            html.P("It has not been saved.", className="mt-2"),
            html.Div(buttons, className="d-flex gap-2 justify-content-end"),
        ],
        id=ids.LEAVE,
        className="dt-dialog narrow tb-leave",
        **aria(label="Discard what you changed?"),
    )
