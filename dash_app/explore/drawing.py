"""Callbacks that draw what the address says."""

from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.explore import (
    cards,
    catalogue,
    ids,
    options,
    picker,
    ranges,
    statistics,
    toolbar,
    views,
)
from dash_app.explore.columns import shows_anything
from dash_app.explore.figures import Look, clock_of, patch_of, pen_of, signature_of
from dash_app.explore.gather import Place, gather, summaries
from dash_app.explore.moving import STATION
from dash_app.explore.navigate import Drawn, Row
from dash_app.explore.scene import Line, Scene
from dash_app.explore.traces import Pen
from dash_app.explore.view import View, Window
from dash_app.plain import Figure
from dash_app.shell import set_outage
from dash_app.theme import Theme
from dash_app.words import error_sentence
from dtbase.errors import Declined, DTBaseError

CARD = "dt-card ex-card"
OUTPUTS = {
    "figure": Output(ids.GRAPH, "figure"),
    "style": Output(ids.GRAPH, "style"),
    "stage": Output(ids.STAGE, "hidden"),
    "body": Output(ids.BODY, "children"),
    "note": Output(ids.NOTE, "children"),
    "legend": Output(ids.LEGEND, "children"),
    "foot": Output(ids.FOOT, "children"),
    "on_chart": Output(ids.ON_CHART, "children"),
    "count": Output(ids.COUNT, "children"),
    "span": Output(ids.SPAN, "children"),
    "compared": Output(ids.COMPARED, "children"),
    "compare_off": Output(ids.COMPARE_OFF, "hidden"),
    "panels": Output(ids.PANELS, "children"),
    "start": Output(ids.FROM, "value"),
    "end": Output(ids.TO, "value"),
    "pending": Output(ids.PENDING, "data"),
    "memory": Output(ids.DRAWN, "data"),
    "chosen": Output(ids.CHOSEN, "data"),
    "title": Output(shared.TITLE, "data"),
}


def scene_at(search: str) -> Scene:
    """Return what the view at an address shows now, to who is logged in."""
    place = Place(account.site().timezone, catalogue.series, datetime.now(UTC))
    return gather(account.api(), View.parse(search), place)


def register(app: Dash) -> None:
    """Connect the address with the chart, and the chart with its statistics."""
    _register_chart(app)
    _register_statistics(app)


def _register_chart(app: Dash) -> None:
    @app.callback(
        output=OUTPUTS,
        inputs={"request": Input(ids.REQUEST, "data")},
        state={
            "memory": State(ids.DRAWN, "data"),
            "hidden": State(ids.HIDDEN, "data"),
            "chosen": State(ids.CHOSEN, "data"),
            "controls": {
                "quick": State(ids.RANGE, "value"),
                "bucket": State(ids.BUCKET, "value"),
                "shown": State(ids.SHOWN, "value"),
                "look": State(ids.LOOK, "value"),
                "ticked": State(STATION, "value"),
                "stations": State(STATION, "id"),
                "options": State(STATION, "options"),
            },
        },
        running=[(Output(ids.CARD, "className"), f"{CARD} busy", CARD)],
        prevent_initial_call=True,
    )
    def draw(request: Any, memory: Any, hidden: Any, chosen: Any, controls: Any) -> Any:
        try:
            scene = scene_at(request["search"])
        except Declined as error:
            return _failed(error, View.parse(request["search"]))
        set_outage(shown=False)
        _settle_controls(scene, controls)
        look = Look(
            theme=Theme(request["theme"]), phone=request["phone"], hidden=frozenset(hidden or ())
        )
        drawn = _drawn(scene, look, memory)
        if drawn["chosen"] == chosen:
            drawn |= _unchanged("chosen")
        return drawn | _unchanged("start", "end", "panels") if request["typing"] else drawn


def _register_statistics(app: Dash) -> None:
    @app.callback(
        Output(ids.TABLE, "children"),
        Input(ids.DRAWN, "data"),
        prevent_initial_call=True,
    )
    def sum_up(memory: Any) -> Any:
        if memory is None:
            raise PreventUpdate
        drawn = Drawn.model_validate(memory)
        now = datetime.now(UTC)
        asked = statistics.asked_of(drawn, now)
        keys = statistics.asked_keys(drawn)
        client = account.api()
        found = summaries(client, keys, asked.window, asked.earlier)
        earlier = {key: each.earlier for key, each in found.items() if each.earlier}
        return statistics.table(drawn, asked, account.site_zone(), found, earlier)


def _failed(error: DTBaseError, view: View) -> dict[str, Any]:
    note = cards.not_drawn(error_sentence(error.detail), fixed_bucket=view.bucket != "auto")
    return _unchanged(*OUTPUTS) | {"stage": True, "body": [], "note": note}


def _unchanged(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, no_update)


