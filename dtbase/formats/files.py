"""Files of readings, however large, in pieces of bounded size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, ipc, parquet

from dtbase.domain.readings.batches import Findings
from dtbase.errors import Invalid
from dtbase.formats import times
from dtbase.formats.arrow_batches import first_line
from dtbase.formats.csv_files import BLOCK, read_csv
from dtbase.formats.csv_files import FIRST_ROW as FIRST_CSV_ROW
from dtbase.formats.csv_quotes import UNCLOSED
from dtbase.formats.file_layouts import Layout, Part, Read, RowNumbers, long_parts

CSV, ARROW = "text/csv", "application/vnd.apache.arrow.stream"
FIRST_PARQUET_ROW = 1
"""The number of a Parquet file's first row; a CSV file's header is row 1."""


@dataclass(frozen=True)
class Body:
    """What one request pushes, and the file's row that each of its readings came from."""

    content: bytes
    content_type: str
    rows: RowNumbers

    def row_of(self, row: int) -> int:
        """Return the file's row for the row that the API names."""
        return int(self.rows_of(np.array([row]))[0])

    def rows_of(self, rows: RowNumbers) -> RowNumbers:
        """Return the file's rows for rows that the API names."""
        return self.rows[rows - (FIRST_CSV_ROW if self.content_type == CSV else 0)]


@dataclass(frozen=True)
class Piece:
    """Some rows of a file; `end` counts the rows up to its last, `position` the bytes read."""

    bodies: tuple[Body, ...]
    end: int
    position: int


def is_parquet(path: Path) -> bool:
    """Tell a Parquet file by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def pieces(
    path: Path, layout: Layout, done: int, size: int, found: Findings | None = None
) -> Iterator[Piece]:
    """Read a file from a number of rows on, so many readings at once.

    What is wrong with a row's cells or local time ends it, unless there is somewhere to note it.
    """
    size = max(size // layout.readings_per_row, 1)
    with refusing_damage(layout):
        as_text = not is_parquet(path)
        first = FIRST_CSV_ROW if as_text else FIRST_PARQUET_ROW
        read = read_csv(path, layout, size, found) if as_text else read_parquet(path, layout, size)
        for some in read:
            if some.end > done:
                new = some.part.filter(some.part.rows >= done + first)
                parts = long_parts(new, layout, found)
                yield Piece(tuple(body(part, as_text) for part in parts), some.end, some.position)


@contextmanager
def refusing_damage(layout: Layout) -> Iterator[None]:
    """Say in a sentence why a file cannot be read."""
    try:
        yield
    except (pa.ArrowException, KeyError, OSError) as error:
        raise Invalid(f"it cannot be read: {reason(error, layout)}") from error


def reason(error: Exception, layout: Layout) -> str:
    """Say what Arrow says, or what it means."""
    said = first_line(error)
    if "straddl" in said:
        return f"a row takes more than {BLOCK >> 20} MiB: {UNCLOSED}"
    if "include_columns" in said:
        name = said.split("'")[1]
        return f"the header names no column {name!r}; {layout.advice(name)}commas part the columns"
    return said


def read_parquet(path: Path, layout: Layout, size: int) -> Iterator[Read]:
    """Read a Parquet file in its own types."""
    with parquet.ParquetFile(
        path,
        pre_buffer=False,
        buffer_size=BLOCK,
        coerce_int96_timestamp_unit="us",  # nanoseconds end in 2262, and begin again in 1677
    ) as file:
        missing = [name for name in layout.names if name not in file.schema_arrow.names]
        if missing:
            advice = layout.advice(missing[0]).removesuffix("; ")
            raise Invalid(
                "; ".join(filter(None, [f"it has no column {', '.join(missing)}", advice]))
            )
        total, bytes_ = max(file.metadata.num_rows, 1), path.stat().st_size
        done = 0
        for batch in file.iter_batches(size, columns=layout.names):
            batch.validate(full=True)  # texts may be no UTF-8
            rows = np.arange(done, done + batch.num_rows) + FIRST_PARQUET_ROW
            done += batch.num_rows
            part = Part(pa.Table.from_batches([batch]), rows)
            yield Read(part, done, bytes_ * done // total)


def body(part: Part, as_text: bool) -> Body:
    """Write readings as the API reads them: texts as CSV, whatever has a type as Arrow."""
    sink = BytesIO()
    if as_text:
        csv.write_csv(as_written(part.table), sink)
        return Body(sink.getvalue(), CSV, part.rows)
    with ipc.new_stream(sink, part.table.schema) as stream:
        stream.write_table(part.table)
    return Body(sink.getvalue(), ARROW, part.rows)


def as_written(table: pa.Table) -> pa.Table:
    """Return the table with times as texts."""
    if not pa.types.is_timestamp(table.schema.field("time").type):
        return table
    place = table.schema.get_field_index("time")
    return table.set_column(place, "time", times.to_texts(table["time"]))
