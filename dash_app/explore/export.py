"""What is seen on the chart, as a CSV file."""

import csv
from collections.abc import Iterator
from io import StringIO

from dash_app.explore.columns import in_window, times_of
from dash_app.explore.scene import Line, Scene
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.series import Value

HEAD = ("time", "sensor", "measure", "unit", "kind", "value")
MEASURED = ("min", "max", "count")
BELIEVED = ("lower_80", "upper_80", "lower_95", "upper_95")

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet begins to compute at."""

Row = list[Value | None]


def csv_of(scene: Scene) -> str:
    """Return the visible values, one in a row, with times in the site's zone."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*HEAD, *MEASURED, *BELIEVED, "issued_at"])
    for line in scene.lines:
        writer.writerows(_measured(line, scene))
        writer.writerows(_believed(line, scene))
    return out.getvalue()


def file_name(scene: Scene) -> str:
    start, end = (time.astimezone(scene.tz) for time in (scene.window.start, scene.window.end))
    return f"dtbase_{start:%Y-%m-%d}_{end:%Y-%m-%d}_{scene.bucket}.csv"


def _measured(line: Line, scene: Scene) -> Iterator[Row]:
    if line.values is None:
        return
    blank: Row = [None] * (len(BELIEVED) + 1)
    for head, row in _rows(line, line.values, scene, line.main(line.values)):
        if head[-1] is not None:
            yield [*head, *(_cell(line.values, name, row) for name in MEASURED), *blank]


def _believed(line: Line, scene: Scene) -> Iterator[Row]:
    if line.predictions is None:
        return
    issued = line.issued_at.astimezone(scene.tz).isoformat() if line.issued_at else None
    blank: Row = [None] * len(MEASURED)
    for head, row in _rows(line, line.predictions, scene, "value"):
        bounds = [_cell(line.predictions, name, row) for name in BELIEVED]
        yield [*head, *blank, *bounds, issued]


def _rows(line: Line, values: SeriesValues, scene: Scene, column: str) -> Iterator[tuple[Row, int]]:
    kind = "forecast" if values is line.predictions else "measured"
    inside = in_window(values, scene.window)
    for row, time in enumerate(times_of(values)):
        if inside[row]:
            stamp = time.astimezone(scene.tz).isoformat()
            unit, value = line.series.unit, as_text(values.values[column][row])
            yield [stamp, line.key.sensor, line.key.measure, unit, kind, value], row


def as_text(value: Value | None) -> Value | None:
    """Return a text so that no spreadsheet takes it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def _cell(values: SeriesValues, name: str, row: int) -> Value | None:
    return as_text(values.values[name][row]) if name in values.values else None
