"""Each line on a scale of its own: from its lowest value in view to its highest."""

import numpy as np

from dash_app.explore.columns import floats, in_window
from dash_app.explore.scene import Line, Scene
from dtbase.domain.readings.readings import SeriesValues

SHARE = "percent"


def normalised(scene: Scene) -> Scene:
    """Return the scene with every line as a share of its own range; states stay as they are."""
    lines = tuple(line if line.is_state else _normal(line, scene) for line in scene.lines)
    return scene.model_copy(update={"lines": lines})


def _normal(line: Line, scene: Scene) -> Line:
    low, high = _range(line, scene)
    series = line.series.model_copy(update={"unit": SHARE})
    columns = {
        name: None if values is None else _scaled(values, low, high)
        for name, values in (
            ("values", line.values),
            ("earlier", line.earlier),
            ("predictions", line.predictions),
        )
    }
    return line.model_copy(update={"series": series, **columns})


def _range(line: Line, scene: Scene) -> tuple[float, float]:
    values = line.values or line.predictions
    if values is None:
        return 0.0, 1.0
    name = line.main(values) if line.values is not None else "value"
    seen = floats(values.values[name])[in_window(values, scene.window)]
    if np.isnan(seen).all():
        return 0.0, 1.0
    low, high = float(np.nanmin(seen)), float(np.nanmax(seen))
    return low, high if high > low else low + 1


def _scaled(values: SeriesValues, low: float, high: float) -> SeriesValues:
    columns = {}
    for name, column in values.values.items():
        scaled = (floats(column) - low) / (high - low) * 100
        columns[name] = [None if np.isnan(each) else float(each) for each in scaled]
    return values.model_copy(update={"values": columns})
