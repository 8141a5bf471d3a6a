"""The chart of Explore, from a scene to a plotly figure; nothing here asks anybody anything."""

from typing import Any

from dash import Patch

from dash_app.explore import notes
from dash_app.explore.columns import Clock, follows_the_wall
from dash_app.explore.panels import (
    ABOVE,
    BELOW,
    Panel,
    height_of,
    panels_of,
    plot_height_of,
    stacked,
    state_names,
)
from dash_app.explore.ranges import DAY
from dash_app.explore.scales import ROUND, Scale, scale_of
from dash_app.explore.scene import Scene
from dash_app.explore.traces import Pen, traces_of
from dash_app.plain import Figure, Part
from dash_app.theme import Theme, ink, template_dict
from dtbase.domain.frozen import Frozen

MARGIN = {"l": 48, "r": 56, "t": ABOVE, "b": BELOW}
PHONE_MARGIN = {"l": 44, "r": 14, "t": ABOVE, "b": BELOW}
DAYS_SHOWN = 10
PATCHED = ("x", "x0", "dx", "y", "customdata", "hovertemplate", "mode", "width", "offset")
CONFIG = {
    "displaylogo": False,
    "displayModeBar": False,
    "showSendToCloud": False,
    "responsive": True,
    "doubleClick": False,
    "showTips": False,
    "scrollZoom": False,
}


class Look(Frozen):
    """How the chart is drawn, whatever it shows."""

    theme: Theme = Theme.LIGHT
    phone: bool = False
    hidden: frozenset[str] = frozenset()


def clock_of(scene: Scene) -> Clock:
    """Return the clock of the chart's axis."""
    return Clock(zone=scene.zone, at=scene.window.end, on_the_wall=follows_the_wall(scene.bucket))


def earlier_clock_of(scene: Scene) -> Clock | None:
    """Return the clock that puts what was measured earlier on the times of now."""
    if scene.shift is None or scene.earlier is None:
        return None
    then = scene.earlier.end
    wall = follows_the_wall(scene.bucket)
    return Clock(zone=scene.zone, at=then, on_the_wall=wall, later=scene.shift)


def pen_of(scene: Scene, look: Look) -> Pen:
    by_slot = sorted(scene.lines, key=lambda line: line.slot)
    return Pen(
        ink=ink(look.theme),
        clock=clock_of(scene),
        panels=panels_of(scene.lines, axes=scene.view.axes),
        sensors=tuple(dict.fromkeys(line.key.sensor for line in by_slot)),
        hidden=look.hidden,
        earlier=earlier_clock_of(scene),
        end=min(scene.window.end, scene.now),
    )


def figure_of(scene: Scene, look: Look) -> Figure:
    pen = pen_of(scene, look)
    scales = [scale_of(panel, scene.window) for panel in pen.panels]
    layout = Part(
        template=template_dict(look.theme),
        height=height_of(stacked(pen.panels)),
        margin=PHONE_MARGIN if look.phone else MARGIN,
        hovermode="x unified",
        hoversubplots="axis",
        uirevision="keep",
        dragmode=False if look.phone else "zoom",
        barmode="overlay",
        bargap=0,
        xaxis=_time_axis(scene, pen, look),
        shapes=notes.gap_shapes(scene, pen) + notes.issue_shapes(scene, pen),
        annotations=_annotations(scene, pen, look, scales),
        **{
            panel.layout_name: _value_axis(panel, scale)
            for panel, scale in zip(pen.panels, scales, strict=True)
        },
    )
    return Figure(traces_of(pen), layout)


def signature_of(figure: Figure, look: Look) -> str:
    """Return what must stay the same for a chart to be patched instead of drawn anew."""
    traces = ",".join(
        f"{trace.type} {trace.yaxis} {trace.meta['kind']} {trace.meta['series']} {_paint(trace)}"
        for trace in figure.data
    )
    return f"{look.theme}|{look.phone}|{traces}"


def patch_of(figure: Figure) -> Patch:
    """Return the change to a chart of the same signature: its values and ranges."""
    drawn = figure.to_dict()
    patch = Patch()
    for place, trace in enumerate(drawn["data"]):
        for name in PATCHED:
            if name in trace:
                patch["data"][place][name] = trace[name]
            elif name in {"x", "x0", "dx"}:
                patch["data"][place][name] = None
    for name, value in drawn["layout"].items():
        if name != "template":
            patch["layout"][name] = value
    return patch


def _paint(trace: Part) -> str:
    drawn = trace.marker if trace.type == "bar" or trace.mode == "markers" else trace.line
    return f"{drawn.color} {'' if trace.type == 'bar' else trace.fillcolor}"


def _annotations(
    scene: Scene, pen: Pen, look: Look, scales: list[Scale | None]
) -> list[dict[str, Any]]:
    found = notes.titles(pen, scales)
    found += notes.issue_labels(scene, pen, phone=look.phone) + notes.gap_labels(scene, pen)
    if not look.phone:
        found += notes.end_labels(scene, pen, scales, plot_height_of(stacked(pen.panels)))
    return found


def _time_axis(scene: Scene, pen: Pen, look: Look) -> dict[str, Any]:
    window = scene.window
    axis: dict[str, Any] = {
        "type": "date",
        "range": [pen.clock.iso(window.start), pen.clock.iso(window.end)],
        "anchor": pen.panels[-1].axis if pen.panels else "y",
    }
    if 3 * DAY < window.length <= DAYS_SHOWN * DAY:
        days = 2 if look.phone else 1
        labels = "%-d %b" if look.phone else "%a %-d %b"
        axis |= {"dtick": days * DAY.total_seconds() * 1000, "tickformat": labels}
        axis |= {"ticklabelmode": "period", "ticklabelposition": "outside"}
    else:
        axis |= {"nticks": 4 if look.phone else 9}
    return axis


def _value_axis(panel: Panel, scale: Scale | None) -> dict[str, Any]:
    tall = panel.top - panel.bottom > 0.5  # noqa: PLR2004 - the taller of two, or alone
    axis: dict[str, Any] = {
        "domain": [panel.bottom, panel.top],
        "fixedrange": True,
        "nticks": 7 if tall else 4,
    }
    if panel.states:
        names = state_names(panel.lines)[::-1]
        axis |= {"tickmode": "array", "tickvals": [*range(len(names))], "ticktext": names}
    if panel.over:
        axis |= {"overlaying": "y", "side": "right", "showgrid": False}
    if scale is not None:
        axis["range"] = [scale.low, scale.high]
        if scale == ROUND:
            axis |= {"tick0": 0, "dtick": 90}
    return axis
