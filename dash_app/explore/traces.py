"""The traces of a chart: bands first, then lines, as look.md orders them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np

from dash_app.explore.columns import Clock, Floats, Points, floats, points_of, step_of, times_of
from dash_app.explore.panels import Paint, Panel, colours_follow_places, label_of, paint_of
from dash_app.explore.scene import Line, short_name
from dash_app.plain import Part, trace
from dash_app.theme import Ink
from dash_app.words import LEVELS, hover_format, number, unit_symbol
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.statistics import METERS

SCATTER, BAR = "scatter", "bar"
MOST_BANDED = 3
THINNING = {1: (1.0, 1.0), 2: (0.7, 0.6), 3: (0.5, 0.45)}
"""How much paler the 80 % and the 95 % bands are where several forecasts lie over each other."""
FEW_POINTS = 60
EARLIER = 0.55
STATE_PIXELS = 16
SWITCHES = {
    "forecast": ("forecast",),
    "band80": ("forecast", "bands"),
    "band95": ("forecast", "bands"),
    "range": ("range",),
    "earlier": ("earlier",),
}


class Pen(Frozen):
    """What every trace of a chart is drawn with."""

    ink: Ink
    clock: Clock
    panels: tuple[Panel, ...]
    sensors: tuple[str, ...]
    hidden: frozenset[str] = frozenset()
    earlier: Clock | None = None
    """The clock of what is compared, if anything is."""
    end: datetime | None = None
    """Until when a state holds that nothing has ended."""

    @cached_property
    def by_places(self) -> bool:
        """Tell whether a colour stands for a sensor, and not for a line."""
        return colours_follow_places(self.panels)

    def paint(self, line: Line) -> Paint:
        """Return the colour and the legend group of a line."""
        return paint_of(line, self.sensors if self.by_places else None)

    def colour(self, line: Line) -> str:
        return self.ink.series[self.paint(line).colour - 1]

    def label(self, line: Line) -> str:
        """Return what the chart calls a line."""
        return short_name(line.series) if self.by_places else label_of(line, self.panels)


def traces_of(pen: Pen) -> list[Part]:
    """Return all traces: range bands, 95 %, 80 %, believed lines, measured lines."""
    pairs = [(panel, line) for panel in pen.panels for line in panel.lines if not panel.states]
    traces: list[Part] = []
    for panel, line in pairs:
        traces += _range_band(pen, panel, line)
    for level in reversed(LEVELS):
        for panel, line in pairs:
            traces += _interval(pen, panel, line, level)
    if pen.earlier is not None:
        traces += [_earlier(pen, panel, line) for panel, line in pairs if line.earlier]
    traces += [_believed(pen, panel, line) for panel, line in pairs if line.predictions]
    traces += [_measured(pen, panel, line) for panel, line in pairs if line.belief is None]
    for panel in pen.panels:
        if panel.states:
            traces += spans_of(pen, panel)
    return traces


def rgba(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.3g})"


def _measured(pen: Pen, panel: Panel, line: Line) -> Part:
    paint, values = pen.paint(line), line.values
    common = _common(pen, panel, line, "measured")
    if values is None:
        return trace(SCATTER, **common, x=[], y=[])
    y = floats(values.values[line.main(values)])
    common |= _placed(points_of(values, pen.clock), y) | {
        "hovertemplate": _hover(line, aggregated=line.banded(values)),
        "customdata": _range_texts(line, values),
    }
    if is_bars(line, values):
        return _bars(pen, panel, line, common)
    if line.series.statistic is Statistic.CIRCULAR:
        marker = {"color": pen.colour(line), "size": 4}
        return trace(SCATTER, **common, mode="markers", marker=marker)
    dash = "dash" if paint.repeated else "solid"
    style = {"color": pen.colour(line), "width": pen.ink.line, "dash": dash}
    if line.series.statistic is Statistic.LEVEL:
        style["shape"] = "hv"  # it holds until the next
    few = int((~np.isnan(y)).sum()) <= FEW_POINTS
    return trace(SCATTER, **common, mode="lines+markers" if few else "lines", line=style)


def _earlier(pen: Pen, panel: Panel, line: Line) -> Part:
    """Return what was measured earlier, lighter and beneath, drawn on the times of now."""
    assert line.earlier is not None
    assert pen.earlier is not None
    y = floats(line.earlier.values[line.main(line.earlier)])
    common = _common(pen, panel, line, "earlier") | {
        "name": f"{pen.label(line)} earlier",
        "hovertemplate": _hover(line, aggregated=False),
        "opacity": EARLIER,
    }
    common |= _placed(points_of(line.earlier, pen.earlier), y)
    if is_bars(line, line.earlier):
        return _bars(pen, panel, line, common)
    if line.series.statistic is Statistic.CIRCULAR:
        return trace(
            SCATTER, **common, mode="markers", marker={"color": pen.colour(line), "size": 3}
        )
    return trace(SCATTER, **common, mode="lines", line={"color": pen.colour(line), "width": 1.25})


def is_bars(line: Line, values: SeriesValues) -> bool:
    """Tell whether values are amounts of their bucket; the stands of a meter are a line."""
    if line.column not in {None, "sum"}:
        return False
    meter = line.series.statistic in METERS and "value" not in values.values
    return meter or line.series.statistic is Statistic.TOTAL


def _bars(pen: Pen, panel: Panel, line: Line, common: dict[str, Any]) -> Part:
    assert line.values is not None
    step = step_of(line.values)
    width = (step.total_seconds() if step else 3600) * 1000 / len(panel.lines)
    place = panel.lines.index(line)
    return trace(
        BAR, **common, width=width, offset=place * width, marker={"color": pen.colour(line)}
    )


def _believed(pen: Pen, panel: Panel, line: Line) -> Part:
    assert line.predictions is not None
    values = line.predictions
    symbol = unit_symbol(line.series.unit)
    text = f"%{{y:{hover_format(line.series.unit)}}} {symbol}"
    if "lower_80" in values.values:
        text += ", 80 %: %{customdata}"
    common = _common(pen, panel, line, "forecast") | {
        "name": f"{pen.label(line)} forecast",
        "hovertemplate": text,
    }
    return trace(
        SCATTER,
        **common,
        **_placed(points_of(values, pen.clock), floats(values.values["value"])),
        customdata=_spans(values, "lower_80", "upper_80", line.series.unit),
        mode="lines",
        line={"color": pen.colour(line), "width": pen.ink.forecast, "dash": pen.ink.dash},
    )


def _interval(pen: Pen, panel: Panel, line: Line, level: str) -> list[Part]:
    values = line.predictions
    if values is None or f"lower_{level}" not in values.values:
        return []
    forecasts = sum(other.predictions is not None for other in panel.lines)
    if forecasts > MOST_BANDED:
        return []
    opacity = pen.ink.band_80 if level == "80" else pen.ink.band_95
    opacity *= THINNING[forecasts][level == "95"]
    edges = (floats(values.values[f"lower_{level}"]), floats(values.values[f"upper_{level}"]))
    return _band(pen, panel, line, (f"band{level}", opacity), (values, *edges))


def _range_band(pen: Pen, panel: Panel, line: Line) -> list[Part]:
    values = line.values
    if values is None or not line.banded(values):
        return []
    low, high = floats(values.values["min"]), floats(values.values["max"])
    return _band(pen, panel, line, ("range", pen.ink.band_range), (values, low, high))


def _band(
    pen: Pen,
    panel: Panel,
    line: Line,
    look: tuple[str, float],
    edges: tuple[SeriesValues, Floats, Floats],
) -> list[Part]:
    """Return a lower and an upper trace with the fill between them; with gaps, closed shapes.

    plotly.js fills `tonexty` across gaps, from wherever the line goes on.
    """
    kind, opacity = look
    values, low, high = edges
    points = points_of(values, pen.clock)
    common = _common(pen, panel, line, kind) | {
        "mode": "lines",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    fill = {"fill": "tonexty", "fillcolor": rgba(pen.colour(line), opacity)}
    if has_gaps(low):
        x, y = outline(values, pen.clock, low, high)
        return [trace(SCATTER, **common, x=x, y=y, **(fill | {"fill": "toself"}))]
    return [
        trace(SCATTER, **common, **_placed(points, low)),
        trace(SCATTER, **common, **_placed(points, high), **fill),
    ]


def has_gaps(column: Floats) -> bool:
    """Tell whether values are missing between values."""
    present = np.flatnonzero(~np.isnan(column))
    return bool(present.size) and present[-1] - present[0] + 1 > present.size


def outline(
    values: SeriesValues, clock: Clock, low: Floats, high: Floats
) -> tuple[list[str | None], list[float | None]]:
    """Return closed shapes around a band, one for each stretch without a gap."""
    times = [clock.iso(time) for time in times_of(values)]
    x: list[str | None] = []
    y: list[float | None] = []
    present = np.flatnonzero(~np.isnan(low))
    for run in np.split(present, np.flatnonzero(np.diff(present) > 1) + 1):
        x += [*(times[i] for i in run), *(times[i] for i in run[::-1]), None]
        y += [*high[run].tolist(), *low[run[::-1]].tolist(), None]
    return x, y


def _common(pen: Pen, panel: Panel, line: Line, kind: str) -> dict[str, Any]:
    group = pen.paint(line).group
    switches = [group, *SWITCHES.get(kind, ())]
    return {
        "name": pen.label(line),
        "xaxis": "x",
        "yaxis": panel.axis,
        "meta": {"kind": kind, "series": line.name, "switches": switches},
        "visible": pen.hidden.isdisjoint(switches),
    }


def _placed(points: Points, y: Floats) -> dict[str, Any]:
    if points.x is not None:
        return {"x": points.x, "y": y.astype(np.float32)}
    return {"x0": points.x0, "dx": points.dx, "y": y.astype(np.float32)}


def _hover(line: Line, *, aggregated: bool) -> str:
    symbol = unit_symbol(line.series.unit)
    text = f"%{{y:{hover_format(line.series.unit)}}} {symbol}".rstrip()
    return f"{text} (%{{customdata}})" if aggregated else text


def _range_texts(line: Line, values: SeriesValues) -> list[str] | None:
    if not line.banded(values):
        return None
    return _spans(values, "min", "max", line.series.unit)


def _spans(values: SeriesValues, low: str, high: str, unit: str | None) -> list[str] | None:
    if low not in values.values:
        return None
    edges: Sequence[tuple[float, float]] = list(
        zip(floats(values.values[low]), floats(values.values[high]), strict=True)
    )
    return [f"{number(a, unit)} to {number(b, unit)}" for a, b in edges]


def spans_of(pen: Pen, panel: Panel) -> list[Part]:
    """Return the states of every line as thick coloured spans, one trace for each state."""
    traces = []
    for row, line in enumerate(reversed(panel.lines)):
        if line.values is None:
            continue
        times, said = times_of(line.values), line.values.values["value"]
        ends = [*times[1:], max(times[-1], min(pen.end or times[-1], times[-1]))]
        states = list(dict.fromkeys(said))
        for place, state in enumerate(states):
            x: list[str | None] = []
            for start, end, each in zip(times, ends, said, strict=True):
                if each == state:
                    x += [pen.clock.iso(start), pen.clock.iso(end), None]
            name = state_label(state)
            common = _common(pen, panel, line, "state") | {"name": f"{pen.label(line)}: {name}"}
            common["meta"]["state"] = name
            traces.append(
                trace(
                    SCATTER,
                    **common,
                    x=x,
                    y=[None if time is None else row for time in x],
                    mode="lines",
                    line={"color": _state_colour(pen, line, state, place), "width": STATE_PIXELS},
                    hovertemplate=f"{name}<extra>{pen.label(line)}</extra>",
                )
            )
    return traces


def state_label(state: object) -> str:
    """Return a state in words."""
    return {True: "on", False: "off"}[state] if isinstance(state, bool) else str(state)


def _state_colour(pen: Pen, line: Line, state: object, place: int) -> str:
    if isinstance(state, bool):
        return pen.colour(line) if state else rgba(pen.ink.quiet, 0.25)
    first = pen.paint(line).colour - 1
    return pen.ink.series[(first + place) % len(pen.ink.series)]
