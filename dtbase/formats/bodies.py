"""Request bodies: which decoder reads them, and how they are unpacked."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pyarrow as pa

from dtbase.domain.readings.batches import Batch
from dtbase.errors import Invalid, TooLarge
from dtbase.formats import arrow_batches, csv_batches, json_batches

JSON = "application/json"
DECODERS: dict[str, Callable[[bytes], Batch]] = {
    JSON: json_batches.decode,
    "text/csv": csv_batches.decode,
    "application/vnd.apache.arrow.stream": arrow_batches.decode_arrow,
    "application/vnd.apache.parquet": arrow_batches.decode_parquet,
}

ENCODINGS = ("gzip", "zstd")
CHUNK = 1 << 20


def kind_of(content_type: str) -> str:
    """Return the media type that a header names; by default JSON."""
    return content_type.partition(";")[0].strip().lower() or JSON


def decode(body: bytes, content_type: str) -> Batch:
    """Read the readings of a body according to its content type."""
    kind = kind_of(content_type)
    decoder = DECODERS.get(kind)
    if decoder is None:
        raise Invalid(
            f"content type {kind!r} is not one of {', '.join(DECODERS)}", field="Content-Type"
        )
    return decoder(body)


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo a body's content encoding, up to a limit of bytes."""
    if is_plain(encoding):
        return body
    return b"".join(unpacked_pieces(body, encoding, limit))


def unpacked_pieces(body: bytes, encoding: str, limit: int) -> Iterator[bytes]:
    """Undo a body's content encoding piece by piece, or refuse when it grows over the limit."""
    if is_plain(encoding):
        for start in range(0, len(body), CHUNK):
            yield body[start : start + CHUNK]
        return
    name = encoding.strip().lower()
    if name not in ENCODINGS:
        raise Invalid(
            f"content encoding {name!r} is not one of {', '.join(ENCODINGS)}",
            field="Content-Encoding",
        )
    try:
        yield from within(pa.CompressedInputStream(BytesIO(body), name), limit)
    except OSError as error:
        raise Invalid(f"the body is not {name}: {error}", field="body") from error


def is_plain(encoding: str) -> bool:
    """Tell whether an encoding changes nothing."""
    return encoding.strip().lower() in {"", "identity"}


def within(stream: pa.CompressedInputStream, limit: int) -> Iterator[bytes]:
    """Read a stream to its end, or refuse when it grows over the limit."""
    total = 0
    while chunk := stream.read(CHUNK):
        total += len(chunk)
        if total > limit:
            raise TooLarge(f"the unpacked body may have at most {limit} bytes")
        yield chunk
