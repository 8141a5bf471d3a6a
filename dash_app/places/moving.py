"""Moving a place into another one, and back."""

from datetime import UTC, datetime
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.places import ids
from dtbase.client import Client
from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.locations import LocationChange
from dtbase.errors import Conflict

TOP = "the top"


class Move(Frozen):
    """Which place goes from where to where; empty is the top of the tree."""

    place: str
    before: str
    into: str
    back: bool = False


def register(app: Dash) -> None:
    """Move what was dropped, and offer the way back."""

    @app.callback(
        Output(ids.MOVED, "children"),
        Output(ids.REFRESH, "data"),
        Input(ids.MOVE, "data"),
        prevent_initial_call=True,
    )
    def move(asked: Any) -> Any:
        if not asked:
            raise PreventUpdate
        wanted = Move.model_validate({name: asked[name] for name in Move.model_fields})
        names = carry_out(account.api(), wanted)
        return told(wanted, names), datetime.now(UTC).timestamp()

    app.clientside_callback(
        ClientsideFunction("places", "settle"),
        Output(ids.DRAWN, "data"),
        Input(ids.TREE, "children"),
    )


def carry_out(client: Client, move: Move) -> dict[str, str]:
    """Move a place, unless somebody else has moved it since it was seen; return what is named."""
    place = client.locations.get(move.place)
    if (place.parent or "") != move.before:
        where = place.parent or TOP
        raise Conflict(f"somebody has moved {place.name} meanwhile; it stands in {where} now")
    client.locations.update(place, LocationChange(parent=move.into or None))
    into = client.locations.get(move.into).name if move.into else TOP
    return {"place": place.name, "into": into}


def told(move: Move, names: dict[str, str]) -> list[Component]:
    """Say what was moved, with the way back."""
    where = "at the top" if not move.into else f"in {names['into']}"
    sentence = html.Span(f"{names['place']} stands {where} {'again' if move.back else 'now'}.")
    if move.back:
        return [sentence]
    data = {"data-place": move.place, "data-before": move.into, "data-into": move.before}
    undo = html.Button("Undo", type="button", className="btn btn-light btn-sm pl-undo", **data)  # type: ignore[arg-type]
    return [sentence, undo]
