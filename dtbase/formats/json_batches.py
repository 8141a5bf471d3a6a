"""Readings written as JSON: columns of each series, or one object for each reading."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import orjson

from dtbase.domain.batches import Batch, Findings, Segment, Values
from dtbase.errors import Invalid, Violation
from dtbase.formats import times

PARTS_OF_SERIES = {"sensor", "measure", "times", "values"}
PARTS_OF_READING = {"sensor", "measure", "time", "value"}
SHAPE = (
    'must be {"series": [{"sensor", "measure", "times": […], "values": […]}, …]} '
    'or {"readings": [{"sensor", "measure", "time", "value"}, …]}'
)


def decode(body: bytes) -> Batch:
    """Read a batch from JSON; what cannot be read is noted in its findings."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"the body is not JSON: {error}", field="body") from error
    match document:
        case {"series": list(series)} if len(document) == 1:
            return from_columns(series)
        case {"readings": list(readings)} if len(document) == 1:
            return from_readings(readings)
    raise Invalid(f"the body {SHAPE}", field="body")


def from_columns(series: list[object]) -> Batch:
    """Read one segment from the columns of each series."""
    findings = Findings()
    segments = [column_segment(part, place, findings) for place, part in enumerate(series)]
    return Batch(tuple(segment for segment in segments if segment is not None), findings)


def column_segment(part: Any, place: int, findings: Findings) -> Segment | None:
    """Read the columns of one series, or note what is wrong with them."""
    match part:
        case {
            "sensor": str(sensor),
            "measure": str(measure),
            "times": list(given),
            "values": list(values),
        } if set(part) == PARTS_OF_SERIES:
            pass
        case _:
            rule = 'must have exactly "sensor", "measure", "times" and "values"'
            findings.add(Violation(field=f"series.{place}", row=place, rule=rule))
            return None
    name = f"{sensor}/{measure}"
    if len(given) != len(values):
        rule = f"must be of equal length, not {len(given)} times and {len(values)} values"
        findings.add(Violation(field=f"series.{place}.values", series=name, rule=rule))
        return None
    rows = np.arange(len(given))
    read, valid = times.read(given, name, rows, findings)
    column = to_column(values)
    return Segment(sensor, measure, read[valid], column[valid], rows[valid])


def to_column(values: Sequence[object]) -> Values:
    """Return values as a numpy column of one type, or of objects where they are mixed."""
    kinds = set(map(type, values))
    try:
        if kinds == {bool}:
            return np.array(values, dtype=np.bool_)
        if kinds == {int}:
            return np.array(values, dtype=np.int64)
        if kinds == {float}:
            return np.array(values, dtype=np.float64)
    except OverflowError:
        pass
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def from_readings(readings: list[object]) -> Batch:
    """Read a list of single readings; each keeps its place in the list as its row."""
    findings = Findings()
    rows = [(row, reading) for row, reading in enumerate(readings) if fits(reading, row, findings)]
    found: list[tuple[int, Any]] = sorted(rows, key=lambda pair: key_of(pair[1]))
    segments = [
        reading_segment(key, list(group), findings)
        for key, group in groupby(found, key=lambda pair: key_of(pair[1]))
    ]
    return Batch(tuple(segments), findings)


def key_of(reading: Any) -> tuple[str, str]:
    """Return the sensor and the measure of a reading."""
    return reading["sensor"], reading["measure"]


def fits(reading: Any, row: int, findings: Findings) -> bool:
    """Tell whether a reading has the four parts, or note that it has not."""
    match reading:
        case {"sensor": str(), "measure": str(), "time": _, "value": _} if (
            set(reading) == PARTS_OF_READING
        ):
            return True
    rule = 'must have exactly "sensor", "measure", "time" and "value"'
    findings.add(Violation(field="readings", row=row, rule=rule))
    return False


def reading_segment(
    key: tuple[str, str], found: list[tuple[int, Any]], findings: Findings
) -> Segment:
    """Gather the readings of one series."""
    rows = np.array([row for row, _ in found])
    given = [reading["time"] for _, reading in found]
    read, valid = times.read(given, "/".join(key), rows, findings)
    column = to_column([reading["value"] for _, reading in found])
    return Segment(*key, read[valid], column[valid], rows[valid])
