"""What is seen on the chart, as files: CSV long or wide, Parquet, a workbook."""

import csv
from collections.abc import Iterator, Sequence
from io import BytesIO, StringIO
from typing import Any

from dash_app.explore.columns import in_window, times_of
from dash_app.explore.scene import Line, Scene
from dash_app.explore.views.table import columns_of
from dash_app.explore.workbook import workbook
from dash_app.words import unit_symbol
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


def wide_csv_of(scene: Scene) -> str:
    """Return the visible values, a row for each time and a column for each line."""
    head, rows = wide(scene)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([as_text(name) for name in head])
    for time, *cells in rows:
        writer.writerow([time.isoformat(), *map(as_text, cells)])
    return out.getvalue()


def workbook_of(scene: Scene) -> bytes:
    """Return the same as a workbook, with times on the site's clock."""
    head, rows = wide(scene)
    return workbook([f"time ({scene.zone})", *head[1:]], rows)


def parquet_of(scene: Scene) -> bytes:
    """Return the same as Parquet, with times in the site's zone."""
    import pyarrow as pa  # only who asks for Parquet pays for it
    import pyarrow.parquet as pq

    head, rows = wide(scene)
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in head]
    arrays = [pa.array(columns[0], pa.timestamp("us", scene.zone)), *map(pa.array, columns[1:])]
    out = BytesIO()
    pq.write_table(pa.table(arrays, names=list(head)), out, compression="zstd")
    return out.getvalue()


def wide(scene: Scene) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return a row for each time: the time on the site's clock, and the value of each line."""
    columns = columns_of(scene)
    units = [f" ({unit_symbol(column.unit)})" if column.unit else "" for column in columns]
    names = [f"{column.title}{unit}" for column, unit in zip(columns, units, strict=True)]
    head = ["time", *unlike(names)]
    times = sorted({time for column in columns for time in column.cells})
    rows = [
        (time.astimezone(scene.tz), *(column.cells.get(time) for column in columns))
        for time in times
    ]
    return head, rows


def unlike(names: Sequence[str]) -> list[str]:
    """Number names that come again, so that each column has its own."""
    found: list[str] = []
    for name in names:
        again = sum(other == name or other.startswith(f"{name} #") for other in found)
        found.append(f"{name} #{again + 1}" if again else name)
    return found


def file_name(scene: Scene, ending: str = "csv") -> str:
    start, end = (time.astimezone(scene.tz) for time in (scene.window.start, scene.window.end))
    return f"dtbase_{start:%Y-%m-%d}_{end:%Y-%m-%d}_{scene.bucket}.{ending}"


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
