"""Rows of CSV: which of them can be read, each with the number that it has in its file."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dtbase.domain.readings.batches import Mask
from dtbase.domain.readings.findings import Findings, describe
from dtbase.domain.readings.fitting import LONGEST_TEXT
from dtbase.errors import Violation
from dtbase.formats.csv_quotes import UNCLOSED
from dtbase.formats.parts import Part, RowNumbers

FIRST_ROW = 2
"""The number of the first row below a header, which is row 1."""

MOST_BYTES = 4 * LONGEST_TEXT
"""So many bytes the longest text that can be stored may take."""


@dataclass
class Uneven:
    """Rows with more or fewer cells than the header: noted and left out, so the rest can be read.

    Arrow reports such a row before it yields the rows around it, so the numbers are kept until
    then, as runs: a file may consist of nothing else.
    """

    found: Findings
    runs: deque[range] = field(default_factory=deque)

    def __call__(self, row: Any) -> str:
        value, rule = describe(row.text), uneven_rule(row)
        self.found.add(Violation(field="row", row=row.number, value=value, rule=rule))
        if "\n" not in row.text:  # else it may have swallowed good ones
            self.found.lose("", "", [""], [row.text], rule)
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
