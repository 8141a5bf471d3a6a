"""What a body will take in memory once it is read, told from its bytes before it is."""

from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from dtbase.errors import Invalid, TooLarge
from dtbase.formats.bodies import JSON, is_plain, unpacked_pieces
from dtbase.formats.unpacking import MOST_BYTES

DEEPEST = 64
"""So many lists and objects may stand inside each other."""


class Most(NamedTuple):
    """The most that a body may hold, where its size does not tell what reading it costs."""

    containers: int
    names: int
    values: int


READINGS = Most(containers=2_000_000, names=12_000_000, values=12_000_000)
"""One object, four names and a few commas for each reading of 64 MB, short ones, are half of it."""

THINGS = Most(containers=200_000, names=500_000, values=2_000_000)
"""What brings other things is read beside requests that wait for it: for tenths of a second."""

CONTAINER = 240
VALUE = 64
"""Bytes of a JSON object, and of a value, as Python holds them."""

CSV_TIMES = 8
ARROW_TIMES = 5
PARQUET_ROW = 100

Letters = NDArray[np.uint8]
QUOTE, COMMA, COLON = b'",:'
OPENING, CLOSING = b"[{", b"]}"
OTHERS = bytes(sorted(set(range(256)) - {QUOTE, COMMA, COLON, *OPENING, *CLOSING}))
"""What is left out before anything is counted: most of a body."""

STEPS = np.zeros(128, np.int8)
STEPS[[*OPENING]], STEPS[[*CLOSING]] = 1, -1
"""By how much a bracket leads deeper."""

FLAT = bytes([COMMA, COLON])
"""What leads nowhere."""


def weigh(body: bytes, encoding: str, kind: str, limit: int) -> int:
    """Return the bytes that reading a body may take, or refuse it by its size, depth or count."""
    if kind == "application/vnd.apache.parquet" and is_plain(encoding):
        return len(body) + min(PARQUET_ROW * rows_of(body), MOST_BYTES)
    if kind == JSON:
        return weigh_json(unpacked_pieces(body, encoding, limit))
    size = sum(map(len, unpacked_pieces(body, encoding, limit)))
    return size * (CSV_TIMES if kind == "text/csv" else ARROW_TIMES)


def rows_of(body: bytes) -> int:
    """Return the rows that a Parquet file says it has; what is no Parquet has none."""
    try:
        return int(parquet.read_metadata(BytesIO(body)).num_rows)
    except (pa.ArrowException, OSError, ValueError):
        return 0


def weigh_json(pieces: Iterable[bytes]) -> int:
    """Return what the values of JSON take, or refuse what is too deep or too much."""
    scales = JsonScales()
    for piece in pieces:
        scales.add(piece)
    return scales.weight


class JsonScales:
    """Weighs JSON piece by piece, as it comes in.

    Only what stands outside of texts counts. What is no JSON is weighed as if it were.
    """

    def __init__(self, most: Most = READINGS) -> None:
        self._most = most
        self._held = Most(0, 0, 0)
        self._size = self._depth = 0
        self._texts = Texts()

    def add(self, piece: bytes) -> None:
        """Weigh one more piece, or refuse the whole for it."""
        self._size += len(piece)
        marks = self._texts.left_out(piece)
        if not len(marks):
            return
        steps = STEPS[np.frombuffer(marks.tobytes().translate(None, FLAT), np.uint8)]
        depths = self._depth + np.cumsum(steps, dtype=np.int32)
        containers, names, values = self._held
        self._held = Most(
            containers + int(np.count_nonzero(steps > 0)),
            names + int(np.count_nonzero(marks == COLON)),
            values + int(np.count_nonzero(marks == COMMA)),
        )
        refuse_crowded(int(depths.max(initial=self._depth)), self._held, self._most)
        self._depth += int(steps.sum())

    @property
    def weight(self) -> int:
        """Return the bytes that reading all of it may take."""
        return 2 * self._size + CONTAINER * self._held.containers + VALUE * self._held.values


def refuse_crowded(depth: int, held: Most, most: Most) -> None:
    """Refuse what would cost more than a body may."""
    if depth > DEEPEST:
        rule = f"lists and objects may stand {DEEPEST} deep inside each other"
        raise Invalid(f"the body is nested too deeply: {rule}", field="body")
    if any(count > limit for count, limit in zip(held, most, strict=True)):
        raise TooLarge(
            f"a body may have at most {most.containers:,} lists and objects,"
            f" {most.names:,} names and {most.values:,} values"
        )


class Texts:
    """Knows from piece to piece whether a text goes on."""

    def __init__(self) -> None:
        self._inside = False
        self._rest = b""

    def left_out(self, piece: bytes) -> Letters:
        """Return the marks outside of texts, whatever brackets are written inside."""
        whole = self._rest + piece
        kept = whole.rstrip(b"\\")  # an escape that goes on in the next piece is left to it
        self._rest = whole[len(kept) :]
        plain = kept.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in kept else kept
        marks = np.frombuffer(plain.translate(None, OTHERS), np.uint8)
        if not len(marks):
            return marks
        within = np.logical_xor.accumulate(marks == QUOTE) ^ self._inside
        self._inside = bool(within[-1])
        outside: Letters = marks[~within]
        return outside
