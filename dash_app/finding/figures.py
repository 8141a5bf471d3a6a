"""The charts of Find when: the periods over all that was measured, and laid over each other."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dash_app.explore.columns import Clock, evened, floats, times_of
from dash_app.explore.notes import beyond
from dash_app.explore.scales import Scale, plain_scale
from dash_app.explore.scene import main_column
from dash_app.explore.traces import rgba
from dash_app.explore.views.points import NUMBERS
from dash_app.theme import Theme, ink, template
from dash_app.words import hover_format, unit_symbol
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.values.conditions import Condition, Kind
from dtbase.domain.values.periods import Trace

HEIGHT = 320
MOST_NUMBERS = 30
ROOM = 0.035
"""Of the chart's width a number takes so much; one that would lie on another is left out."""

NARROW = 0.004
"""Of the chart's width a mark has at least this, or nobody would see it."""

Item = dict[str, Any]


class Found(Frozen):
    """A stretch that is marked: its number, and what was read in it."""

    number: int
    start: datetime
    end: datetime
    trace: Trace | None


class Ground(Frozen):
    """What the marks lie on."""

    values: SeriesValues | None
    start: datetime
    end: datetime
    zone: str
    limits: tuple[float, ...] = ()

    @property
    def clock(self) -> Clock:
        return Clock(zone=self.zone, at=self.end)


def limits_of(condition: Condition) -> tuple[float, ...]:
    """Return the values at which a condition begins or ends to hold."""
    said = condition.said
    match condition.kind:
        case Kind.ABOVE:
            return (said.low,)
        case Kind.BELOW:
            return (said.high,)
        case Kind.BETWEEN:
            return (said.low, said.high)
    return ()


def marked(ground: Ground, found: Sequence[Found], theme: Theme) -> go.Figure:
    """Return what was measured, with the periods that were found."""
    pen, clock, values = ink(theme), ground.clock, ground.values
    traces = []
    unit = values.unit if values else None
    scale = None
    if values is not None and values.count:
        column = main_column(values)
        drawn = evened(values)
        scale = scale_of(drawn, column, ground.limits)
        traces.append(
            go.Scatter(
                x=[clock.iso(time) for time in times_of(drawn)],
                y=floats(drawn.values[column]),
                mode="lines",
                line={"color": pen.series[0], "width": pen.line},
                hovertemplate=f"%{{y:{hover_format(unit)}}} {unit_symbol(unit)}<extra></extra>",
            )
        )
    figure = go.Figure(data=traces, layout=layout_of(theme))
    shapes = [mark for each in found for mark in marks_of(each, ground, accent_of(theme))]
    figure.update_layout(
        shapes=[*shapes, *(limit_line(limit, pen.quiet) for limit in ground.limits)],
        annotations=[
            title_of(unit, beyond(scale, unit, pen.quiet)),
            *numbers_of(found, ground, accent_of(theme)),
        ],
    )
    if scale is not None and scale.beyond:
        figure.update_yaxes(range=[scale.low, scale.high])
    figure.update_xaxes(
        type="date", range=[clock.iso(ground.start), clock.iso(ground.end)], nticks=7
    )
    return figure


def scale_of(values: SeriesValues, column: str, limits: Sequence[float]) -> Scale | None:
    """Return the range of what was measured, with the limits that were asked about."""
    if values.statistic is Statistic.CIRCULAR:
        return None
    found = floats(values.values[column])
    return plain_scale(found[~np.isnan(found)], limits)


def accent_of(theme: Theme) -> str:
    """Return the colour of what was found."""
    colour: str = template(theme).layout.meta["dtbase"]["colours"]["accent"]
    return colour


def marks_of(found: Found, ground: Ground, accent: str) -> list[Item]:
    least = (ground.end - ground.start) * NARROW
    end = max(found.end, found.start + least)
    sides = {"x0": ground.clock.iso(found.start), "x1": ground.clock.iso(end)}
    area = {"templateitemname": "note-range", "visible": True}
    top = {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "y0": 1,
        "y1": 1,
        "line": {"color": accent, "width": 2},
    }
    return [{**area, **sides, "fillcolor": rgba(accent, 0.12)}, {**top, **sides}]


def numbers_of(found: Sequence[Found], ground: Ground, accent: str) -> list[Item]:
    """Return the numbers above the marks, where there is room for them."""
    if len(found) > MOST_NUMBERS:
        return []
    room = (ground.end - ground.start) * ROOM
    numbers: list[Item] = []
    last = ground.start - room
    for each in found:
        middle = each.start + (each.end - each.start) / 2
        if abs(middle - last) < room:
            continue
        last = middle
        numbers.append(number_of(each.number, ground.clock.iso(middle), accent))
    return numbers


def number_of(number: int, x: str, accent: str) -> Item:
    return {
        "xref": "x",
        "yref": "paper",
        "x": x,
        "y": 1,
        "yanchor": "bottom",
        "yshift": 3,
        "text": f"<b>{number}</b>",
        "showarrow": False,
        "font": {"size": 11, "color": accent},
    }


def limit_line(limit: float, colour: str) -> Item:
    line = {"color": colour, "width": 1, "dash": "dot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit, "y1": limit} | {
        "line": line
    }


def overlaid(
    found: Sequence[Found], unit: str | None, theme: Theme, limits: Sequence[float], zero: str
) -> go.Figure:
    """Return the readings around each period, from its start on; the newest is drawn strong."""
    pen = ink(theme)
    traces = []
    for place, each in enumerate(found):
        if each.trace is None:
            continue
        strong = place == len(found) - 1
        hours = [seconds / 3600 for seconds in each.trace.seconds]
        traces.append(
            go.Scatter(
                x=hours,
                y=each.trace.values,
                mode="lines",
                name=str(each.number),
                line={
                    "color": pen.series[0] if strong else rgba(pen.series[0], 0.45),
                    "width": pen.line if strong else 1.25,
                },
                hovertemplate=f"No. {each.number}: %{{y:{hover_format(unit)}}}"
                f" {unit_symbol(unit)}<extra></extra>",
            )
        )
    figure = go.Figure(data=traces, layout=layout_of(theme))
    figure.update_layout(
        shapes=[
            *(limit_line(limit, pen.quiet) for limit in limits),
            {"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1}
            | {"line": {"color": pen.quiet, "width": 1}},
        ],
        annotations=[title_of(unit)],
        hovermode="closest",
    )
    figure.update_xaxes(**NUMBERS, ticksuffix=" h", zeroline=False, title={"text": zero})
    return figure


def title_of(unit: str | None, more: str = "") -> Item:
    return {
        "templateitemname": "panel-title",
        "visible": True,
        "text": unit_symbol(unit) + more,
        "y": 1,
        "yref": "paper",
        "yshift": 20,
        "xshift": -34,
    }


def layout_of(theme: Theme) -> Item:
    return {
        "template": template(theme),
        "height": HEIGHT,
        "margin": {"l": 48, "r": 16, "t": 40, "b": 44},
        "showlegend": False,
    }


def around(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return a range with a little room at both ends."""
    room = max((end - start) * 0.02, timedelta(minutes=10))
    return start - room, end + room
