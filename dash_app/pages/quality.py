"""Quality: what is set aside and why, taken in or dropped; what is corrected, and undone."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account, addressed
from dash_app.aria import aria
from dash_app.components.forms import hidden
from dash_app.components.states import message
from dash_app.navigation import Page
from dash_app.quality import cards, choosing, correcting, ids
from dash_app.quality.view import SHOWN, View
from dash_app.quality.words import counted
from dash_app.shell import frame, say, set_outage
from dtbase.domain.readings.set_aside import AsideCounts
from dtbase.domain.registry.twin import Twin
from dtbase.errors import Invalid

TITLE = "Quality"
CORRECTIONS = 50


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    skeleton = html.Div(html.I(className="dt-skel ov-skel tall"), className="dt-card p-3")
    content = [
        toolbar(),
        html.Div(skeleton, id=ids.RULES),
        html.Div(id=ids.LISTED),
        html.Div(id=ids.CORRECTED),
        *choosing.dialog(),
        dcc.Store(id=ids.CHOSEN),
        dcc.Store(id=ids.TYPED),
        dcc.Store(id=ids.OPENED),
        dcc.Store(id=ids.PREVIEWED),
        *addressed.stores("quality"),
    ]
    label = aria(label="A correction")
    side = html.Aside(id=ids.DRAWER, className="tb-drawer qu-drawer", tabIndex=-1, **label)
    actions: list[Component] = [cards.new_correction(View())] if account.may_edit() else []
    title = addressed.title("quality", TITLE)
    return [*frame(twin, title, actions=actions, content=content, name="qu"), side]


def register(app: Dash) -> None:
    """Draw what the address says, follow what is ticked and typed, and do what is asked."""
    addressed.register(app, "quality")
    _register_browser(app)
    _register_drawing(app)
    _register_undoing(app)
    choosing.register(app)
    correcting.register(app)


PAGE = Page(
    path=ids.PATH,
    title="Quality",
    icon="check",
    layout=layout,
    register=register,
    group="The twin",
)


def toolbar() -> html.Div:
    """Return what narrows the list: a sensor, a measure, days; rules are chosen in their card."""
    sensor = dbc.Input(
        id=ids.SENSOR, list=ids.SENSORS, debounce=True, placeholder="Any sensor", autocomplete="off"
    )
    measure = dbc.Input(
        id=ids.MEASURE,
        list=ids.MEASURES,
        debounce=True,
        placeholder="Any measure",
        autocomplete="off",
    )
    days = [
        html.Label([html.Span(words), dbc.Input(id=name, type="date", debounce=True)])
        for words, name in (("From", ids.FROM), ("to", ids.TO))
    ]
    return html.Div(
        [
            hidden("Sensor", sensor),
            hidden("Measure", measure),
            html.Div(days, className="qu-days"),
            html.Datalist(id=ids.SENSORS),
            html.Datalist(id=ids.MEASURES),
        ],
        className="dt-toolbar",
        role="group",
        **aria(label="What is shown"),
    )


def _register_browser(app: Dash) -> None:
    app.clientside_callback(
        ClientsideFunction("quality", "typed"),
        Output(ids.TYPED, "data"),
        *(Input(name, "value") for name in (ids.SENSOR, ids.MEASURE, ids.FROM, ids.TO)),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("quality", "choose"),
        Output(ids.CHOSEN, "data"),
        Input(ids.every("row"), "value"),
        State(ids.every("row"), "id"),
    )
    app.clientside_callback(
        ClientsideFunction("quality", "tick"),
        Output(ids.every("row"), "value"),
        Input(ids.EVERY_ROW, "value"),
        State(ids.every("row"), "id"),
        prevent_initial_call=True,
    )


def _register_drawing(app: Dash) -> None:
    @app.callback(
        Output(ids.HEADING, "children"),
        Output(ids.RULES, "children"),
        Output(ids.LISTED, "children"),
        Output(ids.CORRECTED, "children"),
        Output(ids.SENSORS, "children"),
        Output(ids.MEASURES, "children"),
        Input(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def draw(request: Any) -> Any:
        view, zone = View.parse(request["search"]), ZoneInfo(account.site().timezone)
        client, may_edit = account.api(), account.may_edit()
        try:
            counts = client.set_aside.counts(view.filter(zone, by_rule=False))
            found = client.set_aside.page(view.filter(zone), skip=view.skip, limit=SHOWN)
            made = client.corrections.list(
                sensor=view.sensor or None, measure=view.measure or None, limit=CORRECTIONS
            )
        except Invalid as error:
            return heading(None), refused(error), [], [], [], []
        set_outage(shown=False)
        return (
            heading(counts),
            cards.rules(counts, view, zone),
            cards.listed(found, view, zone, may_edit=may_edit),
            cards.corrections(made, view, zone, may_edit=may_edit),
            options({each.sensor for each in counts.series}),
            options({each.measure for each in counts.series}),
        )


def heading(counts: AsideCounts | None) -> list[Component]:
    title: list[Component] = [html.H1(TITLE)]
    if counts is None or not counts.readings:
        return title
    told: list[Component | str] = [
        html.I(className="dt-dot warn"),
        f"{counts.readings:,} set aside",
    ]
    return [*title, html.Span(told, className="dt-chip warn dt-hide")]


def refused(error: Invalid) -> list[Component]:
    way = [html.A("Show everything", href=ids.PATH, className="btn btn-light")]
    told = message("alert", "That cannot be asked for", error.detail, actions=way, bad=True)
    return cards.card(told)


def options(names: set[str]) -> list[Component]:
    return [html.Option(value=name) for name in sorted(names)]


def _register_undoing(app: Dash) -> None:
    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.every("undo"), "n_clicks"),
        prevent_initial_call=True,
    )
    def undo(clicks: Any) -> float:
        if not any(clicks) or not ctx.triggered_id or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        undone = account.api().corrections.undo(int(ctx.triggered_id["key"]))
        say(f"Correction {undone.id} is undone", f"{counted(undone.readings)} as before.")
        return datetime.now(UTC).timestamp()
