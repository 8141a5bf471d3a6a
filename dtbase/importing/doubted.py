"""Readings of a file whose form is wrong, on their way to what the twin sets aside."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from dtbase.domain.imports import patterns
from dtbase.domain.readings.batches import Batch
from dtbase.formats import json_batches

JSON = "application/json"


class Doubted(NamedTuple):
    """A reading as it stands in the file: what stood for its time, and for its value."""

    row: int
    series: str
    time: str
    raw: str


def content(doubted: Sequence[Doubted]) -> bytes:
    """Write them as the API takes them: values as texts, which no number, truth or time is."""
    parts: dict[str, dict[str, Any]] = {}
    for each in doubted:
        sensor, measure = patterns.parsed(each.series)
        empty = {"sensor": sensor, "measure": measure, "times": [], "values": []}
        part = parts.setdefault(each.series, empty)
        part["times"].append(each.time)
        part["values"].append(each.raw)
    return orjson.dumps({"series": [*parts.values()]})


def batch_of(doubted: Sequence[Doubted]) -> Batch:
    """Return them as a batch that is set aside where its form is wrong."""
    return json_batches.decode(content(doubted)).leniently()
