"""How often which values come: a share for each step of the scale."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dash_app.explore.columns import Floats
from dash_app.explore.figures import Look
from dash_app.explore.panels import ABOVE, BELOW
from dash_app.explore.scene import Scene
from dash_app.explore.traces import EARLIER, Pen, rgba
from dash_app.explore.views.points import NUMBERS, Visible, earlier, visible
from dash_app.theme import template
from dash_app.words import unit_symbol

FEWEST, MOST = 8, 40
PANEL, BETWEEN = 300, 76
MARGIN = {"l": 56, "r": 24, "t": ABOVE, "b": BELOW}


def draw(scene: Scene, look: Look, pen: Pen) -> go.Figure | str:
    """Return a panel for each unit, each line with the share of its values in every step."""
    seen = [*visible(scene, pen), *earlier(scene, pen)]
    if not seen:
        return "None of these series has numbers in this range."
    units = list(dict.fromkeys(each.line.series.unit for each in seen))
    plot = PANEL * len(units) + BETWEEN * (len(units) - 1)
    layout: dict[str, Any] = {
        "template": template(look.theme),
        "height": plot + ABOVE + BELOW,
        "margin": MARGIN,
        "hovermode": "x unified",
        "dragmode": False,
        "annotations": [],
    }
    traces, top = [], 1.0
    for number, unit in enumerate(units, start=1):
        name = "" if number == 1 else str(number)
        bottom = max(top - PANEL / plot, 0)
        members = [each for each in seen if each.line.series.unit == unit]
        edges = edges_of(np.concatenate([m.values for m in members]))
        traces += [_shares(pen, each, edges, name) for each in members]
        axis: dict[str, Any] = {"fixedrange": True}
        symbol = unit_symbol(unit)
        layout[f"xaxis{name}"] = axis | NUMBERS | {"anchor": f"y{name}", "ticksuffix": f" {symbol}"}
        layout[f"yaxis{name}"] = axis | {
            "anchor": f"x{name}",
            "domain": (bottom, top),
            "rangemode": "tozero",
            "ticksuffix": " %",
        }
        layout["annotations"].append(_title(members, symbol, top))
        top = bottom - BETWEEN / plot
    return go.Figure(data=traces, layout=layout)


def edges_of(values: Floats) -> Floats:
    """Return the edges of steps, as many as Freedman and Diaconis advise within bounds."""
    advised = len(np.histogram_bin_edges(values, "fd")) - 1 if np.ptp(values) else 1
    edges: Floats = np.histogram_bin_edges(values, int(np.clip(advised, FEWEST, MOST)))
    return edges


def _shares(pen: Pen, seen: Visible, edges: Any, name: str) -> go.Scatter:
    counts, _ = np.histogram(seen.values, edges)
    colour = pen.colour(seen.line)
    return go.Scatter(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts / counts.sum() * 100,
        xaxis=f"x{name}",
        yaxis=f"y{name}",
        mode="lines",
        line={"color": colour, "width": 1.25 if seen.earlier else 1.75, "shape": "hvh"},
        opacity=EARLIER if seen.earlier else 1,
        fill=None if seen.earlier else "tozeroy",
        fillcolor=rgba(colour, 0.1),
        name=seen.label,
        hovertemplate="%{y:.1f} %",
        meta={"kind": "shares", "series": seen.line.name, "switches": []},
    )


def _title(members: list[Visible], symbol: str, top: float) -> dict[str, Any]:
    measures = dict.fromkeys(each.line.key.measure.replace("_", " ") for each in members)
    text = ", ".join(measures)
    return {
        "templateitemname": "panel-title",
        "visible": True,
        "text": f"<b>{text[:1].upper()}{text[1:]}</b>  {symbol}, share of all values",
        "y": top,
        "yref": "paper",
        "yshift": 8,
    }
