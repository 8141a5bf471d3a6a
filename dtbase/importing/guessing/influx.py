"""InfluxDB's annotated CSV: tables one below the other, each with a header of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from dtbase.domain.imports.patterns import identifier
from dtbase.importing.guessing.cells import Found, cells
from dtbase.importing.guessing.samples import Sample

KIND = "InfluxDB's annotated CSV"
FIXED = {"", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"}
NUMBERS = {"double", "long", "unsignedLong", "boolean"}


def influx(sample: Sample, sensor: str) -> Found | None:
    """Rows of fields, or of several columns of values where somebody has pivoted them."""
    headers = [
        (number, cells(line))
        for number, line in enumerate(sample.lines, start=1)
        if "_time" in line and not line.startswith("#") and "_time" in cells(line)
    ]
    annotated = sample.lines[0].startswith("#") or "_value" in sample.lines[0]
    if not headers or not annotated:
        return None
    every = list(dict.fromkeys(name for _, head in headers for name in head))
    kinds = types(sample, headers)
    values = [name for name in every if name not in FIXED and kinds.get(name) in NUMBERS]
    tags = [name for name in every if name not in FIXED and name not in values]
    if "_value" not in every and not values:
        return None
    if "_value" in every:
        columns, keys = of_fields(sample, every, tags, sensor)
    else:
        before = "-".join(f"{{{name}}}" for name in tags) or sensor
        columns, keys = {name: f"{before}/{identifier(name)}" for name in values}, tags
    document = {
        "comments": "#",
        "names": headers[0][0],
        "headers": "changing",
        "time": {"columns": ["_time"]},
        "keys": keys,
        "columns": columns,
        "tidy": True,
    }
    return KIND, document, False


def types(sample: Sample, headers: Sequence[tuple[int, Sequence[str]]]) -> Mapping[str, str]:
    """Return the type of each column, as the lines of annotations above its header say."""
    found: dict[str, str] = {}
    for number, head in headers:
        for line in sample.lines[max(number - 5, 0) : number - 1]:
            if line.startswith("#datatype"):
                found |= dict(zip(head, cells(line), strict=False))
    return found


def of_fields(
    sample: Sample, every: Sequence[str], tags: Sequence[str], sensor: str
) -> tuple[dict[str, Any], list[str]]:
    """Name the series of rows that hold one field each."""
    keys = [*tags, *(name for name in ("_measurement", "_field") if name in every)]
    sensors = tags or [name for name in ("_measurement",) if name in every]
    before = "-".join(f"{{{name}}}" for name in sensors) or sensor
    measures = [
        name for name in ("_measurement", "_field") if name in every and shared(sample, name)
    ]
    after = "-".join(f"{{{name}}}" for name in measures) or "value"
    return {"_value": f"{before}/{after}"}, keys or ["table"]


def shared(sample: Sample, name: str) -> bool:
    """Tell whether a column is wanted in the name of a measure: fields always are."""
    if name == "_field":
        return True
    measurements: dict[str, set[str]] = {}
    head: Sequence[str] = ()
    for line in sample.lines:
        row = cells(line)
        if "_time" in row:
            head = row
        elif {"_field", "_measurement"} <= set(head) and len(row) == len(head):
            said = dict(zip(head, row, strict=True))
            measurements.setdefault(said["_field"], set()).add(said["_measurement"])
    return any(len(each) > 1 for each in measurements.values())
