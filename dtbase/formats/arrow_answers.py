"""Tables as an Arrow stream or as Parquet, written batch by batch."""

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
from pyarrow import ipc, parquet

from dtbase.domain.readings.answers import Format
from dtbase.formats import csv_answers

CELLS_OF_GROUP = 1_000_000
"""Cells of one row group: what Parquet holds in memory, and what its readers skip at once."""

Batches = Iterable[pa.RecordBatch]


class Outlet:
    """A file whose writer's bytes are taken away as they come."""

    def __init__(self) -> None:
        self.closed = False
        self._held: list[bytes] = []
        self._written = 0

    def write(self, piece: bytes) -> int:
        """Keep some bytes."""
        self._held.append(bytes(piece))
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._written

    def flush(self) -> None:
        """Have nothing to flush."""

    def close(self) -> None:
        """Have nothing to close."""

    def take(self) -> bytes:
        """Return the bytes written since the last time."""
        taken = b"".join(self._held)
        self._held.clear()
        return taken


def stream(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Write an Arrow stream."""
    outlet = Outlet()
    with ipc.new_stream(pa.PythonFile(outlet, "w"), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield outlet.take()
    yield outlet.take()


def file(schema: pa.Schema, batches: Batches) -> Iterator[bytes]:
    """Write a Parquet file, compressed inside."""
    outlet = Outlet()
    with parquet.ParquetWriter(pa.PythonFile(outlet, "w"), schema, compression="zstd") as writer:
        for group in groups(batches, CELLS_OF_GROUP // len(schema)):
            writer.write_table(pa.Table.from_batches(group))
            yield outlet.take()
    yield outlet.take()


def groups(batches: Batches, rows: int) -> Iterator[list[pa.RecordBatch]]:
    """Gather batches until they have so many rows."""
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(map(len, group)) >= rows:
            yield group
            group = []
    if group:
        yield group


ENCODERS: dict[Format, Callable[[pa.Schema, Batches], Iterator[bytes]]] = {
    Format.CSV: csv_answers.encode,
    Format.ARROW: stream,
    Format.PARQUET: file,
}
"""How each format is written that is a table."""
