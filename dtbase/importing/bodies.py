"""Readings on their way to the API: of one kind of values a body, each with its row of the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import ipc

from dtbase.domain.readings.batches import Segment, Values
from dtbase.errors import Violation
from dtbase.importing import repeats

ARROW = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True)
class Body:
    """What one request pushes, and where each of its readings came from."""

    segments: tuple[Segment, ...]
    starts: bool = False
    """Whether their times are the starts of their intervals, whatever the measure says."""

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    @property
    def rows(self) -> NDArray[np.int64]:
        return np.concatenate([each.rows for each in self.segments])

    def content(self) -> bytes:
        """Write the readings as the API takes them."""
        counts = [len(each) for each in self.segments]
        places = pa.array(np.repeat(np.arange(len(counts), dtype=np.int32), counts))
        values = np.concatenate([each.values for each in self.segments])
        table = pa.table(
            {
                "sensor": named(places, [each.sensor for each in self.segments]),
                "measure": named(places, [each.measure for each in self.segments]),
                "time": pa.array(
                    np.concatenate([each.times for each in self.segments]), pa.timestamp("us")
                ).cast(pa.timestamp("us", "UTC")),
                "value": pa.array(values.tolist() if values.dtype == object else values),
            }
        )
        sink = BytesIO()
        with ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return sink.getvalue()

    def numbered(self) -> tuple[Segment, ...]:
        """Return the readings by their places in the body, as the API counts them."""
        start, made = 0, []
        for each in self.segments:
            made.append(replace(each, rows=np.arange(start, start + len(each))))
            start += len(each)
        return tuple(made)

    def in_file(self, violations: Sequence[Violation]) -> list[Violation]:
        """Return broken rules with the file's rows for those that the API counted."""
        rows = self.rows
        return [
            Violation(**{**each, "row": int(rows[each["row"]])})
            if 0 <= each.get("row", -1) < len(rows)
            else each
            for each in violations
        ]

    def without(self, places: Sequence[int]) -> "Body":
        """Return the body without some of its readings, by their places."""
        kept = np.ones(len(self), dtype=bool)
        kept[list(places)] = False
        parts, start = [], 0
        for each in self.segments:
            part = repeats.take(each, kept[start : start + len(each)])
            start += len(each)
            parts += [part] if len(part) else []
        return replace(self, segments=tuple(parts))


def named(places: pa.Array, names: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(places, pa.array(names, pa.string()))


def bodies(segments: Sequence[Segment], size: int) -> Iterator[Body]:
    """Put readings into bodies of one kind of values, so many in each."""
    kinds: dict[str, list[Segment]] = {}
    for segment in segments:
        kinds.setdefault(kind_of(segment.values), []).append(segment)
    for group in kinds.values():
        yield from packed(group, size)


def kind_of(values: Values) -> str:
    return values.dtype.kind


def packed(segments: Sequence[Segment], size: int) -> Iterator[Body]:
    """Fill bodies up to a size."""
    held: list[Segment] = []
    count = 0
    for segment in segments:
        start = 0
        while start < len(segment):
            part = repeats.take(segment, np.arange(start, min(len(segment), start + size - count)))
            held.append(part)
            start, count = start + len(part), count + len(part)
            if count == size:
                yield Body(tuple(held))
                held, count = [], 0
    if held:
        yield Body(tuple(held))
