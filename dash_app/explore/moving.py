"""What leads from one view to the next: every control writes the address.

What only changes a word of it (a range, a zoom, a view) the browser writes by itself; for the rest
the server is asked, once somebody did something: a part that has just appeared is no act.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.addressed import led_to
from dash_app.explore import ids, navigate, toolbar
from dash_app.explore.navigate import Drawn
from dash_app.explore.view import View, Window
from dash_app.ids import all_of

each = partial(all_of, ids.PAGE)


STATION, REMOVE, JUMP = each("station"), each("remove"), each("jump")
SAY, AGGREGATE = each("say"), each("aggregate")
ACTS = [
    Input(ids.RANGE, "value"),
    Input(ids.BUCKET, "value"),
    Input(ids.SHOWN, "value"),
    Input(ids.LOOK, "value"),
    Input(ids.ZOOM, "data"),
    Input(STATION, "value"),
    Input(AGGREGATE, "value"),
    Input(REMOVE, "n_clicks"),
    Input(JUMP, "n_clicks"),
    Input(SAY, "n_clicks"),
    *(
        Input(name, "n_clicks")
        for name in (
            ids.EARLIER,
            ids.LATER,
            ids.CLEAR,
            ids.APPLY,
            ids.AROUND,
            ids.MONTH_SHOW,
            ids.SHIFT_SHOW,
        )
    ),
]
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
    app.clientside_callback(
        ClientsideFunction("explore", "act"),
        Output(ids.ACT, "data"),
        ACTS,
        State(shared.URL, "search"),
        State(ids.DRAWN, "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(shared.GOTO, "data"),
        inputs={"act": Input(ids.ACT, "data")},
        state={
            "search": State(shared.URL, "search"),
            "fields": FIELDS,
            "memory": State(ids.DRAWN, "data"),
        },
        prevent_initial_call=True,
    )
    def go(act: Any, search: str, fields: Any, memory: Any) -> Any:
        if not act:
            raise PreventUpdate
        drawn = None if memory is None else Drawn.model_validate(memory)
        view = navigate.current_view(search, drawn)
        after = _next_view(view, drawn, act, fields)
        return no_update if after.search() == view.search() else led_to(after.search())


def _next_view(view: View, drawn: Drawn | None, act: Any, fields: Any) -> View:
    trigger, value = act["of"], act["value"]
    if isinstance(trigger, dict):
        return _next_of_many(view, drawn, trigger, value, fields)
    ways: dict[str, Callable[[], View]] = {
        ids.CLEAR: lambda: view.with_lines(()).model_copy(update={"faults": ()}),
        ids.APPLY: lambda: view.with_window(_absolute(fields)),
        ids.AROUND: lambda: view.with_range(toolbar.range_from(*fields["around"])),
        ids.MONTH_SHOW: lambda: view.with_range(toolbar.month_from(fields["month"])),
        ids.SHIFT_SHOW: lambda: view.with_said(f"cmp={toolbar.shift_from(*fields['shift'])}"),
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
        case "remove":
            return navigate.without(view, trigger["key"])
    return navigate.jumped(view, trigger["key"], drawn)
