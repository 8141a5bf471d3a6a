"""Where the sensors of a file stand: asked once it is imported, for plans and maps."""

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.importing import ids
from dash_app.importing.passing import Came
from dash_app.nouns.locations import locations
from dash_app.plan.view import address_of
from dash_app.shell import say
from dtbase.client import Client
from dtbase.domain.imports.reports import ImportAnswer
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.errors import Invalid

FEW = 3
MOST = 1_000


def register(app: Dash) -> None:
    """Put the sensors of a file at a place."""

    @app.callback(
        Output(ids.PLACING, "children"),
        Input(ids.PLACE_GO, "n_clicks"),
        State(ids.PLACE, "value"),
        State(ids.ANSWER, "data"),
        running=[(Output(ids.PLACE_GO, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def put(clicks: Any, chosen: str | None, data: Any) -> list[Component]:
        answer = Came.model_validate(data).answer if data else None
        if not clicks or answer is None:
            raise PreventUpdate
        client = account.api()
        place = client.locations.get((chosen or "").strip()) if chosen else None
        if place is None:
            raise Invalid("choose the place where they stand", field="location")
        nowhere = homeless(client, answer)
        client.installations.add_many(stays(nowhere, place, answer))
        say(f"They stand at {place.name}", names_of(nowhere))
        return placed(place, nowhere)


def homeless(client: Client, answer: ImportAnswer) -> list[str]:
    """Return those sensors of a file that stand nowhere."""
    if not answer.sensors:
        return []
    brought = {*answer.sensors[:MOST]}
    return [each.identifier for each in client.sensors.list()
            if each.identifier in brought and each.location is None]  # fmt: skip


def stays(sensors: Sequence[str], place: Location, answer: ImportAnswer) -> list[NewInstallation]:
    """Return that sensors have been at a place since their file begins."""
    return [
        NewInstallation(sensor=each, location=place.identifier, since=answer.begins)
        for each in sensors
    ]


def offer(client: Client, answer: ImportAnswer) -> Component | None:
    """Ask where the sensors of a file stand, if any stands nowhere."""
    nowhere = homeless(client, answer)
    if not nowhere:
        return None
    known = locations(client)
    stand = "stands" if len(nowhere) == 1 else "stand"
    told = html.P(
        f"{names_of(nowhere)} {stand} nowhere yet: a plan shows the sensors of its place."
    )
    if not known:
        words = [told, html.A("Add a place", href="/locations?new=1", className="btn btn-light")]
        return html.Div(html.Div(words, className="dt-card-body"), id=ids.PLACING)
    options = [html.Option(each.label, value=each.value) for each in known]
    only = known[0].value if len(known) == 1 else None
    field = dbc.Input(id=ids.PLACE, list="import-places", value=only, autocomplete="off")
    asked = [
        html.Label([html.Span("Where do they stand?", className="d-block mb-1"), field],
                   className="form-label mb-0"),
        html.Datalist(options, id="import-places"),
        html.Button("Put them there", id=ids.PLACE_GO, type="button", className="btn btn-primary"),
    ]  # fmt: skip
    body = [told, html.Div(asked, className="im-keep")]
    return html.Div(html.Div(body, className="dt-card-body"), id=ids.PLACING)


def placed(place: Location, sensors: Sequence[str]) -> list[Component]:
    """Say where they stand now, with the way to its plan."""
    told = html.P(f"{names_of(sensors)}: at {place.name} since the first reading of the file.")
    way = html.A("Open its plan", href=address_of(place.identifier), className="btn btn-primary")
    return [html.Div([told, way], className="dt-card-body")]


def names_of(sensors: Sequence[str]) -> str:
    shown = ", ".join(sensors[:FEW])
    return shown if len(sensors) <= FEW else f"{shown} and {len(sensors) - FEW} more"
