"""Callbacks that draw what the address says: all that is forecast, or one series."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dash_app import account
from dash_app import ids as shared
from dash_app.aria import aria
from dash_app.components.states import message
from dash_app.forecasts import believed, cards, ids, leaderboard, toolbar
from dash_app.forecasts.believed import Look
from dash_app.forecasts.figure import lead_figure
from dash_app.forecasts.view import PATH, View, chosen_model, issued
from dash_app.shell import set_outage
from dash_app.theme import Theme
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import NotFound

MOST_RUNS = 50
Shown = tuple[list[Component], list[Component], str]
"""The heading, the body, and the title of the tab."""


def register(app: Dash) -> None:
    """Draw whenever something is asked for."""

    @app.callback(
        Output(ids.HEADING, "children"),
        Output(ids.BODY, "children"),
        Output(shared.TITLE, "data"),
        Input(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def draw(request: Any) -> Any:
        view, theme = View.parse(request["search"]), Theme(request["theme"])
        zone = ZoneInfo(account.site().timezone)
        if view.series is None:
            heading, body, title = _everything(view, zone)
        else:
            heading, body, title = _one(view.series, view, zone, theme)
        set_outage(shown=False)
        return heading, body, {"path": PATH, "text": title}


def _everything(view: View, zone: ZoneInfo) -> Shown:
    client = account.api()
    runs = client.runs.list(model=view.model or None, limit=MOST_RUNS)
    champions = client.scores.champions(current=True)
    drifting = client.scores.drift(drifting=True)
    heading: list[Component] = [html.H1("Forecasts")]
    if view.model:
        every = html.A(f"of {view.model}: show all", href=PATH, className="dt-crumb after")
        heading.append(every)
    body: list[Component] = [
        cards.champions_card(champions, drifting, runs, view.model),
        cards.runs_card(runs, zone, datetime.now(UTC), may_edit=account.may_edit()),
    ]
    return heading, body, view.model


def _one(key: SeriesKey, view: View, zone: ZoneInfo, theme: Theme) -> Shown:
    client = account.api()
    name = cards.name_of(key)
    heading = _heading(name)
    try:
        outlook = client.glance.outlook(key)
    except NotFound:
        text = "It may have been renamed or deleted. The list has all that are forecast."
        back = html.A("All forecasts", href=PATH, className="btn btn-light")
        note = message("forecast", f"There is no series {key}", text, actions=[back])
        return heading, [html.Div(note, className="dt-card")], name
    runs = issued(outlook, view)
    board = outlook.leaderboard
    body: list[Component] = [toolbar.of_series(outlook, view, key)]
    if runs:
        body.append(believed.parts(client, runs, view, Look(theme=theme, zone=str(zone))))
    else:
        text = "Run a model, or choose another one above."
        body.append(
            html.Div(message("forecast", "No forecast of it yet", text), className="dt-card")
        )
    model = view.model or chosen_model(outlook)
    tried = leaderboard.tried_card(outlook.backtests, model, board.unit)
    leads = lead_figure(board.contenders, board.unit, theme)
    body += leaderboard.models_cards(outlook, leads, tried)
    body += [
        cards.backtests_card(outlook.backtests, board.unit, zone, may_edit=account.may_edit()),
        cards.runs_card(outlook.runs, zone, datetime.now(UTC), may_edit=account.may_edit()),
    ]
    return heading, body, name


def _heading(name: str) -> list[Component]:
    crumb = html.Nav(
        [html.A("Forecasts", href=PATH), html.I("/")],
        className="dt-crumb",
        **aria(label="Breadcrumb"),
    )
    return [crumb, html.H1(name)]
