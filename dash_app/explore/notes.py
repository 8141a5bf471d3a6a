"""Lines and labels on a chart: titles, issue times, gaps, names at the ends of lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from dash_app.explore.columns import floats, gaps_of, in_window, time_at
from dash_app.explore.panels import Panel
from dash_app.explore.scales import Scale
from dash_app.explore.scene import Line, Scene, short_name
from dash_app.explore.traces import Pen
from dash_app.words import length, moment, quantity

Item = dict[str, Any]
MOST_ISSUES = 3
ISSUE_SHARE = 0.01
MOST_GAPS = 12
GAP_SHARE = 0.012
LABEL_SHARE = 0.055
MOST_END_LABELS = 3
NAME_PIXELS = 14
RIGHT_PART = 0.7


def named(name: str, **properties: Any) -> Item:
    """Switch on a drawing of the template."""
    return {"templateitemname": name, "visible": True, **properties}


def titles(pen: Pen, scales: Sequence[Scale | None]) -> list[Item]:
    """Return the title of every panel, and how many values lie beyond its scale."""
    return [
        named(
            "panel-title",
            text=panel.title + beyond(scale, panel.unit, pen.ink.quiet),
            y=panel.top,
            yref="paper",
            yshift=8,
            **({"x": 1, "xanchor": "right", "xshift": 40} if panel.over else {"xshift": -34}),
        )
        for panel, scale in zip(pen.panels, scales, strict=True)
    ]


def issue_shapes(scene: Scene, pen: Pen) -> list[Item]:
    """Return a line at every time at which a forecast was issued."""
    return [
        named("issue-line", x0=pen.clock.iso(time), x1=pen.clock.iso(time))
        for time in _issues(scene)
    ]


def issue_labels(scene: Scene, pen: Pen, *, phone: bool) -> list[Item]:
    """Return the words at the latest of them."""
    times = _issues(scene)
    if not times:
        return []
    share = (times[-1] - scene.window.start) / scene.window.length
    words = moment(times[-1], scene.tz)
    anchor = "right" if share > RIGHT_PART else "left"
    return [
        named(
            "issue-label",
            x=pen.clock.iso(times[-1]),
            text=f"Issued {words[-5:]}" if phone else f"Forecast issued {words}",
            xanchor=anchor,
            yshift=20,
            xshift=4 if anchor == "right" else -4,
        )
    ]


def gap_shapes(scene: Scene, pen: Pen) -> list[Item]:
    """Return a shade where a series has no values."""
    return [
        named(
            "gap",
            x0=pen.clock.iso(start),
            x1=pen.clock.iso(end),
            y0=panel.bottom,
            y1=panel.top,
        )
        for panel, _, start, end in _gaps(scene, pen)
    ]


def gap_labels(scene: Scene, pen: Pen) -> list[Item]:
    """Return the words on the gaps that are wide enough for them."""
    found = []
    for panel, line, start, end in _gaps(scene, pen):
        if (end - start) / scene.window.length >= LABEL_SHARE:
            found.append(
                named(
                    "gap-label",
                    x=pen.clock.iso(start + (end - start) / 2),
                    y=panel.top,
                    yanchor="top",
                    text=f"{pen.label(line)}: no<br>data {length(end - start)}",
                )
            )
    return found


def end_labels(scene: Scene, pen: Pen, scales: Sequence[Scale | None], height: float) -> list[Item]:
    """Return the names of up to three lines where they end."""
    found: list[Item] = []
    if not pen.by_places:
        return found
    for panel, scale in zip(pen.panels, scales, strict=True):
        if scale is None or panel.states or len(panel.lines) > MOST_END_LABELS:
            continue
        ends = [(line, *end) for line in panel.lines if (end := _last_point(line, scene))]
        pixels = height * (panel.top - panel.bottom) / (scale.high - scale.low)
        ends.sort(key=lambda item: item[2])
        shifts = _spread([min(y, scale.high) * pixels for _, _, y in ends])
        for (line, time, y), shift in zip(ends, shifts, strict=True):
            found.append(_end_label(pen, panel, line, (time, y, shift)))
    return found


def _end_label(pen: Pen, panel: Panel, line: Line, at: tuple[datetime, float, float]) -> Item:
    time, y, shift = at
    return named(
        "end-label",
        x=pen.clock.iso(time),
        y=y,
        yref=panel.axis,
        text=short_name(line.series),
        yshift=round(shift),
        font={"color": pen.colour(line), "size": 12, "weight": 600},
    )


def _spread(heights: Sequence[float]) -> list[float]:
    """Return how far each label moves so that neighbours do not touch, lowest first."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + NAME_PIXELS) if placed else height)
    if not placed:
        return []
    excess = np.mean(np.array(placed) - np.array(heights))
    return [after - before - float(excess) for before, after in zip(heights, placed, strict=True)]


def _last_point(line: Line, scene: Scene) -> tuple[datetime, float] | None:
    for values, name in ((line.predictions, "value"), (line.values, "")):
        if values is None:
            continue
        column = floats(values.values[name or line.main(values)])
        shown = np.flatnonzero(in_window(values, scene.window) & ~np.isnan(column))
        if shown.size:
            return time_at(values, int(shown[-1])), float(column[shown[-1]])
    return None


def _issues(scene: Scene) -> list[datetime]:
    """Return when forecasts were issued; of times that would touch, the latest."""
    window = scene.window
    times = {line.issued_at for line in scene.lines if line.issued_at is not None}
    apart: list[datetime] = []
    for time in sorted((t for t in times if window.start <= t < window.end), reverse=True):
        if not apart or (apart[-1] - time) / window.length > ISSUE_SHARE:
            apart.append(time)
    return apart[:MOST_ISSUES][::-1]


def _gaps(scene: Scene, pen: Pen) -> list[tuple[Panel, Line, datetime, datetime]]:
    found = []
    for panel in pen.panels:
        for line in panel.lines:
            if line.values is None or line.is_state:
                continue
            for gap in gaps_of(line.values, scene.window):
                start = max(gap.start, scene.window.start)
                end = min(gap.end, scene.window.end)
                if (end - start) / scene.window.length >= GAP_SHARE:
                    found.append((panel, line, start, end))
    return sorted(found, key=lambda item: item[2] - item[3])[:MOST_GAPS]


def beyond(scale: Scale | None, unit: str | None, colour: str) -> str:
    """Say how many values lie beyond a scale."""
    if scale is None or not scale.beyond:
        return ""
    count = "1 value" if scale.beyond == 1 else f"{scale.beyond} values"
    words = f"{count} beyond the scale, up to {quantity(scale.farthest, unit)}"
    return f'   <span style="color:{colour};font-size:11px;font-weight:400">{words}</span>'
