"""Lines against the first one: a point for each time at which both have a value, fit and r."""

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from dash_app.explore.cards import full_name
from dash_app.explore.columns import Floats
from dash_app.explore.figures import Look
from dash_app.explore.scene import Scene
from dash_app.explore.traces import Pen
from dash_app.explore.views.points import NUMBERS, Visible, visible
from dash_app.theme import template
from dash_app.words import MINUS, hover_format, unit_symbol

HEIGHT = 520
TIMES = "\N{MULTIPLICATION SIGN}"
FEWEST = 3
MARGIN = {"l": 60, "r": 24, "t": 24, "b": 56}


class Fit(NamedTuple):
    """A straight line through points, and how well they lie on it."""

    slope: float
    start: float
    r: float
    points: int


def fit_of(x: Floats, y: Floats) -> Fit | None:
    """Return the line of least squares and Pearson's r; None where nothing varies."""
    if x.size < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    slope, start = np.polyfit(x, y, 1)
    return Fit(float(slope), float(start), float(np.corrcoef(x, y)[0, 1]), int(x.size))


def draw(scene: Scene, look: Look, pen: Pen) -> go.Figure | str:
    """Return the figure, or what is missing for it."""
    lines = visible(scene, pen)
    if len(lines) < 2:  # noqa: PLR2004
        return "Choose at least two series with readings in this range."
    first, *others = lines
    figure = go.Figure(layout={"template": template(look.theme)})
    for other in others:
        for trace in _traces(pen, first, other):
            figure.add_trace(trace)
    if not figure.data:
        return "These series have no times in common; choose a coarser resolution."
    units = {unit_symbol(other.line.series.unit) for other in others}
    figure.update_layout(
        height=HEIGHT,
        margin=MARGIN,
        showlegend=False,
        hovermode="closest",
        dragmode=False,
        xaxis=_axis(full_name(first.line), first.line.series.unit) | NUMBERS,
        yaxis=_axis(", ".join(full_name(o.line) for o in others[:3]), None) | _unit_suffix(units),
    )
    return figure


def told(scene: Scene, pen: Pen) -> list[str]:
    """Return the fits in words."""
    lines = visible(scene, pen)
    found = []
    for other in lines[1:]:
        fit = fit_of(*shared(lines[0], other))
        name = full_name(other.line)
        if fit is None:
            found.append(f"{name}: too few points, or nothing varies")
            continue
        sign = "+" if fit.start >= 0 else MINUS
        slope = f"{fit.slope:.3g}".replace("-", MINUS)
        r = f"{fit.r:.2f}".replace("-", MINUS)
        line = f"{name} = {slope} {TIMES} {full_name(lines[0].line)} {sign} {abs(fit.start):.3g}"
        found.append(f"{line}, r = {r}, {fit.points:,} points")
    return found


def shared(a: Visible, b: Visible) -> tuple[Floats, Floats]:
    """Return the values at the times that both have."""
    there = dict(zip(b.times, b.values, strict=True))
    pairs = [(x, there[t]) for t, x in zip(a.times, a.values, strict=True) if t in there]
    both = np.array(pairs, dtype=float).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _traces(pen: Pen, first: Visible, other: Visible) -> list[go.Scatter]:
    x, y = shared(first, other)
    if not x.size:
        return []
    colour = pen.colour(other.line)
    x_said = f"%{{x:{hover_format(first.line.series.unit)}}}"
    y_said = f"%{{y:{hover_format(other.line.series.unit)}}}"
    meta = {"kind": "scatter", "series": other.line.name, "switches": []}
    points = go.Scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"color": colour, "size": 5, "opacity": 0.45},
        name=other.label,
        hovertemplate=f"{x_said}, {y_said}",
        meta=meta,
    )
    fit = fit_of(x, y)
    if fit is None:
        return [points]
    ends = np.array([x.min(), x.max()])
    line = go.Scatter(
        x=ends,
        y=fit.slope * ends + fit.start,
        mode="lines",
        line={"color": colour, "width": 1.5},
        hoverinfo="skip",
        meta=meta | {"kind": "fit"},
    )
    return [points, line]


def _axis(words: str, unit: str | None) -> dict[str, Any]:
    symbol = unit_symbol(unit)
    text = f"{words} ({symbol})" if symbol else words
    return {"title": {"text": text}, "fixedrange": True}


def _unit_suffix(units: set[str]) -> dict[str, Any]:
    return {"ticksuffix": f" {units.pop()}"} if len(units) == 1 and units != {""} else {}
