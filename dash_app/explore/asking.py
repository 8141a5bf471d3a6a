"""Callbacks that ask for forecasts and follow them until they are there."""

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.explore import cards, ids
from dash_app.explore.drawing import scene_at
from dash_app.explore.forecasting import endings_of, start_forecasts
from dash_app.shell import say, say_all, toast
from dtbase.domain.forecasts.runs import RunStatus


def register(app: Dash) -> None:
    """Connect the button, the runs and the chart."""
    _register_start(app)
    _register_follow(app)

    @app.callback(Output(ids.RUNS, "children"), Input(ids.PENDING, "data"))
    def show(pending: Sequence[Any] | None) -> Any:
        return cards.runs_strip([RunStatus(entry["status"]) for entry in pending or ()])


def _register_start(app: Dash) -> None:
    @app.callback(
        Output(ids.PENDING, "data", allow_duplicate=True),
        Input(ids.FORECAST, "n_clicks"),
        State(ids.REQUEST, "data"),
        running=[(Output(ids.FORECAST, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def start(clicks: int | None, request: Any) -> Any:
        if not clicks or not request:
            raise PreventUpdate
        scene = scene_at(request["search"])
        if not scene.lines:
            say("Choose a series first", "The forecast is made for what is on the chart.")
            raise PreventUpdate
        runs = start_forecasts(account.api(), scene.lines, scene.bucket)
        return [{"id": run.id, "status": run.status} for run in (*scene.pending, *runs)]


def _register_follow(app: Dash) -> None:
    @app.callback(
        Output(ids.PENDING, "data", allow_duplicate=True),
        Output(ids.REFRESH, "data"),
        Input(ids.POLL, "n_intervals"),
        State(ids.PENDING, "data"),
        State(ids.REFRESH, "data"),
        prevent_initial_call=True,
    )
    def follow(_ticks: int, pending: Sequence[Any], refresh: int) -> Any:
        if not pending:
            raise PreventUpdate
        client = account.api()
        runs = [client.runs.get(entry["id"]) for entry in pending]
        ended = [run for run in runs if run.status.ended]
        if ended:
            say_all([toast(end.title, end.text, bad=end.bad) for end in endings_of(ended)])
        waiting = [{"id": run.id, "status": run.status} for run in runs if not run.status.ended]
        return waiting, refresh + 1 if ended else no_update
