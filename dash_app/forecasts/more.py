"""What is asked for only by those who want to know: errors by the hour, scenarios side by side."""

from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.aria import aria
from dash_app.forecasts import habits, ids, scenarios
from dash_app.forecasts.view import View, chosen_model
from dtbase.domain.glance.outlook import Outlook
from dtbase.domain.registry.series import SeriesKey


def section() -> html.Section:
    """Return both, closed; what they hold comes when they are opened."""
    folds = (
        ("When is it off, and which way?", ids.HABITS, ids.HABITS_OPEN, ids.HABITS_ROOM),
        ("Scenarios side by side", ids.SCENARIOS, ids.SCENARIOS_OPEN, ids.SCENARIOS_ROOM),
    )
    parts = [
        html.Details(
            [
                html.Summary(html.H2(title), id=opens),
                html.Div(id=room, **aria(live="polite")),
            ],
            id=name,
            className="fx-fold",
        )
        for title, name, opens, room in folds
    ]
    return html.Section(parts, id=ids.MORE, className="dt-card", hidden=True)


def register(app: Dash) -> None:
    """Fill them when they are opened, and close them when another series is looked at."""

    @app.callback(
        Output(ids.MORE, "hidden"),
        Output(ids.HABITS, "open"),
        Output(ids.SCENARIOS, "open"),
        Output(ids.HABITS_ROOM, "children"),
        Output(ids.SCENARIOS_ROOM, "children"),
        Input(shared.URL, "search"),
    )
    def settle(search: str | None) -> Any:
        return View.parse(search).series is None, False, False, [], []

    @app.callback(
        Output(ids.HABITS_ROOM, "children", allow_duplicate=True),
        Input(ids.HABITS_OPEN, "n_clicks"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def tell_habits(clicks: int | None, search: str | None) -> list[Component]:
        key, view = asked(clicks, search)
        outlook, zone = looked_at(key)
        found = habits.misses(account.api(), key, view.model or chosen_model(outlook), zone)
        return habits.parts(found, outlook.leaderboard.unit)

    @app.callback(
        Output(ids.SCENARIOS_ROOM, "children", allow_duplicate=True),
        Input(ids.SCENARIOS_OPEN, "n_clicks"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def tell_scenarios(clicks: int | None, search: str | None) -> list[Component]:
        key, view = asked(clicks, search)
        outlook, zone = looked_at(key)
        model = view.model or chosen_model(outlook)
        names = scenarios.names_of(outlook.runs, model)
        return scenarios.parts(account.api(), key, model, names, zone)


def asked(clicks: int | None, search: str | None) -> tuple[SeriesKey, View]:
    """Return what is looked at when something is opened; closing asks for nothing."""
    view = View.parse(search)
    if not clicks or clicks % 2 == 0 or view.series is None:
        raise PreventUpdate
    return view.series, view


def looked_at(key: SeriesKey) -> tuple[Outlook, ZoneInfo]:
    return account.api().glance.outlook(key), account.site_zone()
