"""Views: keeping the page at this address under a name, and going back to those that were kept."""

from collections.abc import Sequence
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.aria import aria
from dash_app.components.forms import error_id, labelled, reasons
from dash_app.icons import icon
from dash_app.ids import all_of
from dash_app.shell import say
from dtbase.domain.people.views import NewView, View
from dtbase.errors import Declined

PAGE: Final = "keeping"
NAME: Final = "keeping-name"
HOW: Final = "keeping-how"
SAVE: Final = "keeping-save"
OPEN: Final = "keeping-open"
LIST: Final = "keeping-list"
SHELF: Final = "keeping-shelf"
PINS: Final = "keeping-pins"
SHARED, PINNED = "shared", "pinned"
FORGET = all_of(PAGE, "forget")


def menu() -> html.Details:
    """Return the button that shows the kept views, and keeps this one."""
    options = [
        {"label": "Shared with everybody", "value": SHARED},
        {"label": "Pinned to the Overview", "value": PINNED},
    ]
    body = [
        html.Div(id=LIST, className="kp-list", **aria(live="polite")),
        labelled("Save this view as", dbc.Input(id=NAME, maxlength=200, autocomplete="off")),
        dbc.Checklist(id=HOW, options=options, value=[], className="kp-how"),
        html.Button([icon("star"), "Save view"], id=SAVE, className="btn btn-light w-100 mt-2"),
    ]
    summary = html.Summary(
        [icon("star"), html.Span("Views", className="ex-long")],
        id=OPEN,
        className="btn btn-light",
        title="Saved views",
    )
    return html.Details([summary, html.Div(body, className="dt-pop-body kp")], className="dt-pop")


def listed(views: Sequence[View], person: str) -> list[Component]:
    """Return the views as links; one's own can be deleted."""
    if not views:
        return [html.P("Nothing saved yet.", className="dt-meta mb-2")]
    return [html.Ul([_item(view, person) for view in views], className="kp-views")]


def shelf() -> html.Div:
    """Return the room for the pinned views of the Overview."""
    return html.Div([dcc.Store(id=SHELF, data=True), html.Div(id=PINS)])


def pinned(views: Sequence[View]) -> list[Component]:
    """Return the pinned views as links, for the Overview."""
    if not views:
        return []
    links = [
        html.A([icon("star"), view.name], href=view.path, className="btn btn-light btn-sm")
        for view in views
    ]
    return [html.Nav(links, className="kp-pinned", **aria(label="Pinned views"))]


def register(app: Dash) -> None:
    """List views when the menu is opened, keep the page's address, and forget."""
    _register_list(app)
    _register_keep(app)


def _register_list(app: Dash) -> None:
    @app.callback(Output(PINS, "children"), Input(SHELF, "data"))
    def pin(_here: bool) -> Any:
        return pinned(account.api().views.list(pinned=True))

    @app.callback(
        Output(LIST, "children"),
        Input(OPEN, "n_clicks"),
        prevent_initial_call=True,
    )
    def show(clicks: int | None) -> Any:
        if not clicks:
            raise PreventUpdate
        return listed(account.api().views.list(), account.me().email)

    @app.callback(
        Output(LIST, "children", allow_duplicate=True),
        Input(FORGET, "n_clicks"),
        prevent_initial_call=True,
    )
    def forget(clicks: Sequence[int | None]) -> Any:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        client = account.api()
        client.views.delete(str(ctx.triggered_id["key"]))
        return listed(client.views.list(), account.me().email)


def _register_keep(app: Dash) -> None:
    @app.callback(
        Output(LIST, "children", allow_duplicate=True),
        Output(error_id(NAME), "children"),
        Output(NAME, "value"),
        Input(SAVE, "n_clicks"),
        State(NAME, "value"),
        State(HOW, "value"),
        State(shared.URL, "pathname"),
        State(shared.URL, "search"),
        running=[(Output(SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def keep(clicks: int | None, name: str | None, how: Any, path: str, search: str | None) -> Any:
        if not clicks:
            raise PreventUpdate
        client = account.api()
        try:
            client.views.add(_new(name or "", how or (), f"{path}{search or ''}"))
        except Declined as error:
            return no_update, reasons(error, ("name",))["name"], no_update
        say("View saved", f"“{name}” is among the views, and Find anything finds it.")
        return listed(client.views.list(), account.me().email), "", ""


def _new(name: str, how: Sequence[str], path: str) -> NewView:
    return NewView(name=name, path=path, shared=SHARED in how, pinned=PINNED in how)


def _item(view: View, person: str) -> html.Li:
    own = view.owner == person
    said = [text for text, is_so in (("shared", view.shared), ("pinned", view.pinned)) if is_so]
    parts: list[Component] = [
        html.A(view.name, href=view.path),
        html.Span(", ".join([*said, *([] if own else [view.owner])]), className="dt-faint"),
    ]
    if own:
        parts.append(
            html.Button(
                icon("close"),
                id={"page": PAGE, "part": "forget", "key": str(view.id)},
                className="btn btn-link btn-sm btn-icon",
                title="Delete",
                **aria(label=f"Delete the view {view.name}"),
            )
        )
    return html.Li(parts)
