"""The views of one selection: which figure, or what else, stands in the card."""

from collections.abc import Callable, Mapping

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from dash_app.components.states import message
from dash_app.explore.figures import Look, figure_of
from dash_app.explore.normal import normalised
from dash_app.explore.scene import Scene
from dash_app.explore.traces import Pen
from dash_app.explore.views import distribution, heat, scatter, table
from dash_app.plain import Figure

FIGURES: Mapping[str, Callable[[Scene, Look, Pen], go.Figure | str]] = {
    "scatter": scatter.draw,
    "hours": heat.hours,
    "distribution": distribution.draw,
    "calendar": heat.calendar,
}


def shown(scene: Scene, look: Look, pen: Pen) -> Figure | go.Figure | list[Component]:
    """Return the figure of a view, or what stands in its place."""
    if scene.view.shown == "table":
        return table.body(scene)
    draw = FIGURES.get(scene.view.shown)
    if draw is None:
        return figure_of(normalised(scene) if scene.view.normal else scene, look)
    found = draw(scene, look, pen)
    if isinstance(found, str):
        return [message("explore", "Nothing to draw", found)]
    return found


def foot(scene: Scene, pen: Pen) -> list[Component]:
    """Return what a view tells beside the resolution."""
    if scene.view.shown != "scatter":
        return []
    return [html.Span(words, className="ex-fit") for words in scatter.told(scene, pen)]
