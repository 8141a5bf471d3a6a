"""Places: what stands in what, what is measured where, and the way to rearrange it."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dash_app import account, addressed
from dash_app.aria import aria
from dash_app.components.states import message
from dash_app.icons import icon
from dash_app.navigation import Page
from dash_app.overview.known import overview_of
from dash_app.places import ids, moving
from dash_app.places.card import card
from dash_app.places.forest import Forest
from dash_app.places.rows import Rows, tree
from dash_app.places.view import LONGEST, View, inside_of
from dash_app.plan.view import Look, address_of
from dash_app.shell import frame, set_outage
from dtbase.domain.registry.twin import Twin

EMPTY = "A place is where sensors stand: a site, a house, a room. It may stand in another one."


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    content = [
        toolbar(),
        html.Div(id=ids.MOVED, className="pl-moved", role="status"),
        carried(),
        html.Div(
            [
                html.Section(skeleton(), id=ids.TREE, className="dt-card pl-card"),
                html.Section(id=ids.CARD, className="dt-card pl-side", **aria(label="The place")),
            ],
            className="dt-split pl-split",
        ),
        dcc.Store(id=ids.TYPED),
        dcc.Store(id=ids.MOVE),
        dcc.Store(id=ids.DRAWN),
        *addressed.stores("places"),
    ]
    title = addressed.title("places", "Places")
    return frame(twin, title, actions=[map_of_all(), *new_place()], content=content, name="pl")


def register(app: Dash) -> None:
    """Draw what the address says, and what is moved."""
    addressed.register(app, "places")
    app.clientside_callback(
        ClientsideFunction("places", "typed"),
        Output(ids.TYPED, "data"),
        Input(ids.FIND, "value"),
        prevent_initial_call=True,
    )
    moving.register(app)

    @app.callback(
        Output(ids.HEADING, "children"),
        Output(ids.TREE, "children"),
        Output(ids.CARD, "children"),
        Input(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def draw(request: Any) -> Any:
        overview = overview_of(request["version"])
        set_outage(shown=False)
        forest, view = Forest.of(overview), View.parse(request["search"])
        may_edit = account.may_edit()
        side = card(forest, view.at, overview.at, may_edit=may_edit)
        return heading(forest, view), drawn(forest, view, may_edit=may_edit), side


PAGE = Page(
    path=ids.PATH,
    title="Places",
    icon="place",
    layout=layout,
    register=register,
    group="The twin",
    hint="tree, plans, map",
)


def heading(forest: Forest, view: View) -> list[Component]:
    """Return the way to the place whose inside is shown."""
    way = forest.way_to(view.within)
    if not way:
        return [html.H1("Places")]
    crumbs: list[Any] = [html.A("Places", href=ids.PATH), html.I("/")]
    for place in way[:-1]:
        crumbs += [html.A(place.name, href=inside_of(place.identifier)), html.I("/")]
    trail = html.Nav(crumbs, className="dt-crumb", **aria(label="Breadcrumb"))
    return [trail, html.H1(way[-1].name)]


def drawn(forest: Forest, view: View, *, may_edit: bool) -> list[Component]:
    """Return the tree, or what to do where there is none."""
    if not forest.places:
        return [message("place", "No places yet", EMPTY, actions=new_place())]
    branches = forest.shown(view.within, view.words)
    root = forest.by_name.get(view.within)
    if not branches and view.words:
        told = "No place, and no sensor at one, has these words."
        return [message("search", "Nothing fits", told, actions=[everything()])]
    name = root.name if root else account.site().name
    return tree(name, root.identifier if root else "", branches, Rows(view, may_edit=may_edit))


def everything() -> html.A:
    return html.A("Show all places", href=ids.PATH, className="btn btn-light")


def map_of_all() -> html.A:
    return html.A([icon("map"), "Map"], href=address_of("", Look.MAP), className="btn btn-light")


def new_place() -> list[Component]:
    if not account.may_edit():
        return []
    way = html.A([icon("plus"), "New place"], href="/locations?new=1", className="btn btn-primary")
    return [way]


def toolbar() -> html.Div:
    words = html.Span("Find a place, a sensor or a measure", className="visually-hidden")
    field = dbc.Input(
        id=ids.FIND, type="search", placeholder="Place, sensor or measure", maxLength=LONGEST
    )
    return html.Div(
        [
            html.Label([icon("search"), words, field], className="dt-find ov-find"),
            html.Div(
                [
                    html.Button("Open all", type="button", className="btn btn-light pl-open-all"),
                    html.Button("Close all", type="button", className="btn btn-light pl-close-all"),
                ],
                className="d-flex gap-2",
            ),
        ],
        className="dt-toolbar",
        role="group",
        **aria(label="What is shown"),
    )


def carried() -> html.Div:
    """Return the line that says what is being moved, and how to leave it."""
    leave = html.Button("Cancel", type="button", className="btn btn-light btn-sm pl-drop")
    return html.Div(
        [html.Span(), leave], id=ids.CARRIED, className="pl-moved", role="status", hidden=True
    )


def skeleton() -> html.Div:
    return html.Div(html.I(className="dt-skel ov-skel tall"), className="p-3")
