"""Tables as CSV: times in ISO 8601 with the offset of their zone, missing values empty."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SPECIAL = '[",\r\n]'
DAY = 86_400
SECOND = 1_000_000


def encode(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Write a header and the rows of each batch."""
    head = lines([quoted(pa.array([name])) for name in schema.names])
    zone = ZoneInfo(schema.field("time").type.tz)
    for batch in batches:
        yield head + lines([texts_of(column, zone) for column in batch.columns])
        head = b""
    if head:
        yield head


def lines(columns: list[pa.Array]) -> bytes:
    """Join columns of texts to lines; the joined array's memory is the text itself."""
    ends = [","] * (len(columns) - 1) + ["\n"]
    parts = [part for pair in zip(columns, ends, strict=True) for part in pair]
    joined = pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")
    text: bytes = joined.buffers()[2].to_pybytes()
    return text


def texts_of(column: pa.Array, zone: ZoneInfo) -> pa.Array:
    """Return a column as it is written; null stays null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return quoted(column.dictionary).take(column.indices)
    if pa.types.is_timestamp(kind):
        return iso(column.view(pa.int64()).to_numpy(), zone)
    return quoted(column) if pa.types.is_string(kind) else column.cast(pa.string())


def quoted(texts: pa.Array) -> pa.Array:
    """Put texts in quotes that would break the table without them, and those that are empty."""
    special = pc.or_(pc.match_substring_regex(texts, SPECIAL), pc.equal(texts, ""))
    if not pc.any(special).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def iso(microseconds: NDArray[np.int64], zone: ZoneInfo) -> pa.Array:
    """Write times of microseconds since 1970 in a zone; UTC is Z."""
    seconds, fraction = np.divmod(microseconds, SECOND)
    utc = zone.key == "UTC"
    offsets = None if utc else offsets_of(seconds, zone)
    local = seconds if offsets is None else seconds + offsets
    clock = pa.array(local.astype("datetime64[s]")).cast(pa.string())
    parts = [pc.utf8_replace_slice(clock, 10, 11, "T")]
    if fraction.any():
        digits = pc.utf8_lpad(pa.array(fraction).cast(pa.string()), 6, "0")
        parts.append(
            pc.if_else(pa.array(fraction == 0), "", pc.binary_join_element_wise(".", digits, ""))
        )
    parts.append("Z" if offsets is None else offset_texts(offsets))
    return pc.binary_join_element_wise(*parts, "")


def offsets_of(seconds: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return the offsets of a zone, in seconds, at times in seconds since 1970.

    They are looked up once a day; only on days on which the clocks change, time by time.
    """
    days, day_of = np.unique(seconds // DAY, return_inverse=True)
    first, last = lookup(days * DAY, zone), lookup((days + 1) * DAY, zone)
    offsets = first[day_of]
    changing = (first != last)[day_of]
    offsets[changing] = lookup(seconds[changing], zone)
    return offsets


def lookup(seconds: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return the offset of a zone at each time, one by one."""
    found = [
        datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset() or timedelta()
        for second in seconds.tolist()
    ]
    return np.array([offset.total_seconds() for offset in found], dtype=np.int64)


def offset_texts(offsets: NDArray[np.int64]) -> pa.Array:
    """Write offsets as +HH:MM, with seconds where a zone has them."""
    distinct, which = np.unique(offsets, return_inverse=True)
    return pa.array([offset_text(int(offset)) for offset in distinct]).take(pa.array(which))


def offset_text(offset: int) -> str:
    minutes, seconds = divmod(abs(offset), 60)
    sign = "-" if offset < 0 else "+"
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
