"""Callbacks that lead from one view to the next: every control writes the address."""

from typing import Any
from zoneinfo import ZoneInfo

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.explore import ids, navigate, toolbar
from dash_app.explore.navigate import Drawn
from dash_app.explore.view import View, Window

STATION = {"page": ids.PAGE, "part": "station", "key": ALL}
REMOVE = {"page": ids.PAGE, "part": "remove", "key": ALL}
JUMP = {"page": ids.PAGE, "part": "jump", "key": ALL}
INPUTS = {
    "controls": {
        "quick": Input(ids.RANGE, "value"),
        "bucket": Input(ids.BUCKET, "value"),
        "ticked": Input(STATION, "value"),
        "zoom": Input(ids.ZOOM, "data"),
    },
    "buttons": [
        Input(REMOVE, "n_clicks"),
        Input(JUMP, "n_clicks"),
        Input(ids.EARLIER, "n_clicks"),
        Input(ids.LATER, "n_clicks"),
        Input(ids.CLEAR, "n_clicks"),
        Input(ids.APPLY, "n_clicks"),
    ],
}


def register(app: Dash) -> None:
    """Connect the controls with the address."""

    @app.callback(
        Output(shared.URL, "search"),
        inputs=INPUTS,
        state={
            "search": State(shared.URL, "search"),
            "fields": (State(ids.FROM, "value"), State(ids.TO, "value")),
            "memory": State(ids.DRAWN, "data"),
        },
        prevent_initial_call=True,
    )
    def go(controls: Any, buttons: Any, search: str, fields: Any, memory: Any) -> Any:
        trigger = ctx.triggered_id
        if not _meant(trigger, ctx.triggered[0]["value"]):
            raise PreventUpdate
        drawn = None if memory is None else Drawn.model_validate(memory)
        view = navigate.current_view(search, drawn)
        if isinstance(trigger, dict):
            after = _next_of_many(view, drawn, trigger, controls["ticked"])
        elif drawn is not None:
            after = _next_view(view, drawn, controls, fields)
        else:
            raise PreventUpdate
        return no_update if after.search() == view.search() else after.search()


def _meant(trigger: Any, value: Any) -> bool:
    """Tell a person's act from a component that has just appeared."""
    is_station = isinstance(trigger, dict) and trigger["part"] == "station"
    return bool(value) or is_station


def _next_view(view: View, drawn: Drawn, controls: Any, fields: Any) -> View:
    match ctx.triggered_id:
        case ids.RANGE:
            after = navigate.ranged(view, controls["quick"])
        case ids.BUCKET:
            after = view.with_bucket(controls["bucket"])
        case ids.EARLIER:
            after = navigate.moved(view, drawn, -navigate.STEP)
        case ids.LATER:
            after = navigate.moved(view, drawn, navigate.STEP)
        case ids.CLEAR:
            after = view.with_series(())
        case ids.APPLY:
            after = view.with_window(_typed_window(*fields))
        case _:
            after = _next_of_zoom(view, drawn, controls["zoom"])
    return after


def _typed_window(start: str | None, end: str | None) -> Window:
    return toolbar.window_from(start, end, ZoneInfo(account.site().timezone))


def _next_of_many(view: View, drawn: Drawn | None, trigger: Any, ticked: Any) -> View:
    match trigger["part"]:
        case "station":
            return navigate.ticked(view, [key for keys in ticked for key in keys or ()])
        case "remove":
            return navigate.without(view, trigger["key"])
    return navigate.jumped(view, trigger["key"], drawn)


def _next_of_zoom(view: View, drawn: Drawn, zoom: Any) -> View:
    if "reset" in zoom:
        return view.with_window(None)
    return navigate.zoomed(view, drawn, zoom["start"], zoom["end"])
