"""Overview: the twin at a glance, and the way to every series."""

from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account, keeping
from dash_app import ids as shared
from dash_app.addressed import led_to
from dash_app.aria import aria
from dash_app.icons import icon
from dash_app.navigation import Page
from dash_app.overview import attention, base, ids, places
from dash_app.overview.known import overview_of
from dash_app.overview.view import EVERYTHING, LONGEST, STATES, View, chosen
from dash_app.shell import frame, set_outage
from dtbase.domain.glance.overview import Concern, Overview
from dtbase.domain.registry.twin import Twin

ANY = "*"
"""What stands for no choice: a select of Dash shows no empty value."""

OUTPUTS = {
    "attention": Output(ids.ATTENTION, "children"),
    "heading": Output(ids.HEADING, "children"),
    "places": Output(ids.PLACES, "children"),
    "base": Output(ids.BASE, "children"),
    "within": Output(ids.WITHIN, "options"),
    "kinds": Output(ids.KIND, "options"),
    "controls": {
        "within": Output(ids.WITHIN, "value"),
        "kind": Output(ids.KIND, "value"),
        "state": Output(ids.STATE, "value"),
    },
    "due": Output(shared.DUE, "data"),
    "title": Output(shared.TITLE, "data"),
}


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    content = [
        keeping.shelf(),
        html.Section(
            _lines(), id=ids.ATTENTION, className="dt-card ov-a", **aria(label="Needs attention")
        ),
        html.Div(
            [
                html.H2("Locations"),
                html.Span(id=ids.HEADING, className="dt-meta"),
                _toolbar(),
            ],
            className="dt-section ov-section",
        ),
        html.Div(_skeletons(), id=ids.PLACES, className="dt-grid-3"),
        html.Div(html.H2("How the base is doing"), className="dt-section"),
        html.Section(id=ids.BASE, className="dt-card ov-h", **aria(label="How the base is doing")),
        dcc.Store(id=ids.TYPED),
        dcc.Store(id=ids.HERE, data=True),
        dcc.Store(id=ids.REQUEST),
    ]
    title = [html.H1("Overview"), html.Span(twin.name, className="dt-crumb after dt-hide")]
    return frame(twin, title, actions=[], content=content, name="ov")


def register(app: Dash) -> None:
    """Connect the address with what is shown, and the controls with the address."""
    _register_drawing(app)
    _register_controls(app)
    app.clientside_callback(
        ClientsideFunction("overview", "compose"),
        Output(ids.REQUEST, "data"),
        Input(shared.URL, "search"),
        Input(shared.CHANGES, "data"),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
        Input(ids.HERE, "data", allow_optional=True),  # elsewhere there is nothing to draw
    )
    app.clientside_callback(
        ClientsideFunction("overview", "typed"),
        Output(ids.TYPED, "data"),
        Input(ids.FIND, "value"),
        prevent_initial_call=True,
    )


PAGE = Page(path="/", title="Overview", icon="overview", layout=layout, register=register)


def _register_drawing(app: Dash) -> None:
    @app.callback(
        output=OUTPUTS,
        inputs={"request": Input(ids.REQUEST, "data")},
        prevent_initial_call=True,
    )
    def draw(request: Any) -> Any:
        overview = overview_of(request["version"])
        set_outage(shown=False)
        return _drawn(overview, View.parse(request["search"]), ZoneInfo(account.site().timezone))


def _register_controls(app: Dash) -> None:
    @app.callback(
        Output(shared.GOTO, "data", allow_duplicate=True),
        Input(ids.TYPED, "data"),
        Input(ids.WITHIN, "value"),
        Input(ids.KIND, "value"),
        Input(ids.STATE, "value"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def go(words: str | None, within: str, kind: str, state: str, search: str | None) -> Any:
        view = View.parse(search)
        changes = {
            ids.TYPED: {"words": (words or "").strip()},
            ids.WITHIN: {"within": "" if within == ANY else within},
            ids.KIND: {"kind": "" if kind == ANY else kind},
            ids.STATE: {"state": state or EVERYTHING},
        }
        after = view.model_copy(update=changes[ctx.triggered_id])
        if after == view:
            raise PreventUpdate
        return led_to(after.search())


def _drawn(overview: Overview, view: View, zone: ZoneInfo) -> dict[str, Any]:
    series = chosen(overview, view)
    types = sorted({each.sensor_type for each in overview.series})
    return {
        "attention": attention.card(overview, series, view, zone),
        "heading": "The last day, then a day of forecast",
        "places": places.cards(overview, series, view),
        "base": base.cells(overview, zone),
        "within": [{"label": "All locations", "value": ANY}]
        + [{"label": place.name, "value": place.identifier} for place in overview.places],
        "kinds": [{"label": "All types", "value": ANY}, *({"label": t, "value": t} for t in types)],
        "controls": {
            "within": view.within or ANY,
            "kind": view.kind or ANY,
            "state": view.state,
        },
        "due": _due(overview),
        "title": {"path": PAGE.path, "text": _title(overview)},
    }


def _due(overview: Overview) -> float | None:
    """Return when the next series counts as silent, in the browser's milliseconds."""
    due = [s.due for s in overview.series if s.due and s.concern is not Concern.SILENT]
    return min(due).timestamp() * 1000 if due else None


def _title(overview: Overview) -> str:
    count = sum(each.concern is not None for each in overview.series)
    count += len(overview.work.failures)
    return f"({count})" if count else ""


def _toolbar() -> html.Div:
    words = html.Span("Find a series or a place", className="visually-hidden")
    field = dbc.Input(
        id=ids.FIND, type="search", placeholder="Name, place or measure", maxLength=LONGEST
    )
    states = [{"label": text, "value": value} for value, text in STATES.items()]
    return html.Div(
        [
            html.Label([icon("search"), words, field], className="dt-find ov-find"),
            _select(ids.WITHIN, "Location", "All locations"),
            _select(ids.KIND, "Type of sensor", "All types"),
            dbc.RadioItems(
                id=ids.STATE,
                options=states,
                value=EVERYTHING,
                className="dt-seg",
                inputClassName="btn-check",
                labelCheckedClassName="on",
                inline=True,
            ),
        ],
        className="dt-toolbar ov-tools",
        role="group",
        **aria(label="What is shown"),
    )


def _select(name: str, words: str, first: str) -> html.Div:
    select = dbc.Select(id=name, options=[{"label": first, "value": ANY}], value=ANY)
    return html.Div([html.Label(words, htmlFor=name, className="visually-hidden"), select])


def _lines() -> list[Component]:
    return [html.Div(html.I(className="dt-skel ov-skel"), className="p-3")]


def _skeletons() -> list[Component]:
    return [
        html.Div(html.I(className="dt-skel ov-skel tall"), className="dt-card p-3") for _ in "123"
    ]
