"""Deleting one thing or a selection: asked first, told what stands on it, and undone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.shell import say
from dash_app.tables import ids
from dash_app.tables.drawer import closed
from dash_app.tables.noun import Document, Noun
from dash_app.tables.rows import noun_of
from dash_app.words import error_sentence
from dtbase.domain.people.users import Role
from dtbase.errors import Declined, DTBaseError, InUse, NotFound

MOST = 500
SHOWN = 5


class Deleted(NamedTuple):
    """What became of a wish to delete."""

    gone: list[Document]
    kept: list[tuple[Document, DTBaseError]]


def dialog() -> list[Component]:
    """Return the question, closed, and what it is about."""
    buttons = [
        html.Button("Keep", id=ids.KEEP, className="btn btn-light"),
        html.Button("Delete", id=ids.REALLY, className="btn btn-danger"),
    ]
    body = [
        html.Div(id=ids.ASK_TEXT),
        html.Div(buttons, className="d-flex gap-2 justify-content-end mt-3"),
    ]
    return [
        dbc.Modal(
            html.Div(body, className="p-4"), id=ids.ASKED, centered=True, labelledby=ids.ASK_TEXT
        ),
        dcc.Store(id=ids.ASKED_ABOUT),
        dcc.Store(id=ids.UNDONE),
    ]


def register(app: Dash) -> None:
    """Ask, delete, and bring back."""
    _register_ask(app)
    _register_delete(app)
    _register_undo(app)


def _register_ask(app: Dash) -> None:
    @app.callback(
        Output(ids.ASKED, "is_open"),
        Output(ids.ASK_TEXT, "children"),
        Output(ids.ASKED_ABOUT, "data"),
        Output(ids.REALLY, "hidden"),
        Input(ids.DELETE, "n_clicks", allow_optional=True),
        Input(ids.DELETE_MANY, "n_clicks", allow_optional=True),
        Input(ids.KEEP, "n_clicks"),
        State(ids.THING, "data"),
        State(ids.SELECTED, "data"),
        State(ids.NOUN, "data"),
        prevent_initial_call=True,
    )
    def ask(one: Any, many: Any, _keep: Any, thing: Any, selected: Any, name: str) -> Any:
        if ctx.triggered_id == ids.KEEP:
            return False, no_update, None, no_update
        things = [thing] if ctx.triggered_id == ids.DELETE else (selected or [])[:MOST]
        if not (one if ctx.triggered_id == ids.DELETE else many) or not things:
            raise PreventUpdate
        noun = noun_of(name)
        return True, question(noun, things), {"things": things, "cascade": False}, False


def _register_delete(app: Dash) -> None:
    @app.callback(
        Output(ids.ASKED, "is_open", allow_duplicate=True),
        Output(ids.ASK_TEXT, "children", allow_duplicate=True),
        Output(ids.ASKED_ABOUT, "data", allow_duplicate=True),
        Output(ids.REALLY, "hidden", allow_duplicate=True),
        Output(ids.RESULT, "data", allow_duplicate=True),
        Output(shared.URL, "search", allow_duplicate=True),
        Input(ids.REALLY, "n_clicks"),
        State(ids.ASKED_ABOUT, "data"),
        State(ids.NOUN, "data"),
        State(shared.URL, "search"),
        running=[(Output(ids.REALLY, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def delete(clicks: Any, about: Any, name: str, search: str) -> Any:
        if not clicks or not about:
            raise PreventUpdate
        noun = noun_of(name)
        found = delete_all(noun, about["things"], cascade=about["cascade"])
        if found.gone:
            tell(noun, found.gone, undoable=not about["cascade"])
        done = {"refresh": True, "deselect": True, "at": datetime.now(UTC).timestamp()}
        address = closed(search) if found.gone else no_update
        if not found.kept:
            return False, [], None, False, done, address
        stuck = any(isinstance(error, InUse) for _, error in found.kept)
        again = stuck and noun.cascades and account.me().role.includes(Role.ADMIN)
        left = {"things": [thing for thing, _ in found.kept], "cascade": again}
        return True, in_the_way(noun, found, offer=again), left, not again, done, address


def _register_undo(app: Dash) -> None:
    @app.callback(
        Output(ids.RESULT, "data", allow_duplicate=True),
        Output(ids.UNDONE, "data", allow_duplicate=True),
        Input(ids.UNDO, "n_clicks", allow_optional=True),
        State(ids.UNDONE, "data"),
        State(ids.NOUN, "data"),
        prevent_initial_call=True,
    )
    def undo(clicks: Any, things: Any, name: str) -> Any:
        if not clicks or not things:
            raise PreventUpdate
        noun = noun_of(name)
        noun.store(account.api()).add_many([noun.again(thing) for thing in things])
        say("Undone", f"Back again: {counted(noun, things)}.")
        return {"refresh": True, "at": datetime.now(UTC).timestamp()}, None


def delete_all(noun: Noun, things: Sequence[Document], *, cascade: bool) -> Deleted:
    """Delete each thing, as it was when it was read; what is refused stays."""
    store, found = noun.store(account.api()), Deleted([], [])
    more: dict[str, Any] = {"cascade": True} if cascade else {}
    for document in things:
        try:
            store.delete(noun.thing_of(document), **more)
            found.gone.append(document)
        except NotFound:
            continue
        except Declined as error:
            found.kept.append((document, error))
    return found


def tell(noun: Noun, gone: Sequence[Document], *, undoable: bool) -> None:
    """Say what is gone, and offer to bring it back where the API can."""
    words = f"{noun.called(gone[0])} is deleted" if len(gone) == 1 else f"{len(gone)} deleted"
    if not (undoable and noun.new is not None and noun.restorable):
        say(words)
        return
    set_props(ids.UNDONE, {"data": list(gone)})
    undo = html.Button("Undo", id=ids.UNDO, className="btn btn-link btn-sm")
    dot = html.I(className="dt-dot ok me-2")
    toast = dbc.Toast(
        undo,
        header=html.Span([dot, html.Strong(words)], className="me-auto"),
        dismissable=True,
        duration=15_000,
        className="dt-toast-box",
    )
    set_props(shared.TOASTS, {"children": [toast]})


def question(noun: Noun, things: Sequence[Document]) -> list[Component]:
    what = f"{noun.one} {noun.called(things[0])}" if len(things) == 1 else counted(noun, things)
    words = " ".join(filter(None, (named_of(noun, things), noun.loss)))
    return [html.H2(f"Delete {what}?"), html.P(words, className="mt-2 mb-0")]


def in_the_way(noun: Noun, found: Deleted, *, offer: bool) -> list[Component]:
    """Return what stands on the things that are still there, by kind and name."""
    told = [
        html.Li([html.B(noun.called(thing)), " ", reason_of(error)])
        for thing, error in found.kept[:SHOWN]
    ]
    more = len(found.kept) - SHOWN
    if more > 0:
        told.append(html.Li(f"and {more} more"))
    title = "Delete it with all that depends on it?" if offer else "That stays"
    after = "Delete removes all of this for good: it cannot be undone." if offer else ""
    return [
        html.H2(title),
        html.Ul(told, className="tb-stuck mt-2"),
        html.P(after, className="mb-0"),
    ]


def reason_of(error: DTBaseError) -> str:
    if not isinstance(error, InUse) or not error.violations:
        return error_sentence(error.detail)
    kinds = (f"{each['field']} {each.get('value', '')}".strip() for each in error.violations)
    return "is used by " + "; ".join(kinds) + "."


def named_of(noun: Noun, things: Sequence[Document]) -> str:
    if len(things) == 1:
        return ""
    names = ", ".join(noun.called(thing) for thing in things[:SHOWN])
    return names + (f" and {len(things) - SHOWN} more." if len(things) > SHOWN else ".")


def counted(noun: Noun, things: Sequence[Document]) -> str:
    return f"{len(things)} {noun.one if len(things) == 1 else noun.many}"
