"""The charts of Forecasts: what was believed over what was measured, and errors by lead time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from dash_app.explore.columns import Clock, evened, floats, points_of
from dash_app.explore.scene import main_column
from dash_app.explore.traces import rgba
from dash_app.forecasts.words import lead_words
from dash_app.theme import Theme, ink, template
from dash_app.words import LEVELS, hover_format, number, unit_symbol
from dtbase.domain.forecasts.leaderboard import Contender
from dtbase.domain.forecasts.runs import Run
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import SeriesValues

HEIGHT = 340
SMALL = 240
MOST_LINES = 4


class Belief(Frozen):
    """What was measured, and what one run believed."""

    measured: SeriesValues | None
    run: Run | None
    predicted: SeriesValues | None
    start: datetime
    end: datetime
    zone: str

    @property
    def clock(self) -> Clock:
        """Return the clock of the chart's axis."""
        return Clock(zone=self.zone, at=self.end)


def belief_figure(belief: Belief, theme: Theme) -> go.Figure:
    """Return what a run believed over what came."""
    pen, clock = ink(theme), belief.clock
    blue = pen.series[0]
    traces: list[go.Scatter] = []
    unit = belief.measured.unit if belief.measured else None
    if belief.predicted is not None:
        unit = belief.predicted.unit
        for level, share in zip(LEVELS[::-1], (pen.band_95, pen.band_80), strict=True):
            traces += _band(belief.predicted, clock, level, rgba(blue, share))
        dashed = {"color": blue, "width": pen.forecast, "dash": pen.dash}
        traces.append(_line(belief.predicted, clock, "Forecast", dashed, _spans(belief.predicted)))
    if belief.measured is not None:
        solid = {"color": pen.actual, "width": pen.line}
        traces.append(_line(evened(belief.measured), clock, "Measured", solid, None))
    figure = go.Figure(data=traces, layout=_layout(theme, HEIGHT))
    figure.update_xaxes(
        type="date", range=[clock.iso(belief.start), clock.iso(belief.end)], tickangle=0, nticks=6
    )
    _title(figure, unit_symbol(unit))
    if belief.run is not None and belief.run.issued_at is not None:
        at = clock.iso(belief.run.issued_at)
        figure.add_shape(templateitemname="issue-line", visible=True, x0=at, x1=at)
        figure.add_annotation(templateitemname="issue-label", visible=True, x=at, text="Issued")
    return figure


def lead_figure(contenders: Sequence[Contender], unit: str | None, theme: Theme) -> go.Figure:
    """Return the usual error of the first few models by how far they look ahead."""
    pen = ink(theme)
    value = f"%{{y:{hover_format(unit)}}} {unit_symbol(unit)}"
    traces = [
        go.Scatter(
            x=[lead_words(each.lead) for each in contender.leads],
            y=[each.mae for each in contender.leads],
            mode="lines+markers",
            name=contender.model,
            line={"color": pen.series[place], "width": pen.line},
            hovertemplate=f"{contender.model}: {value}<extra></extra>",
        )
        for place, contender in enumerate(contenders[:MOST_LINES])
    ]
    figure = go.Figure(data=traces, layout=_layout(theme, SMALL))
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(type="category")
    figure.update_yaxes(rangemode="tozero")
    _title(figure, unit_symbol(unit))
    return figure


def _layout(theme: Theme, height: int) -> dict[str, Any]:
    return {
        "template": template(theme),
        "height": height,
        "margin": {"l": 48, "r": 16, "t": 32, "b": 36},
        "showlegend": False,
    }


def _title(figure: go.Figure, text: str) -> None:
    figure.add_annotation(
        templateitemname="panel-title",
        visible=True,
        text=text,
        xref="paper",
        yref="paper",
        y=1,
        yshift=8,
        xshift=-34,
    )


def _line(
    values: SeriesValues, clock: Clock, name: str, style: dict[str, Any], spans: list[str] | None
) -> go.Scatter:
    symbol = unit_symbol(values.unit)
    text = f"{name}: %{{y:{hover_format(values.unit)}}} {symbol}"
    return go.Scatter(
        **_placed(values, clock),
        y=floats(values.values[main_column(values)]),
        mode="lines",
        name=name,
        line=style,
        customdata=spans,
        hovertemplate=text + (", 80 %: %{customdata}" if spans else "") + "<extra></extra>",
    )


def _band(values: SeriesValues, clock: Clock, level: str, colour: str) -> list[go.Scatter]:
    if f"lower_{level}" not in values.values:
        return []
    common = {**_placed(values, clock), "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    low, high = (floats(values.values[f"{side}_{level}"]) for side in ("lower", "upper"))
    return [
        go.Scatter(**common, y=low),
        go.Scatter(**common, y=high, fill="tonexty", fillcolor=colour),
    ]


def _placed(values: SeriesValues, clock: Clock) -> dict[str, Any]:
    points = points_of(values, clock)
    return {"x": points.x} if points.x is not None else {"x0": points.x0, "dx": points.dx}


def _spans(values: SeriesValues) -> list[str] | None:
    if "lower_80" not in values.values:
        return None
    pairs = zip(floats(values.values["lower_80"]), floats(values.values["upper_80"]), strict=True)
    return [f"{number(a, values.unit)} to {number(b, values.unit)}" for a, b in pairs]
