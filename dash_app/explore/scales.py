"""The range of a panel's y axis: what is in view, and not one fault that flattens it."""

from collections.abc import Sequence

import numpy as np

from dash_app.explore.columns import Floats, floats, in_window
from dash_app.explore.panels import Panel
from dash_app.explore.scene import Line
from dash_app.explore.view import Window
from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.measures import Statistic

PADDING = 0.06
FAULT_FACTOR = 5.0
BAND_SHARE = 0.6
NEAR_ZERO = 0.35
BAND_COLUMNS = ("lower_95", "upper_95")


class Scale(Frozen):
    """The range of an axis, and how many values lie beyond it."""

    low: float
    high: float
    beyond: int = 0
    farthest: float | None = None


ROUND = Scale(low=-12, high=372)
"""A full turn, with room for the points at its ends."""


def scale_of(panel: Panel, window: Window) -> Scale | None:
    """Return the range that shows what the panel holds in the window; None when it is empty."""
    measured = np.concatenate([np.empty(0), *(_measured(line, window) for line in panel.lines)])
    if panel.states:
        return Scale(low=-0.6, high=len(panel.lines) - 0.4)
    if panel.lines[0].series.statistic is Statistic.CIRCULAR and panel.lines[0].column is None:
        return ROUND
    believed = _believed(panel, window, ("value",))
    values = np.concatenate([measured, believed])
    if values.size == 0:
        return None
    low, high = float(values.min()), float(values.max())
    if panel.lines[0].series.statistic in {Statistic.MEAN, Statistic.LEVEL}:
        low, high = _without_faults(values)
    faults = values[(values < low) | (values > high)]
    low, high = _with_bands(low, high, _believed(panel, window, BAND_COLUMNS))
    low, high = _padded(low, high, non_negative=float(values.min()) >= 0)
    worst = None if faults.size == 0 else float(faults[np.argmax(np.abs(faults))])
    return Scale(low=low, high=high, beyond=int(faults.size), farthest=worst)


def plain_scale(values: Floats, reaching: Sequence[float]) -> Scale | None:
    """Return the range of one line that also shows some levels, but not one fault that flattens."""
    if values.size == 0:
        return None
    low, high = _without_faults(values)
    low, high = min([low, *reaching]), max([high, *reaching])
    faults = values[(values < low) | (values > high)]
    low, high = _padded(low, high, non_negative=float(values.min()) >= 0)
    worst = None if faults.size == 0 else float(faults[np.argmax(np.abs(faults))])
    return Scale(low=low, high=high, beyond=int(faults.size), farthest=worst)


def _measured(line: Line, window: Window) -> Floats:
    found = [np.empty(0)]
    if line.values is not None and not line.is_state:
        inside = in_window(line.values, window)
        columns = [line.main(line.values), *(("min", "max") if line.banded(line.values) else ())]
        found += [floats(line.values.values[name])[inside] for name in columns]
    if line.earlier is not None and not line.is_state:
        found.append(floats(line.earlier.values[line.main(line.earlier)]))
    joined: Floats = np.concatenate(found)
    return joined[~np.isnan(joined)]


def _believed(panel: Panel, window: Window, columns: Sequence[str]) -> Floats:
    found = [np.empty(0)]
    for line in panel.lines:
        if line.predictions is not None:
            inside = in_window(line.predictions, window)
            found += [
                floats(line.predictions.values[name])[inside]
                for name in columns
                if name in line.predictions.values
            ]
    joined: Floats = np.concatenate(found)
    return joined[~np.isnan(joined)]


def _without_faults(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    inner_low, middle, inner_high = np.quantile(values, [0.01, 0.5, 0.99])
    reach = FAULT_FACTOR * float(inner_high - inner_low)
    plausible = values[np.abs(values - middle) <= reach]
    if reach == 0 or plausible.size == values.size or plausible.size < 0.9 * values.size:
        return low, high
    return float(plausible.min()), float(plausible.max())


def _with_bands(low: float, high: float, bands: Floats) -> tuple[float, float]:
    if bands.size == 0:
        return low, high
    room = BAND_SHARE * max(high - low, 1e-9)
    return (
        max(min(low, float(bands.min())), low - room),
        min(max(high, float(bands.max())), high + room),
    )


def _padded(low: float, high: float, *, non_negative: bool) -> tuple[float, float]:
    size = high - low or max(abs(high) * 0.1, 1.0)
    bottom, top = low - PADDING * size, high + PADDING * size
    if non_negative and low <= NEAR_ZERO * high:
        bottom = 0.0
    return bottom, top
