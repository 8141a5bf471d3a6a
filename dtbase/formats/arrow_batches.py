"""Readings written as a table: an Arrow stream or Parquet, one row for each reading."""

import struct
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import ipc, parquet

from dtbase.domain.readings.batches import (
    END_OF_TIME,
    FIRST_TIME,
    TIME_RULE,
    Batch,
    Mask,
    Segment,
    Times,
    Values,
)
from dtbase.domain.readings.findings import Findings, describe
from dtbase.domain.registry.stamps import NOTHING_SAID, SAYING, Said, said_in
from dtbase.errors import Invalid, Violation
from dtbase.formats import times, unpacking

COLUMNS = ("sensor", "measure", "time", "value")


def decode_arrow(body: bytes) -> Batch:
    """Read a batch from an Arrow stream with the columns sensor, measure, time and value."""
    try:
        unpacking.refuse_packed(body)
        with ipc.open_stream(body) as stream:
            unpacking.refuse_unreadable(stream.schema)
            table = pa.Table.from_batches(unpacking.within(stream), stream.schema)
    except (pa.ArrowException, OSError, ValueError, struct.error) as error:
        raise Invalid(
            f"the Arrow stream cannot be read: {first_line(error)}", field="body"
        ) from error
    return from_table(table)


def decode_parquet(body: bytes) -> Batch:
    """Read a batch from Parquet with the columns sensor, measure, time and value."""
    try:
        table = parquet_table(body)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Invalid(
            f"the Parquet file cannot be read: {first_line(error)}", field="body"
        ) from error
    return from_table(table)


def parquet_table(body: bytes) -> pa.Table:
    """Read a Parquet file piece by piece; texts stay as dictionaries, which unpack to little."""
    with parquet.ParquetFile(BytesIO(body)) as file:
        unpacking.refuse_many(file.metadata.num_rows)
        unpacking.refuse_unreadable(file.schema_arrow)
        kinds = dict(zip(file.schema_arrow.names, file.schema_arrow.types, strict=True))
    texts = [
        name for name in (*COLUMNS, *SAYING) if name in kinds and pa.types.is_string(kinds[name])
    ]
    with parquet.ParquetFile(BytesIO(body), read_dictionary=texts) as file:
        pieces = file.iter_batches(unpacking.PIECE)
        return pa.Table.from_batches(unpacking.within(pieces), file.schema_arrow)


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def from_table(table: pa.Table) -> Batch:
    """Split a long table into series; rows are counted from 0."""
    check_columns(table)
    return split(table, np.arange(table.num_rows), Findings())


def check_columns(table: pa.Table) -> None:
    """Refuse a table that does not have the four columns; beside them may stand what is said."""
    needed = [name for name in table.column_names if name not in SAYING]
    if sorted(needed) != sorted(COLUMNS) or len({*table.column_names}) < len(table.column_names):
        raise Invalid(
            f"the columns must be {', '.join(COLUMNS)}, not {', '.join(table.column_names)};"
            f" beside them may stand {', '.join(SAYING)}",
            field="body",
        )


def split(
    table: pa.Table, rows: NDArray[np.int64], findings: Findings, *, text: bool = False
) -> Batch:
    """Split a long table into series; `text` says that its values were written as text."""
    keys, which = groups_of(table)
    names = [(key.sensor, key.measure) for key in keys]
    read, valid = times_of(table["time"], Stands(names, which, rows), findings)
    values = values_of(table["value"])
    if not valid.all():
        wrong = np.flatnonzero(~valid)
        given = shown(written_out(table["time"].take(pa.array(wrong))))
        for key, time, value in zip(which[wrong].tolist(), given, values[wrong], strict=True):
            sensor, measure = names[key]
            findings.lose(sensor, measure, [time], [value], times.RULE)
    numbers = numbers_of(table["value"]) if text else None
    segments = []
    for part in parts_of(which, valid):
        key = keys[which[part][0]]
        own = None if numbers is None else numbers[part]
        said = said_of(key, rows[part], findings)
        columns = read[part], values[part], rows[part], text, own
        segments.append(Segment(key.sensor, key.measure, *columns, said=said))
    return Batch(tuple(segments), findings)


def parts_of(which: NDArray[np.int64], valid: Mask) -> list[slice] | list[NDArray[np.intp]]:
    """Return where the valid rows of each series stand; as slices where they stand together."""
    if valid.all() and (np.diff(which) >= 0).all():
        starts = np.flatnonzero(np.diff(which, prepend=-1))
        return [slice(*ends) for ends in pairwise([*starts.tolist(), len(which)])]
    keep = np.flatnonzero(valid)
    order = keep[np.argsort(which[keep], kind="stable")]
    starts = np.flatnonzero(np.diff(which[order], prepend=-1))
    return np.split(order, starts[1:]) if len(order) else []


class Group(NamedTuple):
    """Of which series rows are, and what they say of themselves, by name."""

    sensor: str
    measure: str
    said: dict[str, str]


