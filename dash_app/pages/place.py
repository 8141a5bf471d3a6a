"""A place: its plan, its map or its space, from what was measured into the forecast."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dash_app import account, addressed
from dash_app.aria import aria
from dash_app.asset_files import asset_url
from dash_app.components.forms import hidden
from dash_app.components.states import message
from dash_app.explore import catalogue
from dash_app.navigation import Page
from dash_app.overview.known import overview_of
from dash_app.places.forest import Forest
from dash_app.places.ids import PATH as PLACES
from dash_app.places.view import inside_of
from dash_app.plan import ids, pinning
from dash_app.plan.coordinates import Positions, in_space, on_map
from dash_app.plan.scene import Scene, scene_of
from dash_app.plan.view import RANGES, USUAL, Look, View
from dash_app.shell import frame, set_outage
from dash_app.words import measure_label
from dtbase.client import Client
from dtbase.domain.registry.floor_plans import FloorPlan
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.shapes import Shape
from dtbase.domain.registry.twin import Twin
from dtbase.errors import Invalid, NotFound

TABS = {Look.PLAN: "Plan", Look.MAP: "Map", Look.SPACE: "3D"}
FILES = {
    "data-outlines": asset_url("late/outlines.json"),
    "data-three": asset_url("late/three.min.mjs"),
}
"""What is asked for only by who looks at a map, or at a space."""


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    stores = (ids.SCENE, ids.DRAWN, ids.PINS, ids.KEPT)
    content = [
        html.Div(id=ids.TABS),
        toolbar(),
        html.Div(id=ids.NOTE),
        html.P(id="plan-told", className="pn-told", role="alert"),
        html.Div(id="plan-room", className="pn-room", **FILES),  # type: ignore[arg-type]
        *(dcc.Store(id=name) for name in stores),
        *addressed.stores("plan"),
    ]
    title = addressed.title("plan", "Place")
    return frame(twin, title, actions=[], content=content, name="pn")


def register(app: Dash) -> None:
    """Fetch what the address names, and let the browser draw it."""
    addressed.register(app, "plan")
    app.clientside_callback(
        ClientsideFunction("plan", "look"),
        Output(ids.DRAWN, "data", allow_duplicate=True),
        Input(ids.MEASURE, "value"),
        Input(ids.RANGE, "value"),
        State(ids.SCENE, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("plan", "draw"),
        Output(ids.DRAWN, "data"),
        Input(ids.SCENE, "data"),
        Input(ids.KEPT, "data"),
    )
    pinning.register(app)
    _register_fetching(app)


PAGE = Page(
    path=ids.PATH, title="Place", icon="place", layout=layout, register=register, listed=False
)


def _register_fetching(app: Dash) -> None:
    @app.callback(
        Output(ids.HEADING, "children"),
        Output(ids.TABS, "children"),
        Output(ids.NOTE, "children"),
        Output(ids.MEASURE, "options"),
        Output(ids.MEASURE, "value"),
        Output(ids.RANGE, "value"),
        Output(ids.TOOLS, "hidden"),
        Output(ids.SCENE, "data"),
        Input(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def fetch(request: Any) -> Any:
        view = View.parse(request["search"])
        forest = Forest.of(overview_of(request["version"]))
        set_outage(shown=False)
        everywhere = view.look is Look.MAP and not view.place
        if view.place not in forest.by_name and not everywhere:
            return [html.H1("Place")], [], [missing(view.place)], [], None, view.range, True, None
        measures = measures_of(forest, view.place)
        chosen = view.measure if view.measure in measures else next(iter(measures), "")
        options = [{"label": measure_label(each), "value": each} for each in measures]
        scene = scene_at(account.api(), forest, view, chosen).model_dump(mode="json")
        shown = [] if everywhere else [tabs(request["search"], view.look)]
        head = heading(forest, view.place)
        return head, shown, [], options, chosen or None, view.range, False, scene


def scene_at(client: Client, forest: Forest, view: View, measure: str) -> Scene:
    """Ask for the plan and for its values, and put them together."""
    start, end = view.window(datetime.now(UTC))
    step = RANGES[view.range].step
    locations = client.locations
    asked = (measure, start, end, step)
    lapse = None
    if measure and view.place:
        lapse = locations.timelapse(view.place, *asked)
    elif measure:
        lapse = client.glance.timelapse(*asked)
    zone = ZoneInfo(account.site().timezone)
    may_edit = account.may_edit()
    if view.look is Look.PLAN:
        plan = plan_of(client, view.place)
        return scene_of(view, measure, forest, plan, lapse, zone, may_edit=may_edit)
    inside = locations.list(within=view.place) if view.place else catalogue.locations()
    known = on_map(inside) if view.look is Look.MAP else space_of(client, inside)
    shape = shape_of(client, view.place) if view.look is Look.SPACE else None
    return scene_of(
        view, measure, forest, None, lapse, zone, may_edit=may_edit, known=known, shape=shape
    )


def space_of(client: Client, locations: Sequence[Location]) -> Positions:
    """Return where places are in space, by the units of their schemas."""
    named = any(each.location_schema for each in locations)
    return in_space(locations, client.location_schemas.list() if named else ())


def plan_of(client: Client, place: str) -> FloorPlan | None:
    try:
        return client.locations.floor_plan(place)
    except (NotFound, Invalid):
        return None


def shape_of(client: Client, place: str) -> Shape | None:
    try:
        return client.locations.shape(place)
    except (NotFound, Invalid):
        return None


def measures_of(forest: Forest, place: str) -> dict[str, int]:
    """Return the numbers that are measured in a place, what most sensors measure first."""
    counts: dict[str, int] = {}
    for branch in (each for root in forest.roots(place) for each in root.walk()):
        for series in branch.series:
            if series.datatype is not Datatype.STRING and series.statistic is not Statistic.STATE:
                counts[series.measure] = counts.get(series.measure, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def heading(forest: Forest, place: str) -> list[Component]:
    """Return the way to the place, or to the map of all."""
    way = forest.way_to(place)
    if not way:
        back = [html.A("Places", href=PLACES), html.I("/")]
        trail = html.Nav(back, className="dt-crumb dt-hide", **aria(label="Breadcrumb"))
        return [trail, html.H1("Map")]
    crumbs: list[Any] = [html.A("Places", href=f"{PLACES}?at={place}"), html.I("/")]
    for each in way[:-1]:
        crumbs += [html.A(each.name, href=inside_of(each.identifier)), html.I("/")]
    trail = html.Nav(crumbs, className="dt-crumb dt-hide", **aria(label="Breadcrumb"))
    return [trail, html.H1(way[-1].name)]


def tabs(search: str, shown: Look) -> html.Nav:
    """Return the ways to look at a place; measure, range and time stay what they are."""
    given = {name: value for name, value in parse_qsl(search.lstrip("?")) if name != "see"}
    ways = [
        html.A(
            title,
            href=f"{ids.PATH}?{urlencode(given if look is Look.PLAN else {**given, 'see': look})}",
            className="nav-link active" if look is shown else "nav-link",
            **(aria(current="page") if look is shown else {}),
        )
        for look, title in TABS.items()
    ]
    return html.Nav(ways, className="nav nav-tabs", **aria(label="Ways to look at the place"))


def missing(place: str) -> html.Section:
    told = f"Nothing has the identifier “{place}”." if place else "The address names none."
    way = [html.A("All places", href=PLACES, className="btn btn-light")]
    return html.Section(message("place", "No such place", told, actions=way), className="dt-card")


def toolbar() -> html.Div:
    ranges = [{"label": each.title, "value": name} for name, each in RANGES.items()]
    return html.Div(
        [
            hidden("Measure", dbc.Select(id=ids.MEASURE, options=[])),
            dbc.RadioItems(
                id=ids.RANGE,
                options=ranges,
                value=USUAL,
                className="dt-seg",
                inputClassName="btn-check",
                labelCheckedClassName="on",
                inline=True,
            ),
            html.Div(id="plan-tools", className="end d-flex flex-wrap gap-2"),
        ],
        className="dt-toolbar",
        role="group",
        id=ids.TOOLS,
        **aria(label="What is shown"),
    )
