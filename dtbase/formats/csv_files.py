"""CSV files of readings, packed or not: rows of texts, numbered as they stand in the file."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from dtbase.domain.readings.batches import LONGEST_TEXT, Findings, Mask, describe
from dtbase.errors import Invalid, Violation
from dtbase.formats.csv_quotes import UNCLOSED, Quotes
from dtbase.formats.file_layouts import Layout, Part, Read, RowNumbers

BLOCK = 1 << 21
"""Bytes of a file that are read at once."""

FIRST_ROW = 2
"""The number of the first row below a header, which is row 1."""

MOST_BYTES = 4 * LONGEST_TEXT
"""So many bytes the longest text that can be stored may take."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass
class Uneven:
    """Rows with more or fewer cells than the header: noted and left out, so the rest can be read.

    The reader tells of a row before it yields the rows around it, so the numbers are kept until
    then: as runs, since a file may have no other rows.
    """

    found: Findings
    runs: deque[range] = field(default_factory=deque)

    def __call__(self, row: Any) -> str:
        value, rule = describe(row.text), uneven_rule(row)
        self.found.add(Violation(field="row", row=row.number, value=value, rule=rule))
        run = self.runs.pop() if self.runs and self.runs[-1].stop == row.number else None
        self.runs.append(range(run.start if run else row.number, row.number + 1))
        return "skip"

    def number(self, first: int, count: int) -> RowNumbers:
        """Number so many rows from a row on, passing over those that are left out."""
        skipped = np.zeros(count, dtype=np.int64)  # before each row; summed up but once
        end = first + count
        while count and self.runs and self.runs[0].start < end:
            run = self.runs.popleft()
            skipped[run.start - (end - count)] = len(run)
            end += len(run)
        rows: RowNumbers = np.arange(first, first + count) + skipped.cumsum()
        return rows


def uneven_rule(row: Any) -> str:
    """Say how many cells a row must have."""
    rule = f"must have {row.expected_columns} cells, not {row.actual_columns}"
    return f"{rule}; {run_on_rule(row.text)}" if "\n" in row.text else rule


def run_on_rule(text: str) -> str:
    """Say that a row takes many lines of the file."""
    lines = text.count("\n") + 1
    return f"takes {lines:,} lines, none of them read: {UNCLOSED}"


def read_csv(path: Path, layout: Layout, size: int, found: Findings | None) -> Iterator[Read]:
    """Read a file as texts; rows that cannot be read end it, or are noted and left out."""
    uneven = None if found is None else Uneven(found)
    empty = empty_lines(path)
    refuse_doubled(path, layout, empty)
    first = FIRST_ROW + empty
    quotes = Quotes(lambda: blocks(path), found)
    for batch, position in batches(path, options(layout, empty, uneven), size):
        if uneven is None:
            rows = np.arange(first, first + batch.num_rows)
        else:
            rows = uneven.number(first, batch.num_rows)
        first = int(rows[-1]) + 1
        part = without_empty(Part(pa.Table.from_batches([batch]), rows))
        part = quotes.check(part if found is None else decoded(part, found), layout.values)
        yield Read(part, first - FIRST_ROW, position)


def refuse_doubled(path: Path, layout: Layout, skip: int) -> None:
    """Refuse a header that names a column twice that is to be read: Arrow takes the first."""
    how = options(layout, skip, Uneven(Findings())) | {"convert_options": None}
    with (
        path.open("rb") as file,
        unpacked(file, path) as stream,
        csv.open_csv(stream, **how) as reader,
    ):
        places = reader.schema.get_all_field_indices  # by name: other names may be no UTF-8
        doubled = [name for name in layout.names if len(places(name)) > 1]
    if doubled:
        raise Invalid(f"the header names column {doubled[0]!r} more than once")


