"""A key for one sensor, the lines that use it, and the first reading as it arrives."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.aria import aria
from dash_app.sensor import ids, lines
from dash_app.sensor.cards import value_of
from dash_app.sensor.facts import identifier_in
from dash_app.words import error_sentence, measure_label, moment
from dtbase.client import Client
from dtbase.domain.people.keys import IssuedKey, NewKey, Scope
from dtbase.domain.people.refusals import Refusal
from dtbase.domain.registry.series import Series

LASTS = timedelta(days=365)
EVERY = 4_000
"""Milliseconds between two looks for the first reading."""
WAYS = (("curl", lines.curl), ("Python", lines.python), ("Microcontroller", lines.sketch))


def card() -> html.Section:
    """Return the card that offers a key, before one is made."""
    words = "A key that sends readings of this sensor and does nothing else, and lines to paste."
    return html.Section(
        [
            html.Div([html.H2("Send a reading"), html.Span()], className="dt-card-head"),
            html.Div(
                [
                    html.P(words, className="dt-meta mb-0"),
                    html.Button(
                        "Make a key and show the lines",
                        id=ids.MAKE_KEY,
                        type="button",
                        className="btn btn-light ms-auto",
                    ),
                ],
                className="dt-card-body dt-form-foot",
            ),
            html.Div(id=ids.LINES),
            html.Div(id=ids.ARRIVED, className="sn-arrived", role="status"),
            dcc.Store(id=ids.WAITING),
            dcc.Interval(id=ids.TICK, interval=EVERY, disabled=True),
        ],
        id=ids.SENDING,
        className="dt-card",
        hidden=True,
    )


def register(app: Dash) -> None:
    """Make the key, and look for what it brings."""
    _register_key(app)
    _register_look(app)


def _register_key(app: Dash) -> None:
    @app.callback(
        Output(ids.LINES, "children"),
        Output(ids.WAITING, "data"),
        Output(ids.TICK, "disabled"),
        Output(ids.ARRIVED, "children"),
        Input(ids.MAKE_KEY, "n_clicks"),
        State(shared.URL, "search"),
        running=[(Output(ids.MAKE_KEY, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def make(clicks: int | None, search: str) -> Any:
        if not clicks:
            raise PreventUpdate
        client, sensor = account.api(), identifier_in(search)
        series = client.series.list(sensor=sensor)
        if not series:
            raise PreventUpdate
        ends = datetime.now(UTC) + LASTS
        name = f"{sensor}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        scopes = (Scope.READINGS_WRITE,)
        key = client.keys.add(NewKey(name=name, scopes=scopes, sensors=(sensor,), expires_at=ends))
        zone = ZoneInfo(account.site().timezone)
        known = {
            "key": key.id,
            "last": last_of(client, sensor),
            "since": key.created_at.isoformat(),
        }
        return shown(key, series[0], zone), known, False, waiting(None, zone)


def _register_look(app: Dash) -> None:
    @app.callback(
        Output(ids.ARRIVED, "children", allow_duplicate=True),
        Output(ids.TICK, "disabled", allow_duplicate=True),
        Output(ids.REFRESH, "data"),
        Input(ids.TICK, "n_intervals"),
        State(ids.WAITING, "data"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def look(_ticks: int, known: Any, search: str) -> Any:
        if not known:
            raise PreventUpdate
        client, sensor = account.api(), identifier_in(search)
        zone = ZoneInfo(account.site().timezone)
        now = last_of(client, sensor)
        fresh = [measure for measure, time in now.items() if known["last"].get(measure) != time]
        if fresh:
            return arrived(client, sensor, fresh, zone), True, datetime.now(UTC).timestamp()
        refused = client.keys.refusals(known["key"])
        if not refused:
            return waiting(client.keys.get(known["key"]).last_used_at, zone), False, no_update
        names = [each.measure for each in client.series.list(sensor=sensor)]
        return refusals(refused, names, zone), False, no_update


def last_of(client: Client, sensor: str) -> dict[str, str]:
    """Return of which time the last reading of each measure is."""
    found = client.series.latest(sensor=sensor)
    return {each.measure: each.time.isoformat() for each in found if each.time}


def shown(key: IssuedKey, series: Series, zone: ZoneInfo) -> list[Component]:
    """Return the key at the one moment at which it is known, and the lines that carry it."""
    asked = (account.api_url(), key.secret, series.sensor, series.measure, series.datatype)
    written = [code(write(*asked), name) for name, write in WAYS]
    ends = moment(key.expires_at, zone, year=True) if key.expires_at else "it is ended"
    secret = dbc.Input(value=key.secret, readonly=True, id="sensor-secret", className="dt-mono")
    words = f" It sends readings of {series.sensor} and does nothing else, until {ends}."
    return [
        html.Div(
            [
                html.Label("Key for this sensor", htmlFor="sensor-secret", className="form-label"),
                html.Div([secret, copy("Copy key", key.secret)], className="dt-secret mt-0"),
                html.P(
                    [html.I(className="dt-dot warn me-2"), html.B("Shown this once."), words],
                    className="dt-meta mt-2 mb-0",
                ),
            ],
            className="dt-card-body",
        ),
        html.Div([ways(), *written], className="sn-ways"),
    ]


def ways() -> html.Div:
    """Return the choice of how the lines are written; the style sheet shows those chosen."""
    choice = dbc.RadioItems(
        id=ids.WAY,
        options=[name for name, _ in WAYS],
        value=WAYS[0][0],
        className="dt-seg",
        inputClassName="btn-check",
        labelCheckedClassName="on",
        inline=True,
    )
    return html.Div(choice, role="group", className="sn-choice", **aria(label="Written for"))


def code(text: str, way: str) -> html.Div:
    block = html.Pre(text, className="sn-code", tabIndex=0)
    return html.Div([block, copy("Copy lines", text)], className=f"sn-lines {way.lower()}")


def copy(words: str, text: str) -> html.Button:
    given: dict[str, Any] = {"data-copy": text}
    return html.Button(words, type="button", className="btn btn-light dt-copy", **given)


def waiting(used: datetime | None, zone: ZoneInfo) -> list[Component]:
    """Say that nothing has come, or that something came and was not stored."""
    if used is None:
        return state("run", "Waiting for the first reading…", "This page looks every few seconds.")
    return state(
        "warn",
        f"The key was used at {moment(used, zone)}, and no new reading is here",
        "Nothing was refused: a reading that is there already counts as nothing new.",
    )


def refusals(
    refused: Sequence[Refusal], measures: Sequence[str], zone: ZoneInfo
) -> list[Component]:
    """Return what was refused to the key, and what helps, the last first."""
    told = state(
        "warn",
        "Waiting for the first reading…",
        f"What came was refused. This sensor measures {', '.join(measures)}.",
    )
    lines: list[Component] = [
        html.Li(
            [
                html.Div(
                    [
                        html.B(error_sentence(each.detail)),
                        html.Span(when(each, zone), className="dt-meta"),
                    ]
                ),
                html.Div(each.remedy or "", className="dt-meta"),
            ]
        )
        for each in refused
    ]
    return [*told, html.Ul(lines, className="sn-refused", **aria(label="Refused tries"))]


def when(refusal: Refusal, zone: ZoneInfo) -> str:
    often = f"{refusal.times} times, last " if refusal.times > 1 else ""
    return f"{often}{moment(refusal.at, zone)}, {refusal.request}"


def arrived(client: Client, sensor: str, measures: list[str], zone: ZoneInfo) -> list[Component]:
    """Return what has come."""
    units = {each.measure: each.unit for each in client.series.list(sensor=sensor)}
    told = [
        f"{measure_label(each.measure)} {value_of(each, units.get(each.measure))}"
        f", {moment(each.time, zone)}"
        for each in client.series.latest(sensor=sensor)
        if each.measure in measures and each.time
    ]
    return state("ok", "The first reading is here", "; ".join(told))


def state(dot: str, words: str, more: str) -> list[Component]:
    return [
        html.Div([html.I(className=f"dt-dot {dot}"), html.B(words)], className="dt-state"),
        html.Div(more, className="dt-meta"),
    ]
