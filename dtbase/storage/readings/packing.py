"""What an import stores, written as an Arrow stream and read again."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dtbase.storage.readings.import_parts import Part, empty, objects
from dtbase.storage.readings.rows import Rows, micros


def pack(part: Part) -> bytes:
    """Write a part as an Arrow stream in zstd; columns without anything are left out."""
    rows, before = part.rows, part.before
    columns = {
        "series_id": pa.array(rows.series_id, pa.int32()),
        "step": pa.array(np.diff(micros(rows.time), prepend=0), pa.int64()),
        "value": pa.array(rows.value, pa.float64()),
        "whole": wholes(rows),
        "text": texts(rows),
    }
    if part.replaced.any():
        columns |= {
            "replaced": pa.array(part.replaced, pa.bool_()),
            "value_before": pa.array(before.value, pa.float64()),
            "whole_before": wholes(before),
            "text_before": texts(before),
        }
    table = pa.table({name: column for name, column in columns.items() if column is not None})
    sink = pa.BufferOutputStream()
    with (
        pa.CompressedOutputStream(sink, "zstd") as stream,
        pa.ipc.new_stream(stream, table.schema) as writer,
    ):
        writer.write_table(table)
    return bytes(sink.getvalue())


def wholes(rows: Rows) -> pa.Array | None:
    return None if rows.whole is None else pa.array(rows.whole.tolist(), pa.int64())


def texts(rows: Rows) -> pa.Array | None:
    return None if rows.text is None else pa.array(rows.text.tolist(), pa.string())


def unpack(content: bytes) -> Part:
    """Read a part again."""
    with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
        table = pa.ipc.open_stream(stream).read_all()

    def column(name: str) -> NDArray[Any] | None:
        found = table.column(name).to_pylist() if name in table.column_names else None
        return None if found is None else objects(found)

    def numbers(name: str) -> NDArray[Any]:
        found: NDArray[Any] = table.column(name).combine_chunks().to_numpy(zero_copy_only=False)
        return found

    ids = numbers("series_id")
    times = np.cumsum(numbers("step")).astype("datetime64[us]")
    rows = Rows(ids, times, numbers("value"), column("whole"), column("text"))
    if "replaced" not in table.column_names:
        return Part(rows, np.zeros(len(rows), dtype=bool), empty(rows))
    before = Rows(
        ids, times, numbers("value_before"), column("whole_before"), column("text_before")
    )
    return Part(rows, numbers("replaced").astype(bool), before)
