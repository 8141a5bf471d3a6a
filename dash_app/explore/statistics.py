"""What the visible, measured values amount to."""

from datetime import datetime

import numpy as np

from dash_app.explore.columns import Floats, floats, in_window, step_of, times_of
from dash_app.explore.scene import Line, Scene, main_column
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import Series


class Summary(Frozen):
    """The figures of one series; None where one makes no sense or is not known."""

    series: Series
    mean: float | None = None
    low: float | None = None
    p5: float | None = None
    median: float | None = None
    p95: float | None = None
    high: float | None = None
    high_at: datetime | None = None
    complete: float | None = None


def summaries_of(scene: Scene) -> tuple[Summary, ...]:
    """Return the figures of every series in the window."""
    return tuple(_summary(line, scene) for line in scene.lines)


def _summary(line: Line, scene: Scene) -> Summary:
    if line.values is None:
        return Summary(series=line.series)
    inside = in_window(line.values, scene.window)
    column = floats(line.values.values[main_column(line.values)])[inside]
    present = ~np.isnan(column)
    if not present.any():
        return Summary(series=line.series, complete=0.0 if column.size else None)
    counts = np.nan_to_num(_column(line.values, "count", inside, np.empty(0)))
    summary = Summary(
        series=line.series,
        mean=_mean(line.values, inside, column),
        complete=_complete(line.values, scene, int(present.sum()), counts),
    )
    if line.series.statistic is Statistic.CIRCULAR:
        return summary
    return _with_order(summary, line.values, inside, column)


def _with_order(
    summary: Summary, values: SeriesValues, inside: np.ndarray, column: Floats
) -> Summary:
    lows = _column(values, "min", inside, column)
    highs = _column(values, "max", inside, column)
    times = [time for time, here in zip(times_of(values), inside, strict=True) if here]
    p5, median, p95 = np.nanquantile(column, [0.05, 0.5, 0.95])
    return summary.model_copy(
        update={
            "low": float(np.nanmin(lows)),
            "p5": float(p5),
            "median": float(median),
            "p95": float(p95),
            "high": float(np.nanmax(highs)),
            "high_at": times[int(np.nanargmax(highs))],
        }
    )


def _mean(values: SeriesValues, inside: np.ndarray, column: Floats) -> float | None:
    if values.statistic is Statistic.CIRCULAR:
        angles = np.radians(column[~np.isnan(column)])
        return float(np.degrees(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean())) % 360)
    if "count" not in values.values or values.statistic is Statistic.TOTAL:
        return float(np.nanmean(column))
    counts = np.nan_to_num(floats(values.values["count"])[inside])
    return float(np.nansum(column * counts) / counts[~np.isnan(column)].sum())


def _complete(values: SeriesValues, scene: Scene, present: int, counts: Floats) -> float | None:
    """Return the share of the readings that could be there, from how often they usually come."""
    step = step_of(values)
    if counts.size:
        return float(np.minimum(counts, _usual(counts)).sum() / (_usual(counts) * counts.size))
    if step is None or values.times is not None:
        return None
    could = (min(scene.window.end, scene.now) - scene.window.start) // step
    return min(present / could, 1.0) if could else None


def _usual(counts: Floats) -> float:
    return float(np.median(counts[counts > 0]))


def _column(values: SeriesValues, name: str, inside: np.ndarray, other: Floats) -> Floats:
    return floats(values.values[name])[inside] if name in values.values else other
