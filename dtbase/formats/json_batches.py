"""Readings written as JSON: columns of each series, or one object for each reading."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from typing import Any

import numpy as np
import orjson

from dtbase.domain.batches import Batch, Findings, Segment, Values
from dtbase.errors import Invalid, Violation
from dtbase.formats import times

MAYBE_NOT_FINITE = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}|\d{200}")
MOST_OF_64_BITS = 2**64
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
        document = read_not_finite(body)
        if document is None:
            raise Invalid(f"the body is not JSON: {error}", field="body") from error
    match document:
        case {"series": list(series)} if len(document) == 1:
            return from_columns(series)
        case {"readings": list(readings)} if len(document) == 1:
            return from_readings(readings)
    raise Invalid(f"the body {SHAPE}", field="body")


@dataclass(frozen=True)
class NotFinite:
    """What stands for a number and is none, such as NaN or 1e999: it fits no measure."""

    text: str

    def __str__(self) -> str:
        """Show what was sent."""
        return self.text


def read_not_finite(body: bytes) -> Any:
    """Read a body that would be JSON if its numbers were finite, to name them; others are None.

    It is slower than orjson, so it is tried only where orjson has refused and such a number may
    be why.
    """
    if not MAYBE_NOT_FINITE.search(body):
        return None
    try:
        document = json.loads(
            body.decode(), parse_constant=NotFinite, parse_float=number, parse_int=whole
        )
        orjson.dumps(document, default=str)  # json takes texts that are no Unicode
    except (ValueError, TypeError, RecursionError):
        return None
    return document


def number(text: str) -> float | NotFinite:
    """Read a number."""
    read = float(text)
    return read if isfinite(read) else NotFinite(text)


def whole(text: str) -> float | int | NotFinite:
    """Read a whole number, beyond 64 bits as a float: so does orjson."""
    read = number(text)
    return int(text) if isinstance(read, float) and abs(read) < MOST_OF_64_BITS else read


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
