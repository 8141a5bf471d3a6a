"""Callbacks that hand out what is shown as a file."""

from typing import Any

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from dash_app.explore import ids
from dash_app.explore.drawing import scene_at
from dash_app.explore.export import csv_of, file_name
from dtbase.domain.frozen import Frozen


class Attachment(Frozen):
    """A file that the browser saves."""

    content: str
    filename: str
    type: str = "text/csv"


def register(app: Dash) -> None:
    """Connect the button with the file."""

    @app.callback(
        Output(ids.DOWNLOAD, "data"),
        Input(ids.CSV, "n_clicks"),
        State(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def download(clicks: int | None, request: Any) -> Any:
        if not clicks or not request:
            raise PreventUpdate
        scene = scene_at(request["search"])
        return Attachment(content=csv_of(scene), filename=file_name(scene)).model_dump()
