"""Pinning sensors and locations to a plan or a shape."""

from typing import Any

from dash import Dash, Input, Output
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.plan import ids
from dtbase.domain.registry.floor_plans import FloorPlan, Pin
from dtbase.domain.registry.shapes import Shape, Spot


def register(app: Dash) -> None:
    """Keep what was pinned; of what somebody else has changed meanwhile, nothing."""

    @app.callback(
        Output(ids.KEPT, "data"),
        Input(ids.PINS, "data"),
        prevent_initial_call=True,
    )
    def pin(asked: Any) -> Any:
        if not asked:
            raise PreventUpdate
        noun = "shape" if "shape" in asked else "plan"
        kept = keep(asked[noun], asked["pins"], noun)
        return {noun: kept.model_dump(mode="json"), "asked": asked["asked"]}


def keep(seen: Any, pins: Any, noun: str) -> FloorPlan | Shape:
    locations = account.api().locations
    if noun == "shape":
        spots = [Spot.model_validate(each) for each in pins]
        return locations.pin_to_shape(Shape.model_validate(seen), spots)
    return locations.pin(
        FloorPlan.model_validate(seen), [Pin.model_validate(each) for each in pins]
    )
