"""How much a table may unpack to: a few kilobytes of Parquet or Arrow can hold gigabytes."""

import struct
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from dtbase.errors import Invalid, TooLarge

MOST_ROWS = 5_000_000
"""So many readings may come in one body."""

MOST_BYTES = 512 * 1024 * 1024
"""So much memory may the columns of one body take."""

PIECE = 65_536
"""So many rows of a file are unpacked at a time."""

PACKED = (
    "the Arrow stream has compressed buffers; write them plain, and compress the body as a whole"
    " (Content-Encoding: zstd)"
)
HEADER, DATA, COMPRESSION = 2, 1, 3
"""Where Arrow's format keeps a message's header, a dictionary's data, a batch's compression."""


def refuse_many(rows: int) -> None:
    """Refuse more readings than one body may bring."""
    if rows > MOST_ROWS:
        raise TooLarge(f"a body may bring at most {MOST_ROWS:,} readings; this one has {rows:,}")


def within(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pass batches on, until they are more than one body may bring."""
    rows = size = 0
    for batch in batches:
        batch.validate(full=True)  # before a look at what it says it holds, which may crash
        rows += batch.num_rows
        size += sum(map(unpacked, batch.columns))
        refuse_many(rows)
        if size > MOST_BYTES:
            raise TooLarge(f"the unpacked readings may take at most {MOST_BYTES:,} bytes")
        yield batch


def refuse_unreadable(schema: pa.Schema) -> None:
    """Raise UnicodeDecodeError if names of columns or of zones are no UTF-8."""
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        _ = field.name, pa.types.is_timestamp(kind) and kind.tz


def unpacked(column: pa.Array) -> int:
    """Return the bytes of a column, its dictionary written out."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    kind = column.dictionary.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return int(column.nbytes) + 8 * len(column)
    longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
    return int(column.nbytes) + len(column) * longest


def refuse_packed(body: bytes) -> None:
    """Refuse an Arrow stream whose buffers are compressed: their size shows too late."""
    for message in ipc.MessageReader.open_stream(body):
        if message.type in {"record batch", "dictionary"} and is_packed(message):
            raise Invalid(PACKED, field="body")


def is_packed(message: pa.ipc.Message) -> bool:
    """Tell whether the buffers of a batch are compressed, by the flatbuffer that describes it."""
    buffer = message.metadata.to_pybytes()
    (root,) = struct.unpack_from("<I", buffer, 0)
    batch = follow(buffer, place_of(buffer, root, HEADER))
    if message.type == "dictionary":
        batch = follow(buffer, place_of(buffer, batch, DATA))
    return place_of(buffer, batch, COMPRESSION) != 0


def place_of(buffer: bytes, table: int, field: int) -> int:
    """Return where a field of a flatbuffer's table stands; 0 if it is not there."""
    (back,) = struct.unpack_from("<i", buffer, table)
    (size,) = struct.unpack_from("<H", buffer, table - back)
    slot = 4 + 2 * field
    if slot >= size:
        return 0
    (offset,) = struct.unpack_from("<H", buffer, table - back + slot)
    return table + offset if offset else 0


def follow(buffer: bytes, place: int) -> int:
    """Return where a field that refers to another table leads."""
    (offset,) = struct.unpack_from("<I", buffer, place)
    return place + int(offset)