def groups_of(table: pa.Table) -> tuple[list[Group], NDArray[np.int64]]:
    """Return the distinct series of a table, with what is said, and of which each row is."""
    saying = [name for name in SAYING if name in table.column_names]
    keys: list[tuple[str, ...]] = [()]
    which = np.zeros(table.num_rows, dtype=np.int64)
    for name in ("sensor", "measure", *saying):
        texts, code = codes(table[name], name)
        found, which = numbered(which * len(texts) + code, len(keys) * len(texts))
        keys = [(*keys[at // len(texts)], texts[at % len(texts)]) for at in found.tolist()]
    return [group_of(key, saying) for key in keys], which


def numbered(numbers: NDArray[np.int64], end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which numbers below an end there are, in order, and of which of them each one is."""
    if end > len(numbers):
        return np.unique(numbers, return_inverse=True)
    there = np.zeros(end, dtype=bool)
    there[numbers] = True
    places = np.cumsum(there) - 1
    return np.flatnonzero(there), places[numbers]


def group_of(key: tuple[str, ...], saying: Sequence[str]) -> Group:
    sensor, measure, *said = key
    return Group(
        sensor, measure, {name: each for name, each in zip(saying, said, strict=True) if each}
    )


def said_of(group: Group, rows: NDArray[np.int64], findings: Findings) -> Said:
    """Read what rows say of themselves, or note what is wrong with it."""
    try:
        return said_in(group.said)
    except Invalid as error:
        series = f"{group.sensor}/{group.measure}"
        for each in error.violations:
            field = each["field"].removesuffix(".at").removeprefix("stamps.")
            findings.add(Violation(field=field, series=series, row=int(rows[0]), rule=each["rule"]))
        return NOTHING_SAID


def codes(column: pa.ChunkedArray, name: str = "a name") -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct texts of a column and the place of each row's among them."""
    try:
        texts = pc.fill_null(pc.cast(column, pa.string()), "")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise Invalid(f"{name} must be texts", field="body") from error
    encoded = texts.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


class Stands(NamedTuple):
    """Of which series each row of a table is, and its number in what the user sent."""

    names: list[tuple[str, str]]
    which: NDArray[np.int64]
    rows: NDArray[np.int64]

    def series(self, place: int) -> str:
        """Write the name of a row's series."""
        return "/".join(self.names[self.which[place]])


def times_of(column: pa.ChunkedArray, stand: Stands, findings: Findings) -> tuple[Times, Mask]:
    """Read the time column: texts with an offset, or timestamps with a zone."""
    column = written_out(column)
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return timestamps_of(column, stand, findings)
    if pa.types.is_string(kind) and column.null_count == 0:
        try:
            read = pc.cast(column, times.UTC_MICROSECONDS)
            return times.to_numpy(read), np.ones(len(column), dtype=bool)
        except pa.ArrowInvalid:
            pass
    series = [stand.series(place) for place in range(len(column))]
    return times.read_one_by_one(shown(column), series, stand.rows, findings)


def timestamps_of(column: pa.ChunkedArray, stand: Stands, findings: Findings) -> tuple[Times, Mask]:
    """Read timestamps with a zone: held to their range in their own unit, where none overflows."""
    given, absent = column.to_numpy(), column.is_null().to_numpy()
    first, end = FIRST_TIME.astype(given.dtype), END_OF_TIME.astype(given.dtype)
    valid = (given >= first) & (given < end)
    wrong = np.flatnonzero(~valid)
    violations = (
        Violation(
            field="times",
            series=stand.series(int(place)),
            row=int(stand.rows[place]),
            value="None" if absent[place] else instant(given[place]),
            rule=times.RULE if absent[place] else TIME_RULE,
        )
        for place in wrong
    )
    findings.add_many(len(wrong), violations)
    return np.where(valid, given, first).astype(FIRST_TIME.dtype), valid


def instant(time: np.datetime64) -> str:
    """Show a timestamp; numpy takes the least that 64 bits hold for no time at all."""
    if not np.isnat(time):
        return describe(time)
    unit, _ = np.datetime_data(time.dtype)
    return f"{np.iinfo(np.int64).min} {unit} since 1970-01-01T00:00:00Z"


def written_out(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column without its dictionary."""
    kind = column.type
    return pc.cast(column, kind.value_type) if pa.types.is_dictionary(kind) else column


def shown(column: pa.ChunkedArray) -> list[object]:
    """Return times as they were written; Python has no date for what lies far out."""
    kind = column.type
    if pa.types.is_nested(kind):
        return [str(kind)] * len(column)
    return list((pc.cast(column, pa.string()) if is_unbounded(kind) else column).to_pylist())


def is_unbounded(kind: pa.DataType) -> bool:
    """Tell whether a type holds times that Python's do not reach."""
    is_any_of = (pa.types.is_timestamp, pa.types.is_date, pa.types.is_duration)
    return any(is_one(kind) for is_one in is_any_of)


def numbers_of(column: pa.ChunkedArray) -> NDArray[np.float64] | None:
    """Return a column of texts as numbers, if all of them are."""
    try:
        numbers: NDArray[np.float64] = pc.cast(column, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers


def from_decimal(number: Decimal | None) -> int | float | None:
    """Return a decimal number, as databases write them, as the nearest that a measure takes."""
    if number is None:
        return None
    whole = int(number)
    return whole if whole == number else float(number)


def values_of(column: pa.ChunkedArray) -> Values:
    """Return the value column as numpy holds it: of one type, or objects."""
    column = written_out(column)
    kind = column.type
    if pa.types.is_temporal(kind) or pa.types.is_nested(kind):
        raise Invalid(f"value must hold numbers, truth values or texts, not {kind}", field="body")
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    if numeric and column.null_count == 0:
        whole: Values = column.to_numpy()
        return whole
    values = np.empty(len(column), dtype=object)
    if pa.types.is_decimal(kind):
        values[:] = [from_decimal(number) for number in column.to_pylist()]
        return values
    texts = pa.types.is_string(kind)  # others become numpy's own types, which nobody expects
    values[:] = column.to_numpy() if texts else column.to_pylist()
    return values
