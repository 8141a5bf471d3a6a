"""Pinning sensors and locations to a plan."""

from typing import Any

from dash import Dash, Input, Output
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.plan import ids
from dtbase.domain.registry.floor_plans import FloorPlan, Pin


def register(app: Dash) -> None:
    """Keep what was pinned; of a plan that somebody else has changed meanwhile, nothing."""

    @app.callback(
        Output(ids.KEPT, "data"),
        Input(ids.PINS, "data"),
        prevent_initial_call=True,
    )
    def pin(asked: Any) -> Any:
        if not asked:
            raise PreventUpdate
        seen = FloorPlan.model_validate(asked["plan"])
        pins = [Pin.model_validate(each) for each in asked["pins"]]
        kept = account.api().locations.pin(seen, pins)
        return {"plan": kept.model_dump(mode="json"), "asked": asked["asked"]}
