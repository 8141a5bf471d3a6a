"""Light and dark: the theme of a request and its chart template."""

import json
from enum import StrEnum
from functools import cache
from importlib.resources import files

import plotly.graph_objects as go
from flask import has_request_context, request

from dtbase.domain.frozen import Frozen

COOKIE = "dtbase_theme"


class Theme(StrEnum):
    """How the pages look."""

    LIGHT = "light"
    DARK = "dark"


class Ink(Frozen):
    """What the charts draw with in one theme."""

    series: tuple[str, ...]
    actual: str
    quiet: str
    line: float
    forecast: float
    dash: str
    band_80: float
    band_95: float
    band_range: float


def chosen_theme() -> Theme:
    """Return the theme that the browser's cookie asks for."""
    cookie = request.cookies.get(COOKIE) if has_request_context() else None
    return Theme.DARK if cookie == Theme.DARK else Theme.LIGHT


@cache
def template(theme: Theme) -> go.layout.Template:
    """Return the chart template of a theme."""
    text = files("dash_app").joinpath(f"plotly/{theme}.json").read_text(encoding="utf-8")
    return go.layout.Template(json.loads(text))


@cache
def ink(theme: Theme) -> Ink:
    """Return the colours, widths and opacities of a theme."""
    layout = template(theme).layout
    meta = layout.meta["dtbase"]
    return Ink(
        series=tuple(layout.colorway),
        actual=meta["actual"],
        quiet=meta["colours"]["ink3"],
        line=meta["line"]["width"],
        forecast=meta["forecast"]["width"],
        dash=meta["forecast"]["dash"],
        band_80=meta["band80"],
        band_95=meta["band95"],
        band_range=meta["bandRange"],
    )
