"""Callbacks that hand out what is shown: as a file, and as the call that asks for it."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from dash_app.explore import ids
from dash_app.explore.drawing import scene_at
from dash_app.explore.export import csv_of, file_name, parquet_of, wide_csv_of, workbook_of
from dash_app.explore.scene import Scene
from dash_app.explore.sharing import curl_of, python_of
from dash_app.ids import all_of
from dtbase.domain.frozen import Frozen

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES: Mapping[str, tuple[str, str, Callable[[Scene], str | bytes]]] = {
    "long": ("csv", "text/csv", csv_of),
    "wide": ("csv", "text/csv", wide_csv_of),
    "parquet": ("parquet", "application/vnd.apache.parquet", parquet_of),
    "excel": ("xlsx", SHEET, workbook_of),
}


class Attachment(Frozen):
    """A file that the browser saves."""

    content: str
    filename: str
    type: str
    base64: bool = False


def register(app: Dash) -> None:
    """Connect the menu with the files and the texts."""

    @app.callback(
        Output(ids.DOWNLOAD, "data"),
        Input(all_of(ids.PAGE, "file"), "n_clicks"),
        State(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def download(clicks: list[int | None], request: Any) -> Any:
        if not any(clicks) or not request:
            raise PreventUpdate
        ending, kind, write = FILES[ctx.triggered_id["key"]]
        scene = scene_at(request["search"])
        return attached(write(scene), file_name(scene, ending), kind).model_dump()

    @app.callback(
        Output(ids.PYTHON, "children"),
        Output(ids.CURL, "children"),
        Input(ids.SHARE, "n_clicks"),
        State(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def share(clicks: int | None, request: Any) -> Any:
        if not clicks or not request:
            raise PreventUpdate
        scene = scene_at(request["search"])
        return python_of(scene), curl_of(scene)


def attached(content: str | bytes, name: str, kind: str) -> Attachment:
    """Return a file as the browser takes it."""
    if isinstance(content, str):
        return Attachment(content=content, filename=name, type=kind)
    return Attachment(content=b64encode(content).decode(), filename=name, type=kind, base64=True)