def _drawn(scene: Scene, look: Look, memory: Any) -> dict[str, Any]:
    pen = pen_of(scene, look)
    told = {
        "legend": cards.legend(scene, pen, tuple(look.hidden)),
        "foot": [*views.foot(scene, pen), *cards.foot(scene)],
        "on_chart": picker.on_chart(scene, pen),
        "count": str(len(scene.lines)),
        "span": toolbar.span_text(scene),
        "compared": toolbar.compared_text(scene),
        "compare_off": scene.view.compare is None,
        "panels": options.panels(scene, pen),
        "start": toolbar.field_value(scene.window.start, scene.tz),
        "end": toolbar.field_value(scene.window.end, scene.tz),
        "pending": [{"id": run.id, "status": run.status} for run in scene.pending],
        "chosen": View(choices=scene.view.choices).search(),
        "title": {"path": "/explore", "text": cards.title_of(scene)},
    }
    return told | _chart(scene, look, pen, memory)


def _chart(scene: Scene, look: Look, pen: Pen, memory: Any) -> dict[str, Any]:
    if not any(shows_anything(line, scene.window) for line in scene.lines):
        note = cards.nothing_in_range(scene) if scene.lines else cards.nothing_chosen(scene)
        kept = _memory_of(scene, pen, "").model_dump(mode="json")
        blank: dict[str, Any] = {"legend": [], "foot": [], "body": []}
        return blank | _unchanged("figure", "style") | {"stage": True, "note": note, "memory": kept}
    figure = views.shown(scene, look, pen)
    if isinstance(figure, list):
        kept = _memory_of(scene, pen, "").model_dump(mode="json")
        return _unchanged("figure", "style") | {
            "stage": True,
            "body": figure,
            "note": None,
            "memory": kept,
        }
    signature = signature_of(figure, look) if isinstance(figure, Figure) else ""
    drawn = _memory_of(scene, pen, signature).model_copy(
        update={
            "traces": tuple(f"{each.meta['kind']} {each.meta['series']}" for each in figure.data)
        }
    )
    same = bool(signature) and memory is not None and memory["signature"] == signature
    return {
        "figure": patch_of(figure) if same and isinstance(figure, Figure) else figure.to_dict(),
        "style": {"height": f"{figure.layout.height}px"},
        "stage": False,
        "body": [],
        "note": None,
        "memory": drawn.model_dump(mode="json"),
    }


def _memory_of(scene: Scene, pen: Pen, signature: str) -> Drawn:
    latest = [line.latest.time for line in scene.lines if line.latest and line.latest.time]
    return Drawn(
        search=scene.view.search(),
        signature=signature,
        start=scene.window.start,
        end=scene.window.end,
        offset_seconds=clock_of(scene).offset.total_seconds(),
        step_seconds=max(
            (line.values.step or 0.0 for line in scene.lines if line.values), default=0.0
        ),
        latest=max(latest, default=None),
        earlier_start=scene.earlier.start if scene.earlier else None,
        runs={line.name: line.run.id for line in scene.lines if line.run is not None},
        rows=tuple(_row(line, scene, pen) for line in scene.lines),
    )


def _row(line: Line, scene: Scene, pen: Pen) -> Row:
    row = Row(
        key=line.name,
        label=cards.full_name(line),
        colour=pen.paint(line).colour,
        believed=line.belief is not None,
    )
    if line.is_series or line.is_state:
        return row
    until = scene.window.end if row.believed else max(scene.now, scene.window.start)
    now = Window(start=scene.window.start, end=min(scene.window.end, until))
    values = line.predictions if row.believed else line.values
    then = None
    if scene.earlier is not None and not row.believed:
        then = Window(start=scene.earlier.start, end=scene.earlier.start + now.length)
    update = {
        "drawn": statistics.of_drawn(line, values, now),
        "drawn_earlier": then and statistics.of_drawn(line, line.earlier, then),
    }
    return row.model_copy(update=update)


def _settle_controls(scene: Scene, controls: Any) -> None:
    """Let the controls say what the address says, unless they do already."""
    view = scene.view
    quick = None if view.window is not None else view.range
    looks = {"fc": view.forecasts, "norm": view.normal, "axes": view.axes}
    wanted = {
        ids.RANGE: (controls["quick"], quick if quick in ranges.QUICK_LABELS else None),
        ids.BUCKET: (controls["bucket"], view.bucket),
        ids.SHOWN: (controls["shown"], view.shown),
        ids.LOOK: (sorted(controls["look"] or ()), sorted(n for n, on in looks.items() if on)),
    }
    for name, (said, meant) in wanted.items():
        if said != meant:
            set_props(name, {"value": meant})
    chosen = {choice.name for choice in view.choices or ()}
    offers = zip(controls["stations"], controls["options"], controls["ticked"], strict=True)
    for station, boxes, ticked in offers:
        meant = [box["value"] for box in boxes if box["value"] in chosen]
        if sorted(meant) != sorted(ticked or ()):
            set_props(station, {"value": meant})