def options(layout: Layout, skip: int, uneven: Uneven | None) -> dict[str, Any]:
    """Return how Arrow is to read: as texts, or as bytes, so that one wrong byte ends nothing."""
    kind = pa.string() if uneven is None else pa.binary()
    return {
        "read_options": csv.ReadOptions(block_size=BLOCK, use_threads=False, skip_rows=skip),
        # empty lines are counted too, or the rows below them would have other numbers
        "parse_options": csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=uneven
        ),
        "convert_options": csv.ConvertOptions(
            include_columns=layout.names,
            column_types=dict.fromkeys(layout.names, kind),
            strings_can_be_null=False,
        ),
    }


def batches(path: Path, how: dict[str, Any], size: int) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Read so many rows at once, and tell how many bytes they and those above them take.

    Arrow reads many blocks ahead, so that where the file stands says nothing of the rows. A batch
    is a block; of a packed file, whose blocks are unpacked ones, all that is known is the place.
    """
    with (
        path.open("rb") as file,
        unpacked(file, path) as stream,
        csv.open_csv(stream, **how) as reader,
    ):
        for number, batch in enumerate(reader):
            for start in range(0, batch.num_rows, size):
                part = batch.slice(start, size)
                blocks = number + (start + part.num_rows) / batch.num_rows
                yield part, min(int(blocks * BLOCK), file.tell())


def unpacked(file: IO[bytes], path: Path) -> Any:
    """Return a stream of the bytes that a packed file stands for."""
    packed = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}.get(path.suffix.lower())
    return pa.CompressedInputStream(file, packed) if packed else file


def blocks(path: Path) -> Iterator[bytes]:
    """Read what a file stands for, so many bytes at once."""
    with path.open("rb") as file, unpacked(file, path) as stream:
        while block := stream.read(BLOCK):
            yield block


def empty_lines(path: Path) -> int:
    """Count the empty lines above the header."""
    with path.open("rb") as file, unpacked(file, path) as stream:
        return leading_empty_lines(stream.read(1 << 16).removeprefix(BYTE_ORDER_MARK))


def leading_empty_lines(head: bytes) -> int:
    """Count the empty lines at the beginning."""
    return len(head[: len(head) - len(head.lstrip(b"\r\n"))].splitlines())


def without_empty(part: Part) -> Part:
    """Leave out the rows that hold nothing: empty lines, and what spreadsheets put at the end."""
    if not pc.any(pc.equal(pc.binary_length(part.table.column(0)), 0)).as_py():
        return part
    filled = [pc.not_equal(pc.binary_length(column), 0) for column in part.table.columns]
    return part.filter(np.logical_or.reduce([column.to_numpy() for column in filled]))


def decoded(part: Part, found: Findings) -> Part:
    """Return bytes as texts; rows that run on or are no UTF-8 are noted and left out."""
    sizes = [pc.binary_length(column).to_numpy() for column in part.table.columns]
    part = leave_out(part, np.maximum.reduce(sizes) > MOST_BYTES, run_on_rule, found)
    texts = pa.schema([(name, pa.string()) for name in part.table.column_names])
    try:
        return replace(part, table=part.table.cast(texts))
    except pa.ArrowInvalid:
        cells = part.table.to_pydict().values()
        wrong = np.array([not all(map(is_utf8, row)) for row in zip(*cells, strict=True)])
        part = leave_out(part, wrong, lambda _: "must be UTF-8", found)
        return replace(part, table=part.table.cast(texts))


def leave_out(part: Part, wrong: Mask, rule: Callable[[str], str], found: Findings) -> Part:
    """Note the rows that are wrong, and return the others."""
    places = np.flatnonzero(wrong)
    violations = (
        Violation(field="row", row=int(part.rows[place]), value=describe(text), rule=rule(text))
        for place, text in ((place, line(part.table, place)) for place in places.tolist())
    )
    found.add_many(len(places), violations)
    return part.filter(~wrong)


def line(table: pa.Table, place: int) -> str:
    """Write a row of bytes about as it stands in the file."""
    return b",".join(column[place].as_py() for column in table.columns).decode(errors="replace")


def is_utf8(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True
