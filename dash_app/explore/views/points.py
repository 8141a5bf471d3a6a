"""What the views draw from: the visible values of each line, once, as arrays."""

from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from dash_app.explore.columns import Floats, floats, in_window, times_of
from dash_app.explore.scene import Line, Scene
from dash_app.explore.traces import Pen
from dash_app.explore.view import Window
from dtbase.domain.readings.readings import SeriesValues

DATES = ("tNone", "t60000", "t3600000", "t86400000", "t604800000", "tM1", "tM12")
NUMBERS: dict[str, Any] = {
    "type": "linear",
    "hoverformat": ",.4~g",
    "tickformatstops": [{"templateitemname": name, "enabled": False} for name in DATES],
}
"""An axis of numbers: the template's says how dates are written."""


class Visible(NamedTuple):
    """The values of a line in the window; those that are missing are left out."""

    line: Line
    label: str
    times: tuple[datetime, ...]
    values: Floats
    earlier: bool = False


def visible(scene: Scene, pen: Pen) -> list[Visible]:
    """Return the numeric, measured lines that have values in the window."""
    found = []
    for line in scene.lines:
        if line.values is None or line.is_state:
            continue
        kept = _kept(line, line.values, scene.window)
        if kept[0]:
            found.append(Visible(line, pen.label(line), *kept))
    return found


def earlier(scene: Scene, pen: Pen) -> list[Visible]:
    """Return the same of the range that it is compared with."""
    if scene.earlier is None:
        return []
    found = []
    for line in scene.lines:
        if line.earlier is None or line.is_state:
            continue
        kept = _kept(line, line.earlier, scene.earlier)
        if kept[0]:
            label = f"{pen.label(line)} earlier"
            found.append(Visible(line, label, *kept, earlier=True))
    return found


def _kept(line: Line, values: SeriesValues, window: Window) -> tuple[tuple[datetime, ...], Floats]:
    column = floats(values.values[line.main(values)])
    kept = in_window(values, window) & ~np.isnan(column)
    times = tuple(time for time, keep in zip(times_of(values), kept, strict=True) if keep)
    return times, column[kept]
