"""One sensor: what it measures, how complete that is, where it stood, and how to send readings."""

from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dash_app import account, addressed
from dash_app.components.states import message
from dash_app.navigation import Page
from dash_app.sensor import cards, ids, moving, sending
from dash_app.sensor.facts import facts_of, identifier_in
from dash_app.shell import frame, set_outage
from dtbase.domain.registry.twin import Twin
from dtbase.errors import Invalid, NotFound


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    title = addressed.title("sensor", "Sensor")
    skeleton = html.Div(html.I(className="dt-skel ov-skel tall"), className="dt-card p-3")
    empty = html.Section(id=ids.SENDING, hidden=True)  # what is drawn must have its room
    main: list[Component] = [
        html.Div(skeleton, id=ids.BODY, className="dt-stack"),
        sending.card() if account.may_edit() else empty,
    ]
    content = [
        html.Div(
            [html.Div(main, className="dt-stack"), html.Div(id=ids.SIDE, className="dt-stack")],
            className="dt-split",
        ),
        moving.dialog(),
        *addressed.stores("sensor"),
    ]
    return frame(twin, title, actions=[], content=content, name="sn")


def register(app: Dash) -> None:
    """Draw what the address names, and keep it fresh."""
    addressed.register(app, "sensor")
    moving.register(app)
    sending.register(app)

    @app.callback(
        Output(ids.HEADING, "children"),
        Output(ids.BODY, "children"),
        Output(ids.SIDE, "children"),
        Output(ids.SENDING, "hidden"),
        Input(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def draw(request: Any) -> Any:
        identifier, role = identifier_in(request["search"]), account.me().role
        may_edit = account.may_edit()
        zone = ZoneInfo(account.site().timezone)
        try:
            facts = facts_of(account.api(), identifier, role, zone)
        except (NotFound, Invalid):
            return [html.H1("Sensor")], [missing(identifier)], [], True
        set_outage(shown=False)
        body = [cards.measures(facts, zone), cards.stays(facts, zone, may_edit=may_edit)]
        return (
            cards.heading(facts),
            body,
            cards.side(facts, zone, role),
            not (facts.lines and may_edit),
        )


PAGE = Page(
    path=ids.PATH, title="Sensor", icon="sensor", layout=layout, register=register, listed=False
)


def missing(identifier: str) -> html.Section:
    told = (
        f"Nothing has the identifier “{identifier}”." if identifier else "The address names none."
    )
    way = [html.A("All sensors", href="/sensors", className="btn btn-light")]
    return html.Section(message("sensor", "No such sensor", told, actions=way), className="dt-card")
