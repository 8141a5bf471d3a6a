"""Heat maps of time: hours by day, and days by week."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dash_app.explore.columns import Floats
from dash_app.explore.figures import Look
from dash_app.explore.scene import Scene
from dash_app.explore.traces import Pen
from dash_app.explore.views.points import Visible, earlier, visible
from dash_app.theme import template
from dash_app.words import hover_format, unit_symbol
from dtbase.domain.frozen import Frozen

MOST_MAPS = 6
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MARGIN = {"l": 76, "r": 90, "t": 40, "b": 36}
TITLE = 44
LEAST, MOST_OF_A_DAY = 4, 22
WEEK_ROW = 20


class Grid(Frozen):
    """Cells with their rows and columns, and how high the map is."""

    x: tuple[Any, ...]
    y: tuple[str, ...]
    z: tuple[tuple[float | None, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    pixels: int


def hours(scene: Scene, look: Look, pen: Pen) -> go.Figure | str:
    """Return a row for each day and a cell for each of its hours."""
    return _maps(scene, look, pen, by_hour)


def calendar(scene: Scene, look: Look, pen: Pen) -> go.Figure | str:
    """Return a column for each week and a cell for each of its days."""
    return _maps(scene, look, pen, by_day)


def by_hour(seen: Visible, scene: Scene) -> Grid:
    """Put values into days and hours of the clock on the wall; an hour that comes twice is one."""
    local = [time.astimezone(scene.tz) for time in seen.times]
    first, last = local[0].date(), local[-1].date()
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    cells = np.full((len(days), 24), np.nan)
    for time, value in zip(local, seen.values, strict=True):
        cells[(time.date() - first).days, time.hour] = value
    names = tuple(f"{day:%a} {day.day} {day:%b %y}" for day in days)
    texts = tuple(
        tuple(f"{day:%a} {day.day} {day:%b %Y} {hour:02d}:00" for hour in range(24)) for day in days
    )
    row = int(np.clip(420 / len(days), LEAST, MOST_OF_A_DAY))
    return Grid(x=tuple(range(24)), y=names, z=_plain(cells), texts=texts, pixels=row * len(days))


def by_day(seen: Visible, scene: Scene) -> Grid:
    """Put values into weeks, Monday first."""
    local = [time.astimezone(scene.tz) for time in seen.times]
    first = local[0].date() - timedelta(days=local[0].weekday())
    weeks = (local[-1].date() - first).days // 7 + 1
    cells = np.full((7, weeks), np.nan)
    for time, value in zip(local, seen.values, strict=True):
        away = (time.date() - first).days
        cells[away % 7, away // 7] = value
    mondays = [first + timedelta(weeks=week) for week in range(weeks)]
    texts = tuple(
        tuple(_day(datetime.combine(m + timedelta(days=day), datetime.min.time())) for m in mondays)
        for day in range(7)
    )
    x = tuple(monday.isoformat() for monday in mondays)
    return Grid(x=x, y=DAYS, z=_plain(cells), texts=texts, pixels=7 * WEEK_ROW)


def _day(day: datetime) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _plain(cells: Floats) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(None if np.isnan(v) else float(v) for v in row) for row in cells)


def _maps(scene: Scene, look: Look, pen: Pen, grid_of: Any) -> go.Figure | str:
    lines = visible(scene, pen)
    if not lines:
        return "None of these series has numbers in this range."
    seen = _beside(lines[:MOST_MAPS], earlier(scene, pen))
    grids = [grid_of(each, scene) for each in seen]
    plot = sum(grid.pixels for grid in grids) + TITLE * (len(grids) - 1)
    layout: dict[str, Any] = {
        "template": template(look.theme),
        "height": plot + MARGIN["t"] + MARGIN["b"],
        "margin": MARGIN if not look.phone else MARGIN | {"l": 60, "r": 60},
        "hovermode": "closest",
        "dragmode": False,
        "annotations": [],
    }
    traces, top = [], 1.0
    scales = _scales(seen)
    for number, (each, grid) in enumerate(zip(seen, grids, strict=True), start=1):
        bottom = top - grid.pixels / plot
        name = "" if number == 1 else str(number)
        traces.append(_heat(each, grid, name, scales[each.line.series.unit], (bottom, top)))
        layout[f"xaxis{name}"] = _x_axis(grid, f"y{name}")
        layout[f"yaxis{name}"] = _y_axis(grid, (max(bottom, 0), top), f"x{name}")
        layout["annotations"].append(_title(each, top))
        top = bottom - TITLE / plot
    return go.Figure(data=traces, layout=layout)


def _beside(lines: Sequence[Visible], before: Sequence[Visible]) -> list[Visible]:
    """Put what was earlier under each line."""
    found = []
    for line in lines:
        found += [line, *(each for each in before if each.line == line.line)]
    return found


def _scales(seen: Sequence[Visible]) -> dict[str | None, tuple[float, float]]:
    """Return one scale for each unit, so that maps can be compared; rare extremes do not set it."""
    found = {}
    for unit in {each.line.series.unit for each in seen}:
        values = np.concatenate([each.values for each in seen if each.line.series.unit == unit])
        low, high = (float(v) for v in np.quantile(values, (0.005, 0.995)))
        found[unit] = (low, high if high > low else low + 1)
    return found


def _heat(
    seen: Visible, grid: Grid, name: str, scale: tuple[float, float], domain: tuple[float, float]
) -> go.Heatmap:
    unit = seen.line.series.unit
    symbol = unit_symbol(unit)
    bottom, top = domain
    return go.Heatmap(
        x=grid.x,
        y=grid.y,
        z=grid.z,
        customdata=grid.texts,
        zmin=scale[0],
        zmax=scale[1],
        xaxis=f"x{name}",
        yaxis=f"y{name}",
        hovertemplate=f"%{{customdata}}<br>%{{z:{hover_format(unit)}}} {symbol}<extra></extra>",
        hoverongaps=False,
        colorbar={"len": top - bottom, "y": (top + bottom) / 2, "ticksuffix": f" {symbol}"},
        meta={"kind": "heat", "series": seen.line.name, "switches": []},
    )


def _x_axis(grid: Grid, anchor: str) -> dict[str, Any]:
    axis: dict[str, Any] = {"anchor": anchor, "fixedrange": True, "showgrid": False}
    if isinstance(grid.x[0], int):
        ticks = list(range(0, 24, 3))
        said = [f"{hour:02d}:00" for hour in ticks]
        return axis | {"type": "linear", "tickvals": ticks, "ticktext": said}
    return axis | {"type": "date", "nticks": 12, "tickformat": "%-d %b %y"}


def _y_axis(grid: Grid, domain: tuple[float, float], anchor: str) -> dict[str, Any]:
    axis = {"anchor": anchor, "domain": domain, "fixedrange": True, "autorange": "reversed"}
    step = max(1, round(len(grid.y) * 16 / max(grid.pixels, 1)))
    shown = list(grid.y[::step])
    return axis | {"type": "category", "showgrid": False, "tickvals": shown}


def _title(seen: Visible, top: float) -> dict[str, Any]:
    unit = unit_symbol(seen.line.series.unit)
    measure = seen.line.key.measure.replace("_", " ")
    text = f"<b>{seen.label}</b>  {measure} {unit}"
    return {
        "templateitemname": "panel-title",
        "visible": True,
        "text": text,
        "y": top,
        "yref": "paper",
        "yshift": 8,
    }
