"""Which aggregate each panel follows."""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.explore import ids
from dash_app.explore.panels import AGGREGATES, Panel
from dash_app.explore.scene import Scene
from dash_app.explore.traces import Pen
from dash_app.words import measure_label, unit_symbol


def panels(scene: Scene, pen: Pen) -> list[Component]:
    """Return a choice for every panel of numbers; single readings have no aggregates."""
    if scene.bucket == "raw":
        told = "Single readings are shown. Where there are too many, choose what stands for them."
        return [html.P(told, className="form-text mb-0")] if pen.panels else []
    return [_choice(scene, panel) for panel in pen.panels if not panel.states]


def _choice(scene: Scene, panel: Panel) -> html.Label:
    options = [{"value": "", "label": "usual"}]
    options += [{"value": name, "label": label} for name, label in AGGREGATES.items()]
    chosen = scene.view.aggregate_of(panel.unit)
    words = ", ".join(measure_label(name) for name in dict.fromkeys(panel.measures))
    symbol = unit_symbol(panel.unit)
    return html.Label(
        [
            html.Span(f"{words} ({symbol}) by" if symbol else f"{words} by"),
            dbc.Select(id=ids.aggregate(panel.unit or ""), options=options, value=chosen or ""),
        ],
        className="ex-aggregate",
    )
