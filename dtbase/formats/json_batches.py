"""Readings written as JSON: columns of each series, or one object for each reading."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import orjson

from dtbase.domain.readings.batches import Batch, Mask, Segment, Times, Values
from dtbase.domain.readings.findings import Findings, describe
from dtbase.domain.registry.stamps import NOTHING_SAID, SAYING, Said, said_in
from dtbase.errors import Invalid, Violation
from dtbase.formats import times

MAYBE_NOT_FINITE = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}|\d{200}")
MOST_OF_64_BITS = 2**64
EXACT_IN_A_FLOAT = 2**53
FEW_NUMBERS = 20
SHORT = 4_096
"""Characters; the event loop itself reads what is no longer."""
PARTS_OF_SERIES: dict[str, type] = {"sensor": str, "measure": str, "times": list, "values": list}
PARTS_OF_READING: dict[str, type] = {"sensor": str, "measure": str, "time": object, "value": object}
MAY_SAY = frozenset(SAYING)
NAMES_OF_KINDS: dict[type, str] = {str: "a text", list: "a list"}
MAY_HAVE = '"unit", "stamps", "interval" and "timezone"'
SHAPE = (
    'must be {"series": [{"sensor", "measure", "times": […], "values": […]}, …]} '
    'or {"readings": [{"sensor", "measure", "time", "value"}, …]}'
)


def decode(body: bytes | bytearray) -> Batch:
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


class Reading(NamedTuple):
    """A number as a device sends it; its time is in UTC."""

    sensor: str
    measure: str
    time: datetime
    value: float


def numbers(body: bytes) -> list[Reading] | None:
    """Read a few single numbers; None of what is anything else, or wrong in any way."""
    if len(body) > SHORT:
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    match document:
        case {"readings": list(readings)} if len(document) == 1 and len(readings) <= FEW_NUMBERS:
            found = [number_in(reading) for reading in readings]
            return None if None in found else [each for each in found if each is not None]
    return None


def number_in(part: Any) -> Reading | None:
    """Read one single number, if it is one and nothing else is said of it."""
    if not isinstance(part, dict) or part.keys() != PARTS_OF_READING.keys():
        return None
    sensor, measure, value = part["sensor"], part["measure"], part["value"]
    if type(sensor) is not str or type(measure) is not str:
        return None
    if type(value) is int and abs(value) <= EXACT_IN_A_FLOAT:
        value = float(value)
    time = times.parse(part["time"])
    if type(value) is not float or time is None:
        return None
    return Reading(sensor, measure, time, value)


@dataclass(frozen=True)
class NotFinite:
    """What stands for a number and is none, such as NaN or 1e999: it fits no measure."""

    text: str

    def __str__(self) -> str:
        return self.text


def read_not_finite(body: bytes | bytearray) -> Any:
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
    read = float(text)
    return read if isfinite(read) else NotFinite(text)


def whole(text: str) -> float | int | NotFinite:
    """Read a whole number, beyond 64 bits as a float: so does orjson."""
    read = number(text)
    return int(text) if isinstance(read, float) and abs(read) < MOST_OF_64_BITS else read


def from_columns(series: list[object]) -> Batch:
    """Read one segment from the columns of each series."""
    findings = Findings()
    known = times_of(series)
    segments = [
        column_segment(part, place, read, findings)
        for place, (part, read) in enumerate(zip(series, known, strict=True))
    ]
    return Batch(tuple(segment for segment in segments if segment is not None), findings)


def times_of(series: list[Any]) -> Sequence[Times | None]:
    """Read the times of all series in one call; None where each has to be read by itself."""
    columns = [part.get("times") if isinstance(part, dict) else None for part in series]
    lists = [column for column in columns if isinstance(column, list)]
    read = times.read_together(lists) if len(lists) == len(series) else None
    return [None] * len(series) if read is None else read


def column_segment(
    part: Any, place: int, known: Times | None, findings: Findings
) -> Segment | None:
    """Read the columns of one series, or note what is wrong with them."""
    if broken := list(broken_rules(part, PARTS_OF_SERIES)):
        for field, rule in broken:
            where = f"series.{place}.{field}" if field else f"series.{place}"
            findings.add(violation(where, place, part, field, rule))
        return None
    sensor, measure, given, values = (part[name] for name in PARTS_OF_SERIES)
    name = f"{sensor}/{measure}"
    if len(given) != len(values):
        rule = f"must be of equal length, not {len(given)} times and {len(values)} values"
        findings.add(Violation(field=f"series.{place}.values", series=name, rule=rule))
        return None
    rows = np.arange(len(given))
    column = to_column(values)
    if known is not None:
        said = said_of(part, f"series.{place}", name, findings)
        return Segment(sensor, measure, known, column, rows, said=said)
    read, valid = times.read(given, name, rows, findings)
    lose(findings, (sensor, measure), given, values, valid)
    said = said_of(part, f"series.{place}", name, findings)
    return Segment(sensor, measure, read[valid], column[valid], rows[valid], said=said)


def said_of(part: Any, where: str, name: str, findings: Findings) -> Said:
    """Read what is said of readings, or note what is wrong with it."""
    try:
        return said_in(part)
    except Invalid as error:
        for each in error.violations:
            field = f"{where}.{each['field']}".removesuffix(".at")
            findings.add(Violation(field=field, series=name, rule=each["rule"]))
        return NOTHING_SAID


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


def key_of(reading: Any) -> tuple[str, ...]:
    """Return what readings share that make one segment: their series and what is said of them."""
    said = (repr(reading.get(name, "")) for name in sorted(MAY_SAY))
    return reading["sensor"], reading["measure"], *said


def fits(reading: Any, row: int, findings: Findings) -> bool:
    """Tell whether a reading has the four parts, or note that it has not."""
    broken = list(broken_rules(reading, PARTS_OF_READING))
    for field, rule in broken:
        findings.add(violation(field or "readings", row, reading, field, rule))
    return not broken


def broken_rules(part: Any, kinds: dict[str, type]) -> Iterator[tuple[str, str]]:
    """Tell which parts of a series or a reading are not what they must be; no name is all of it."""
    if not isinstance(part, dict) or (
        part.keys() != kinds.keys() and set(part) - MAY_SAY != set(kinds)
    ):
        *names, last = (f'"{name}"' for name in kinds)
        yield "", f"must have exactly {', '.join(names)} and {last}; it may have {MAY_HAVE}"
        return
    for name, kind in kinds.items():
        if not isinstance(part[name], kind):
            yield name, f"must be {NAMES_OF_KINDS[kind]}"


def violation(where: str, row: int, part: Any, name: str, rule: str) -> Violation:
    """Say which part of a series or a reading breaks a rule, and what stands there."""
    if not name:
        return Violation(field=where, row=row, rule=rule)
    return Violation(field=where, row=row, value=describe(part[name]), rule=rule)


def reading_segment(
    key: tuple[str, ...], found: list[tuple[int, Any]], findings: Findings
) -> Segment:
    """Gather the readings of one series."""
    rows = np.array([row for row, _ in found])
    given = [reading["time"] for _, reading in found]
    sensor, measure, *_ = key
    name = f"{sensor}/{measure}"
    read, valid = times.read(given, name, rows, findings)
    values = [reading["value"] for _, reading in found]
    column = to_column(values)
    lose(findings, (sensor, measure), given, values, valid)
    first, reading = found[0]
    said = said_of(reading, f"readings.{first}", name, findings)
    return Segment(sensor, measure, read[valid], column[valid], rows[valid], said=said)


def lose(
    findings: Findings,
    key: tuple[str, str],
    given: Sequence[object],
    values: Sequence[object],
    valid: Mask,
) -> None:
    """Keep the readings whose times could not be read."""
    if not valid.all():
        places = np.flatnonzero(~valid).tolist()
        wrong = [given[place] for place in places], [values[place] for place in places]
        findings.lose(*key, *wrong, times.RULE)
