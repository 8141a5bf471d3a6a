"""Callbacks that lead from one view to the next: every control writes the address."""

from collections.abc import Callable
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.explore import ids, navigate, toolbar
from dash_app.explore.navigate import Drawn
from dash_app.explore.view import View, Window


def each(part: str) -> dict[str, Any]:
    """Return the pattern of all parts of a kind."""
    return {"page": ids.PAGE, "part": part, "key": ALL}


STATION, REMOVE, JUMP = each("station"), each("remove"), each("jump")
SAY, AGGREGATE = each("say"), each("aggregate")
INPUTS = {
    "controls": {
        "quick": Input(ids.RANGE, "value"),
        "bucket": Input(ids.BUCKET, "value"),
        "shown": Input(ids.SHOWN, "value"),
        "look": Input(ids.LOOK, "value"),
        "zoom": Input(ids.ZOOM, "data"),
    },
    "many": [Input(STATION, "value"), Input(AGGREGATE, "value")],
    "buttons": [
        Input(REMOVE, "n_clicks"),
        Input(JUMP, "n_clicks"),
        Input(SAY, "n_clicks"),
        Input(ids.EARLIER, "n_clicks"),
        Input(ids.LATER, "n_clicks"),
        Input(ids.CLEAR, "n_clicks"),
        Input(ids.APPLY, "n_clicks"),
        Input(ids.AROUND, "n_clicks"),
        Input(ids.MONTH_SHOW, "n_clicks"),
        Input(ids.SHIFT_SHOW, "n_clicks"),
    ],
}
FIELDS = {
    "absolute": (State(ids.FROM, "value"), State(ids.TO, "value")),
    "around": (
        State(ids.BACK, "value"),
        State(ids.BACK_UNIT, "value"),
        State(ids.AHEAD, "value"),
        State(ids.AHEAD_UNIT, "value"),
    ),
    "month": State(ids.MONTH, "value"),
    "shift": (State(ids.SHIFT, "value"), State(ids.SHIFT_UNIT, "value")),
    "offered": (State(STATION, "id"), State(STATION, "options")),
}


def register(app: Dash) -> None:
    """Connect the controls with the address."""

    @app.callback(
        Output(shared.URL, "search"),
        inputs=INPUTS,
        state={
            "search": State(shared.URL, "search"),
            "fields": FIELDS,
            "memory": State(ids.DRAWN, "data"),
        },
        prevent_initial_call=True,
    )
    def go(controls: Any, many: Any, buttons: Any, search: str, fields: Any, memory: Any) -> Any:
        trigger, value = ctx.triggered_id, ctx.triggered[0]["value"]
        if not _meant(trigger, value):
            raise PreventUpdate
        drawn = None if memory is None else Drawn.model_validate(memory)
        view = navigate.current_view(search, drawn)
        if isinstance(trigger, dict):
            after = _next_of_many(view, drawn, trigger, value, fields)
        elif drawn is not None:
            after = _next_view(view, drawn, trigger, value, fields)
        else:
            raise PreventUpdate
        return no_update if after.search() == view.search() else after.search()


def _meant(trigger: Any, value: Any) -> bool:
    """Tell a person's act from a component that has just appeared."""
    if isinstance(trigger, dict):
        return trigger["part"] in {"station", "aggregate"} or bool(value)
    return bool(value) or trigger == ids.LOOK


def _next_view(view: View, drawn: Drawn, trigger: Any, value: Any, fields: Any) -> View:
    ways: dict[str, Callable[[], View]] = {
        ids.RANGE: lambda: navigate.ranged(view, value),
        ids.BUCKET: lambda: view.with_bucket(value),
        ids.SHOWN: lambda: view.with_said(f"view={value}"),
        ids.LOOK: lambda: navigate.looked(view, value or ()),
        ids.EARLIER: lambda: navigate.moved(view, drawn, -navigate.STEP),
        ids.LATER: lambda: navigate.moved(view, drawn, navigate.STEP),
        ids.CLEAR: lambda: view.with_lines(()).model_copy(update={"faults": ()}),
        ids.APPLY: lambda: view.with_window(_absolute(fields)),
        ids.AROUND: lambda: view.with_range(toolbar.range_from(*fields["around"])),
        ids.MONTH_SHOW: lambda: view.with_range(toolbar.month_from(fields["month"])),
        ids.SHIFT_SHOW: lambda: view.with_said(f"cmp={toolbar.shift_from(*fields['shift'])}"),
        ids.ZOOM: lambda: _next_of_zoom(view, drawn, value),
    }
    return ways[trigger]()


def _absolute(fields: Any) -> Window:
    start, end = fields["absolute"]
    return toolbar.window_from(start, end, account.site_zone())


def _next_of_many(view: View, drawn: Drawn | None, trigger: Any, value: Any, fields: Any) -> View:
    match trigger["part"]:
        case "station":
            stations, options = fields["offered"]
            place = [station["key"] for station in stations].index(trigger["key"])
            offered = [option["value"] for option in options[place]]
            return navigate.ticked(view, offered, value or ())
        case "aggregate":
            said = f"{trigger['key']}:{value}" if value else f"{trigger['key']}:usual"
            return view.with_said(f"agg={said}")
        case "say":
            return view.with_said(trigger["key"])
        case "remove":
            return navigate.without(view, trigger["key"])
    return navigate.jumped(view, trigger["key"], drawn)


def _next_of_zoom(view: View, drawn: Drawn, zoom: Any) -> View:
    if "reset" in zoom:
        return view.with_window(None)
    return navigate.zoomed(view, drawn, zoom["start"], zoom["end"])
