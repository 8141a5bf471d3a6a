"""Callbacks that draw what the address says, and hand it out as a file."""

from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.explore import cards, ids, picker, toolbar
from dash_app.explore.columns import shows_anything
from dash_app.explore.export import csv_of, file_name
from dash_app.explore.figures import Look, clock_of, figure_of, patch_of, pen_of, signature_of
from dash_app.explore.gather import PredictionShelf, gather
from dash_app.explore.moving import STATION
from dash_app.explore.navigate import Drawn
from dash_app.explore.scene import Scene
from dash_app.explore.statistics import summaries_of
from dash_app.explore.view import View
from dash_app.shell import set_outage
from dash_app.theme import Theme
from dash_app.words import error_sentence
from dtbase.domain.frozen import Frozen
from dtbase.errors import DTBaseError, NotAuthenticated, Unavailable

CARD = "dt-card ex-card"
OUTPUTS = {
    "figure": Output(ids.GRAPH, "figure"),
    "style": Output(ids.GRAPH, "style"),
    "stage": Output(ids.STAGE, "hidden"),
    "note": Output(ids.NOTE, "children"),
    "legend": Output(ids.LEGEND, "children"),
    "foot": Output(ids.FOOT, "children"),
    "table": Output(ids.TABLE, "children"),
    "on_chart": Output(ids.ON_CHART, "children"),
    "count": Output(ids.COUNT, "children"),
    "span": Output(ids.SPAN, "children"),
    "start": Output(ids.FROM, "value"),
    "end": Output(ids.TO, "value"),
    "pending": Output(ids.PENDING, "data"),
    "memory": Output(ids.DRAWN, "data"),
}
SHELF = PredictionShelf()


class Attachment(Frozen):
    """A file that the browser saves."""

    content: str
    filename: str
    type: str = "text/csv"


def scene_at(search: str) -> Scene:
    """Return what the view at an address shows now, to who is logged in."""
    return gather(account.api(), View.parse(search), account.site().timezone, SHELF)


def register(app: Dash) -> None:
    """Connect the address with the chart and with its file."""
    _register_chart(app)
    _register_file(app)


def _register_chart(app: Dash) -> None:
    @app.callback(
        output=OUTPUTS,
        inputs={"request": Input(ids.REQUEST, "data")},
        state={
            "memory": State(ids.DRAWN, "data"),
            "hidden": State(ids.HIDDEN, "data"),
            "controls": {
                "quick": State(ids.RANGE, "value"),
                "bucket": State(ids.BUCKET, "value"),
                "ticked": State(STATION, "value"),
                "stations": State(STATION, "id"),
            },
        },
        running=[(Output(ids.CARD, "className"), f"{CARD} busy", CARD)],
        prevent_initial_call=True,
    )
    def draw(request: Any, memory: Any, hidden: Any, controls: Any) -> Any:
        try:
            scene = scene_at(request["search"])
        except (NotAuthenticated, Unavailable):
            raise
        except DTBaseError as error:
            return _failed(error, View.parse(request["search"]))
        set_outage(shown=False)
        _settle_controls(scene, controls)
        look = Look(
            theme=Theme(request["theme"]), phone=request["phone"], hidden=frozenset(hidden or ())
        )
        drawn = _drawn(scene, look, memory)
        return drawn | _unchanged("start", "end") if request["typing"] else drawn


def _register_file(app: Dash) -> None:
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


def _failed(error: DTBaseError, view: View) -> dict[str, Any]:
    note = cards.not_drawn(error_sentence(error.detail), fixed_bucket=view.bucket != "auto")
    return _unchanged(*OUTPUTS) | {"stage": True, "note": note}


def _unchanged(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, no_update)


def _drawn(scene: Scene, look: Look, memory: Any) -> dict[str, Any]:
    pen = pen_of(scene, look)
    told = {
        "legend": cards.legend(scene, pen, tuple(look.hidden)),
        "foot": cards.foot(scene),
        "table": cards.table(scene, pen, summaries_of(scene)),
        "on_chart": picker.on_chart(scene, pen),
        "count": str(len(scene.lines)),
        "span": toolbar.span_text(scene),
        "start": toolbar.field_value(scene.window.start, scene.tz),
        "end": toolbar.field_value(scene.window.end, scene.tz),
        "pending": [{"id": run.id, "status": run.status} for run in scene.pending],
    }
    return told | _chart(scene, look, memory)


def _chart(scene: Scene, look: Look, memory: Any) -> dict[str, Any]:
    if not any(shows_anything(line, scene.window) for line in scene.lines):
        note = cards.nothing_in_range(scene) if scene.lines else cards.nothing_chosen()
        kept = _memory_of(scene, "").model_dump(mode="json")
        blank: dict[str, Any] = {"legend": [], "foot": [], "table": []}
        return blank | _unchanged("figure", "style") | {"stage": True, "note": note, "memory": kept}
    figure = figure_of(scene, look)
    drawn = _memory_of(scene, signature_of(figure, look))
    same = memory is not None and memory["signature"] == drawn.signature
    return {
        "figure": patch_of(figure) if same else figure,
        "style": {"height": f"{figure.layout.height}px"},
        "stage": False,
        "note": None,
        "memory": drawn.model_dump(mode="json"),
    }


def _memory_of(scene: Scene, signature: str) -> Drawn:
    latest = [line.latest.time for line in scene.lines if line.latest and line.latest.time]
    return Drawn(
        search=scene.view.search(),
        signature=signature,
        start=scene.window.start,
        end=scene.window.end,
        offset_seconds=clock_of(scene).offset.total_seconds(),
        latest=max(latest, default=None),
    )


def _settle_controls(scene: Scene, controls: Any) -> None:
    """Let the controls say what the address says, unless they do already."""
    quick = None if scene.view.window is not None else scene.view.range
    if controls["quick"] != quick:
        set_props(ids.RANGE, {"value": quick})
    if controls["bucket"] != scene.view.bucket:
        set_props(ids.BUCKET, {"value": scene.view.bucket})
    shown = {
        station["key"]: sorted(keys or ())
        for station, keys in zip(controls["stations"], controls["ticked"], strict=True)
    }
    wanted = {sensor: sorted(keys) for sensor, keys in picker.chosen_values(scene).items()}
    if shown != wanted:
        set_props(ids.TREE, {"children": picker.tree(scene)})
