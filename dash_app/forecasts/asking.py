"""Callbacks by which somebody moves through runs, and asks for more of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from dash import Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.addressed import led_to
from dash_app.explore import catalogue
from dash_app.forecasts import form, ids
from dash_app.forecasts.view import View
from dash_app.ids import all_of
from dash_app.shell import say
from dtbase.domain.forecasts.backtests import NewBacktest
from dtbase.domain.registry.series import SeriesKey

CANCEL = all_of(ids.PAGE, "cancel")


def register(app: Dash) -> None:
    """Connect the slider, the form and the buttons."""
    _register_moving(app)
    _register_offer(app)
    _register_queue(app)
    _register_again(app)
    _register_cancel(app)


def _register_moving(app: Dash) -> None:
    @app.callback(
        Output(shared.GOTO, "data", allow_duplicate=True),
        Input(ids.AT, "value", allow_optional=True),
        Input(ids.EARLIER, "n_clicks", allow_optional=True),
        Input(ids.LATER, "n_clicks", allow_optional=True),
        Input(ids.MODEL, "value", allow_optional=True),
        State(ids.RUN_CARD, "data", allow_optional=True),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def go(
        at: int | None, earlier: Any, later: Any, model: str, known: list[int] | None, search: str
    ) -> Any:
        view = View.parse(search)
        if ctx.triggered_id == ids.MODEL:
            after = view.model_copy(update={"model": model or "", "run": None})
            if not model or (view.model or model) == model:
                raise PreventUpdate
            return led_to(after.search())
        runs = known or []
        now = runs.index(view.run) if view.run in runs else len(runs) - 1
        steps = {ids.AT: at, ids.EARLIER: now - bool(earlier), ids.LATER: now + bool(later)}
        place = steps.get(str(ctx.triggered_id))
        if place is None or place == now or not 0 <= place < len(runs):
            raise PreventUpdate
        return led_to(view.model_copy(update={"run": runs[place]}).search())


def _register_offer(app: Dash) -> None:
    @app.callback(
        Output(ids.KNOWN, "children"),
        Input(ids.ACTIONS, "n_clicks"),
        State(ids.KNOWN, "children"),
        State(shared.URL, "search"),
    )
    def offer(clicks: int | None, shown: Any, search: str) -> Any:
        wanted = bool(clicks) or "new" in parse_qs((search or "").removeprefix("?"))
        if not wanted or not account.may_edit():
            raise PreventUpdate
        return None if shown else form.card(catalogue.series(), catalogue.models())


def _register_queue(app: Dash) -> None:
    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.QUEUE, "n_clicks"),
        State(ids.SERIES, "value"),
        State(ids.WITH, "value"),
        State(ids.HORIZON, "value"),
        State(ids.OFTEN, "value"),
        running=[(Output(ids.QUEUE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def queue(clicks: int | None, keys: Any, model: str, horizon: Any, often: str) -> float:
        if not clicks:
            raise PreventUpdate
        if not keys or not horizon:
            say("Choose a series and how far ahead", "Nothing was queued.", bad=True)
            raise PreventUpdate
        if not model:
            told = "A worker makes the first one known when it starts."
            say("There is no model yet", told, bad=True)
            raise PreventUpdate
        client = account.api()
        runs = form.queue(client, keys, model, int(horizon))
        queued = f"{len(runs)} queued" if len(runs) > 1 else f"Run {runs[0].id} is queued"
        if often in form.OFTEN:
            made = form.schedule(client, keys, model, int(horizon), often)
            say(queued, f"The schedule {made.name} makes it anew {words_of(often)}.")
        else:
            say(queued)
        return datetime.now(UTC).timestamp()


def words_of(often: str) -> str:
    return form.OFTEN[often][0].removeprefix("Now and ")


def _register_again(app: Dash) -> None:
    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.AGAIN, "n_clicks"),
        Input(ids.BACKTEST, "n_clicks"),
        State(ids.MODEL, "value"),
        State(ids.DAYS, "value"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def ask(again: int | None, backtest: int | None, model: str, days: str, search: str) -> float:
        key = View.parse(search).series
        if key is None or not (again or backtest):
            raise PreventUpdate
        if not model:
            say("Choose a model first", "Nothing was queued.", bad=True)
            raise PreventUpdate
        if ctx.triggered_id == ids.AGAIN:
            run = account.api().runs.start(model, key.sensor, key.measure)
            say(f"Run {run.id} is queued")
        else:
            started = account.api().backtests.start(model, _backtest(key, int(days)))
            say(f"Backtest {started.id} is queued", f"{started.total} forecasts of the past.")
        return datetime.now(UTC).timestamp()


def _register_cancel(app: Dash) -> None:
    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(CANCEL, "n_clicks"),
        prevent_initial_call=True,
    )
    def cancel(clicks: Any) -> float:
        if not any(clicks):
            raise PreventUpdate
        account.api().service_runs.cancel(int(ctx.triggered_id["key"]))
        say("It is being called off")
        return datetime.now(UTC).timestamp()


def _backtest(key: SeriesKey, days: int) -> NewBacktest:
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return NewBacktest(
        sensor=key.sensor, measure=key.measure, start=end - timedelta(days=days), end=end
    )
