"""Request bodies: which decoder reads them, and how they are unpacked."""

from collections.abc import Callable
from io import BytesIO

import pyarrow as pa

from dtbase.domain.readings.batches import Batch
from dtbase.errors import Invalid, TooLarge
from dtbase.formats import arrow_batches, csv_batches, json_batches

DECODERS: dict[str, Callable[[bytes], Batch]] = {
    "application/json": json_batches.decode,
    "text/csv": csv_batches.decode,
    "application/vnd.apache.arrow.stream": arrow_batches.decode_arrow,
    "application/vnd.apache.parquet": arrow_batches.decode_parquet,
}

ENCODINGS = ("gzip", "zstd")
CHUNK = 1 << 20


def decode(body: bytes, content_type: str) -> Batch:
    """Read the readings of a body according to its content type."""
    kind = content_type.partition(";")[0].strip().lower() or "application/json"
    decoder = DECODERS.get(kind)
    if decoder is None:
        raise Invalid(
            f"content type {kind!r} is not one of {', '.join(DECODERS)}", field="Content-Type"
        )
    return decoder(body)


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a body's content encoding, up to a limit of bytes."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in ENCODINGS:
        raise Invalid(
            f"content encoding {encoding!r} is not one of {', '.join(ENCODINGS)}",
            field="Content-Encoding",
        )
    try:
        return read_within(pa.CompressedInputStream(BytesIO(body), encoding), limit)
    except OSError as error:
        raise Invalid(f"the body is not {encoding}: {error}", field="body") from error


def read_within(stream: pa.CompressedInputStream, limit: int) -> bytes:
    """Read a stream to its end, or refuse when it grows over the limit."""
    out = bytearray()
    while chunk := stream.read(CHUNK):
        out += chunk
        if len(out) > limit:
            raise TooLarge(f"the unpacked body may have at most {limit} bytes")
    return bytes(out)
