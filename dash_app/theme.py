"""Light and dark: the theme of a request and its chart template."""

import json
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import plotly.graph_objects as go
from flask import has_request_context, request

from dtbase.domain.frozen import Frozen

COOKIE = "dtbase_theme"
SYSTEM_COOKIE = "dtbase_system_theme"
"""What the system prefers, as assets/first/theme.js finds it; it counts until somebody chooses."""


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
    """Return the theme that was chosen in this browser, else the one that its system prefers."""
    cookies = request.cookies if has_request_context() else {}
    wanted = [cookies.get(name) for name in (COOKIE, SYSTEM_COOKIE)]
    return next((theme for cookie in wanted for theme in Theme if theme == cookie), Theme.LIGHT)


@cache
def template_dict(theme: Theme) -> dict[str, Any]:
    """Return the template of the charts as plotly.js reads it; nobody changes it."""
    found: dict[str, Any] = template(theme).to_plotly_json()
    return found


@cache
def template(theme: Theme) -> go.layout.Template:
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
