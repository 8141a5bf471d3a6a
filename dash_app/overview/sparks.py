"""Sparklines: drawings of a day that take the colour of the text, as icons do."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from dash import html

from dash_app.aria import aria

PAD = 3.0
STROKE = "stroke-width='1.5' stroke-linejoin='round'"
CARRIED = "/:=' ,().-"
"""What a drawing may carry as it is inside an address."""
Numbers = Sequence[float | None]


class Canvas(NamedTuple):
    """A drawing's size, and the range of what it shows."""

    width: int
    height: int
    places: int
    low: float
    high: float

    def at(self, place: float, value: float) -> str:
        x = PAD + place / max(self.places - 1, 1) * (self.width - 2 * PAD)
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return f"{x:.4g} {self.height - PAD - share * (self.height - 2 * PAD):.4g}"


def spark(
    past: Numbers,
    *,
    size: tuple[int, int] = (132, 26),
    ahead: Numbers = (),
    lower: Numbers = (),
    upper: Numbers = (),
) -> html.Span:
    """Return the past as a line with a dot at its end, and what is forecast dashed in its band."""
    known = [value for value in (*past, *ahead, *lower, *upper) if value is not None]
    if not known:
        return html.Span(className="dt-spark", style=_sized(size))
    canvas = Canvas(*size, len(past) + len(ahead), min(known), max(known))
    layers = [_layer(canvas, _past(canvas, past), "line")]
    if ahead:
        layers.append(_layer(canvas, _dashed(canvas, len(past), ahead), "ahead"))
        layers.append(_layer(canvas, _band(canvas, len(past), lower, upper), "band"))
    return html.Span(layers, className="dt-spark", style=_sized(size), **aria(hidden="true"))


def path_of(canvas: Canvas, values: Numbers, first: int = 0) -> str:
    """Return a path through values; it is lifted where there are none."""
    steps, pen = [], "M"
    for place, value in enumerate(values, start=first):
        if value is None:
            pen = "M"
            continue
        steps.append(pen + canvas.at(place, value))
        pen = "L"
    return "".join(steps)


def _past(canvas: Canvas, values: Numbers) -> str:
    dot = ""
    for place, value in enumerate(values):
        if value is not None:  # the last one stays
            x, y = canvas.at(place, value).split()
            dot = f"<circle cx='{x}' cy='{y}' r='2.3'/>"
    return f"<path d='{path_of(canvas, values)}' fill='none' stroke='#000' {STROKE}/>{dot}"


def _dashed(canvas: Canvas, first: int, values: Numbers) -> str:
    line = path_of(canvas, values, first)
    return f"<path d='{line}' fill='none' stroke='#000' stroke-dasharray='3 2.5' {STROKE}/>"


def _band(canvas: Canvas, first: int, lower: Numbers, upper: Numbers) -> str:
    edges = [
        (place, low, high)
        for place, (low, high) in enumerate(zip(lower, upper, strict=True), start=first)
        if low is not None and high is not None
    ]
    if not edges:
        return ""
    there = "L".join(canvas.at(place, high) for place, _, high in edges)
    back = "L".join(canvas.at(place, low) for place, low, _ in reversed(edges))
    return f"<path d='M{there}L{back}Z'/>"


def _layer(canvas: Canvas, drawing: str, kind: str) -> html.I:
    size = f"width='{canvas.width}' height='{canvas.height}'"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' {size}>{drawing}</svg>"
    mask = f'url("data:image/svg+xml,{quote(svg, safe=CARRIED)}")'
    return html.I(className=kind, style={"maskImage": mask})


def _sized(size: tuple[int, int]) -> dict[str, str]:
    return {"width": f"{size[0]}px", "height": f"{size[1]}px"}
