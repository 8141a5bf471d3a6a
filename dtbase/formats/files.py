"""Files of readings, however large, in pieces of bounded size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, ipc, parquet

from dtbase.errors import Invalid
from dtbase.formats.arrow_batches import first_line
from dtbase.formats.file_layouts import Layout, Part, RowNumbers, long_parts

BLOCK = 1 << 21
"""Bytes of a file that are read at once."""

CSV, ARROW = "text/csv", "application/vnd.apache.arrow.stream"
FIRST_CSV_ROW, FIRST_PARQUET_ROW = 2, 1
"""The number of a file's first row: a CSV file's header is row 1."""


@dataclass(frozen=True)
class Body:
    """What one request pushes, and the file's row that each of its readings came from."""

    content: bytes
    content_type: str
    rows: RowNumbers

    def row_of(self, row: int) -> int:
        """Return the file's row for the row that the API names."""
        first = FIRST_CSV_ROW if self.content_type == CSV else 0
        return int(self.rows[row - first])


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


def pieces(path: Path, layout: Layout, done: int, size: int) -> Iterator[Piece]:
    """Read a file from a number of rows on, so many rows at once."""
    read = parquet_batches if is_parquet(path) else csv_batches
    first = FIRST_PARQUET_ROW if is_parquet(path) else FIRST_CSV_ROW
    end = 0
    with refusing_damage():
        for batch, position in read(path, layout, size):
            start, end = end, end + batch.num_rows
            if end <= done:
                continue
            table = pa.Table.from_batches([batch.slice(max(done - start, 0))])
            rows = np.arange(end - table.num_rows, end) + first
            parts = long_parts(table, rows, layout)
            yield Piece(tuple(body(part, first == FIRST_CSV_ROW) for part in parts), end, position)


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Say in a sentence why a file cannot be read."""
    try:
        yield
    except (pa.ArrowException, KeyError) as error:
        raise Invalid(f"it cannot be read: {first_line(error)}") from error


Batches = Iterator[tuple[pa.RecordBatch, int]]


def csv_batches(path: Path, layout: Layout, size: int) -> Batches:
    """Read a CSV file, packed or not, as texts."""
    convert = csv.ConvertOptions(
        include_columns=layout.names,
        column_types=dict.fromkeys(layout.names, pa.string()),
        strings_can_be_null=False,
    )
    with path.open("rb") as file, unpacked(file, path) as stream:
        reader = csv.open_csv(
            stream,
            read_options=csv.ReadOptions(block_size=BLOCK, use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=convert,
        )
        for batch in reader:
            for start in range(0, batch.num_rows, size):
                yield batch.slice(start, size), file.tell()


def unpacked(file: IO[bytes], path: Path) -> Any:
    """Return a stream of the bytes that a packed file stands for."""
    packed = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}.get(path.suffix.lower())
    return pa.CompressedInputStream(file, packed) if packed else file


def parquet_batches(path: Path, layout: Layout, size: int) -> Batches:
    """Read a Parquet file in its own types."""
    with parquet.ParquetFile(path, pre_buffer=False, buffer_size=BLOCK) as file:
        missing = [name for name in layout.names if name not in file.schema_arrow.names]
        if missing:
            raise Invalid(f"it has no column {', '.join(missing)}")
        total, bytes_ = max(file.metadata.num_rows, 1), path.stat().st_size
        done = 0
        for batch in file.iter_batches(size, columns=layout.names):
            done += batch.num_rows
            yield batch, bytes_ * done // total


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
    column = table["time"]
    if not pa.types.is_timestamp(column.type):
        return table
    texts = pa.compute.strftime(
        pa.compute.cast(column, pa.timestamp("us", "UTC")), format="%Y-%m-%dT%H:%M:%SZ"
    )
    return table.set_column(table.schema.get_field_index("time"), "time", texts)
