"""From a point of the chart to what made it: a run with its parameters, a sensor at a place."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.aria import aria
from dash_app.explore import ids, navigate
from dash_app.explore.navigate import Drawn
from dash_app.icons import icon
from dash_app.words import DASH, moment, quantity
from dtbase.client import Client
from dtbase.domain.forecasts.runs import Run
from dtbase.domain.glance.chart import LineName
from dtbase.domain.readings.corrections import Correction, Kind
from dtbase.domain.registry.installations import Installation

BELIEVED, MEASURED = "forecast", "measured"
MOST_CORRECTIONS = 5


def register(app: Dash) -> None:
    """Connect the points of the chart with the card below it."""

    @app.callback(
        Output(ids.ORIGIN, "children"),
        Input(ids.GRAPH, "clickData"),
        State(ids.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def tell(clicked: Any, memory: Any) -> Any:
        if not clicked or memory is None:
            raise PreventUpdate
        drawn = Drawn.model_validate(memory)
        for point in nearest_first(clicked["points"]):
            found = origin_of(drawn, point, account.api(), account.site_zone())
            if found:
                return found
        raise PreventUpdate

    @app.callback(
        Output(ids.ORIGIN, "children", allow_duplicate=True),
        Input(ids.ORIGIN_CLOSE, "n_clicks", allow_optional=True),
        prevent_initial_call=True,
    )
    def close(clicks: int | None) -> Any:
        if not clicks:
            raise PreventUpdate
        return []


def nearest_first(points: list[Any]) -> list[Any]:
    """Return forecasts before what was measured: more has to be told of them."""
    return sorted(points, key=lambda point: point["curveNumber"])


def origin_of(drawn: Drawn, point: Any, client: Client, zone: ZoneInfo) -> list[Component]:
    """Return the card about one point, nothing where there is nothing to tell."""
    kind, name = drawn.traces[point["curveNumber"]].split(" ", 1)
    time = navigate.time_of(str(point["x"]), drawn)
    value = point.get("y")
    if kind == BELIEVED and name in drawn.runs:
        run = client.runs.get(drawn.runs[name])
        return _card(name, time, value, zone, run_facts(run, time, zone), series_link(name))
    line = LineName.parse(name)
    if kind != MEASURED or line.location is not None or line.formula is not None:
        return []
    stays = client.installations.list(sensor=line.key.sensor, at=time)
    until = time + timedelta(seconds=max(drawn.step_seconds, 1))
    corrections = client.corrections.list(series=str(line.key))
    facts = place_facts(next(iter(stays), None), zone)
    facts |= corrected_facts([c for c in corrections if c.start < until and c.end > time], zone)
    return _card(name, time, value, zone, facts, None)


def run_facts(run: Run, time: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Return what made a prediction."""
    said = {f"Parameter {name}": str(value) for name, value in run.parameters.items()}
    issued = run.issued_at
    facts = {"Forecast by": run.model, "Scenario": run.scenario, "Run": f"#{run.id}"}
    if issued is not None:
        facts["Issued"] = moment(issued, zone, weekday=True, year=True)
        facts["Looked ahead"] = f"{(time - issued).total_seconds() / 3600:.0f} h"
    return facts | said


def place_facts(stay: Installation | None, zone: ZoneInfo) -> dict[str, str]:
    """Return where a sensor stood."""
    if stay is None or stay.location is None:
        return {"The sensor stood": "nowhere that is noted"}
    facts = {"The sensor stood at": stay.location}
    facts["Since"] = moment(stay.since, zone, weekday=True, year=True)
    facts["Until"] = moment(stay.until, zone, weekday=True, year=True) if stay.until else "now"
    return facts


def corrected_facts(corrections: Sequence[Correction], zone: ZoneInfo) -> dict[str, str]:
    """Return who changed readings of this time, when and why; the newest first."""
    return {
        f"Corrected, no. {each.id}": f"{done_by(each)} by {each.made_by}, {said(each, zone)}"
        for each in corrections[:MOST_CORRECTIONS]
    }


def said(correction: Correction, zone: ZoneInfo) -> str:
    """Say when and why something was corrected, and whether that was undone."""
    text = f"{moment(correction.made_at, zone, year=True)}: {correction.reason}"
    if correction.undone_by is None or correction.undone_at is None:
        return text
    return f"{text} (undone by {correction.undone_by}, {moment(correction.undone_at, zone)})"


def done_by(correction: Correction) -> str:
    """Say what a correction did to readings."""
    asked = correction.asked
    match correction.kind:
        case Kind.VOID:
            return "taken away"
        case Kind.CORRECT:
            return f"set to {asked.get('value')}"
        case Kind.SHIFT:
            return f"moved by {asked.get('by')}"
    plus = f", plus {asked['offset']:g}" if asked.get("offset") else ""
    return f"multiplied by {asked.get('factor'):g}{plus}"


def series_link(name: str) -> str:
    """Return the way to all that is known of a series' forecasts."""
    return f"/forecasts?{urlencode({'series': str(LineName.parse(name).key)}, safe='/')}"


def _card(
    name: str,
    time: datetime,
    value: Any,
    zone: ZoneInfo,
    facts: dict[str, str],
    link: str | None,
) -> list[Component]:
    told = quantity(value, None) if isinstance(value, int | float) else str(value or DASH)
    rows = [
        part
        for term, fact in {"Value": told, **facts}.items()
        for part in (html.Dt(term), html.Dd(fact))
    ]
    close = html.Button(
        icon("close"),
        id=ids.ORIGIN_CLOSE,
        className="btn btn-link btn-icon",
        **aria(label="Close what made this"),
    )
    head = [
        html.H2("What made this"),
        html.Span(f"{name}, {moment(time, zone, weekday=True, year=True)}", className="dt-meta"),
        close,
    ]
    body: list[Component] = [html.Dl(rows, className="dt-facts ex-facts")]
    if link is not None:
        body.append(dcc.Link("All forecasts of this series", href=link))
    return [
        html.Section(
            [
                html.Div(head, className="dt-card-head"),
                html.Div(body, className="dt-card-body"),
            ],
            className="dt-card",
            **aria(label="What made this"),
        )
    ]
