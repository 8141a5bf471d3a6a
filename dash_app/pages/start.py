"""Set up: the first ten minutes of an empty twin, one step after the other."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import available_timezones

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.components.forms import error_id, labelled, reasons
from dash_app.navigation import Page
from dash_app.shell import frame, say
from dtbase.client import Client
from dtbase.domain.people.users import Role
from dtbase.domain.registry.installations import Installation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.twin import Twin
from dtbase.errors import Declined

UNNAMED = "My twin"
PATH = "/start"
STEPS, REFRESH, HERE = "start-steps", "start-refresh", "start-here"
NAME, ZONE, SAVE = "start-name", "start-zone", "start-save"

FROM_FILE = ("Import a logger's file", "/import")
FORECAST = "forecast"


class Step(NamedTuple):
    """One thing to do, whether it is done, and where."""

    title: str
    text: str
    done: bool
    words: str = ""
    href: str = ""
    other: tuple[str, str] | None = None
    """Another way to the same: its words, and where."""


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    content = [
        html.Ol(id=STEPS, className="st-steps dt-card"),
        dcc.Store(id=HERE, data=True),
        dcc.Store(id=REFRESH, data=0),
    ]
    return frame(twin, "Set up", actions=[], content=content, name="st")


def register(app: Dash) -> None:
    """Show what is done and what is next; name the twin."""

    @app.callback(
        Output(STEPS, "children"),
        Input(HERE, "data"),
        Input(REFRESH, "data"),
        Input(shared.CHANGES, "data"),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
        State(NAME, "value", allow_optional=True),
        State(ZONE, "value", allow_optional=True),
    )
    def show(here: bool, _refresh: Any, _changes: Any, _retried: Any, *typed: Any) -> Any:
        if not here:
            raise PreventUpdate
        client = account.api()
        twin = client.twin()
        by_itself = ctx.triggered_id in {shared.CHANGES, shared.OUTAGE_RETRY}
        if by_itself and any(typed) and typed != begins_with(twin):
            raise PreventUpdate  # somebody is about to name it
        return listed(steps(client, twin), twin)

    _register_naming(app)


def _register_naming(app: Dash) -> None:
    @app.callback(
        Output(error_id(NAME), "children"),
        Output(error_id(ZONE), "children"),
        Output(REFRESH, "data"),
        Input(SAVE, "n_clicks"),
        State(NAME, "value"),
        State(ZONE, "value"),
        prevent_initial_call=True,
    )
    def save(clicks: Any, name: str | None, zone: str | None) -> Any:
        if not clicks:
            raise PreventUpdate
        client = account.api()
        try:
            notice = client.twin().notice
            client.name_twin(Twin(name=name or "", timezone=zone or "", notice=notice))
        except Declined as error:
            found = reasons(error, ("name", "timezone"))
            return found["name"], found["timezone"], no_update
        account.forget_site()
        say("The twin has its name")
        return "", "", datetime.now(UTC).timestamp()


PAGE = Page(
    path=PATH,
    title="Set up",
    icon="star",
    layout=layout,
    register=register,
    role=Role.EDITOR,
)


def steps(client: Client, twin: Twin) -> list[Step]:
    """Return the way from nothing to a forecast that comes by itself, and how far it is gone."""
    places = client.locations.page(limit=1).items
    stays = client.installations.page(limit=1, sort="-since").items
    return [
        *describing(client, twin, places),
        *measuring(client, stays),
        *going_on(client, places, stays),
    ]


def describing(client: Client, twin: Twin, places: Sequence[Location]) -> list[Step]:
    """Return what a twin is told before it has sensors: its name, its places, their kinds."""
    return [
        Step(
            "Name it", "What it is called, and by which clock its days begin.", twin.name != UNNAMED
        ),
        Step(
            "A place",
            "A building, a field, a room: where sensors stand.",
            bool(places),
            "Add a location",
            "/locations?new=1",
        ),
        Step(
            "A kind of sensor",
            "What such a sensor measures, in which units; one measure a line. A file of your "
            "logger makes the kind, its sensors and their readings in one go.",
            bool(client.sensor_types.page(limit=1).items),
            "Add a sensor type",
            "/sensor-types?new=1",
            FROM_FILE,
        ),
    ]


def measuring(client: Client, stays: Sequence[Installation]) -> list[Step]:
    """Return the way to the first reading, and to sensors that stand where they measure."""
    sensors = client.sensors.page(limit=1).items
    page = f"/sensor?id={sensors[0].identifier}" if sensors else "/sensors?new=1"
    return [
        Step(
            "A sensor",
            "One device, or a feed that behaves like one.",
            bool(sensors),
            "Add a sensor",
            "/sensors?new=1",
        ),
        Step(
            "Its first reading",
            "Its page makes a key and shows the lines to paste; the reading appears as it arrives.",
            any(each.time for each in client.series.latest()) if sensors else False,
            "Open its page",
            page,
            FROM_FILE,
        ),
        Step(
            "Sensors at their place",
            "A plan, a map and Overview show sensors where they stand. Tick some in the table, and "
            "change their location for all at once.",
            any(each.location for each in stays),
            "Open the sensors",
            "/sensors",
        ),
    ]


def going_on(
    client: Client, places: Sequence[Location], stays: Sequence[Installation]
) -> list[Step]:
    """Return what makes a twin of readings."""
    peopled = [each.location for each in stays if each.location]
    first = (*peopled, *(each.identifier for each in places))
    plan = f"/place?id={first[0]}" if first else "/places"
    scheduled = {each.service for each in client.schedules.list()}
    return [
        Step(
            "A plan",
            "A picture of the place, with its sensors on it and their values as colours: bring one "
            "on the place's page, and drag the sensors to where they are.",
            bool(client.locations.page(limit=1, has_plan="true").items),
            "Open the place",
            plan,
        ),
        Step(
            "A forecast",
            "Once there are some days of readings, ask for what comes next.",
            bool(client.runs.list(limit=1)),
            "Ask for one",
            "/forecasts?new=1",
        ),
        Step(
            "A forecast by itself",
            "Ask as before, and say how often it is made anew.",
            FORECAST in scheduled,
            "Have it made anew",
            "/forecasts?new=1",
        ),
        Step(
            "The weather",
            "Open-Meteo's, for the coordinates of a location; a schedule keeps it coming.",
            "weather" in scheduled,
            "Schedule it",
            "/schedules?new=1&service=weather",
            ("Make the set", "/service?name=weather"),
        ),
    ]


def listed(found: list[Step], twin: Twin) -> list[Component]:
    """Return the steps; only the first that is not done is open."""
    current = next((place for place, step in enumerate(found) if not step.done), None)
    return [one(step, twin, place, on=place == current) for place, step in enumerate(found)]


def one(step: Step, twin: Twin, place: int, *, on: bool) -> html.Li:
    dot = html.I(className=f"dt-dot {'ok' if step.done else 'run' if on else 'off'}")
    head = html.H2([dot, step.title, html.Span("Done" if step.done else "", className="dt-meta")])
    if not on:
        return html.Li(head)
    parts: list[Component] = [head, html.P(step.text)]
    if place == 0:
        parts += naming(twin)
    elif step.href:
        ways = [html.A(step.words, href=step.href, className="btn btn-primary")]
        if step.other is not None:
            words, href = step.other
            ways.append(html.A(words, href=href, className="btn btn-light"))
        parts.append(html.Div(ways, className="d-flex flex-wrap gap-2"))
    return html.Li(parts, className="on")


def begins_with(twin: Twin) -> tuple[str, str]:
    """Return the name and the zone with which the form begins."""
    return "" if twin.name == UNNAMED else twin.name, twin.timezone


def naming(twin: Twin) -> list[Component]:
    """Return the form for the twin's name and zone, for admins."""
    if account.me().role is not Role.ADMIN:
        return [html.P("An admin names it.", className="dt-meta")]
    zones = [html.Option(value=zone) for zone in sorted(available_timezones())]
    named, clock = begins_with(twin)
    name = dbc.Input(id=NAME, value=named)
    zone = dbc.Input(id=ZONE, value=clock, list="start-zones", autocomplete="off")
    return [
        html.Div(
            [
                labelled("Name", name),
                labelled("Time zone", zone, hint="Such as Europe/London."),
                html.Datalist(zones, id="start-zones"),
                html.Button("Save", id=SAVE, className="btn btn-primary"),
            ],
            className="st-form",
        )
    ]
