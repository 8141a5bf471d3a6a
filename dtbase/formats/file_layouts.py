"""How a file holds readings: one row for each, or one column for each series."""

from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dtbase.domain.series import SeriesKey
from dtbase.errors import Invalid, Violation
from dtbase.formats import times
from dtbase.formats.arrow_batches import COLUMNS

Ambiguous = Literal["refuse", "earliest", "latest"]
RowNumbers = NDArray[np.int64]

NAIVE = "has no offset from UTC: say --timezone, such as --timezone Europe/London"


@dataclass(frozen=True)
class Layout:
    """Which columns of a file to read, and the zone of times that name none."""

    time: str = "time"
    columns: dict[str, SeriesKey] = field(default_factory=dict)
    timezone: ZoneInfo | None = None
    ambiguous: Ambiguous = "refuse"

    @property
    def names(self) -> list[str]:
        """Return the columns that are read."""
        if self.columns:
            return [self.time, *self.columns]
        return [self.time if name == "time" else name for name in COLUMNS]

    def rename(self, table: pa.Table) -> pa.Table:
        """Return a long table with the names that the API knows."""
        return table.select(self.names).rename_columns(list(COLUMNS))


@dataclass(frozen=True)
class Part:
    """Some readings in long form, and the file's row that each came from."""

    table: pa.Table
    rows: RowNumbers


def long_parts(table: pa.Table, rows: RowNumbers, layout: Layout) -> list[Part]:
    """Return the readings of some rows of a file, columns of one type together."""
    located = locate(table, rows, layout)
    if not layout.columns:
        return [Part(layout.rename(located), rows)]
    by_type: dict[pa.DataType, list[Part]] = {}
    for name, key in layout.columns.items():
        part = unpivot(located, rows, layout.time, name, key)
        if len(part.rows):
            by_type.setdefault(part.table.schema.field("value").type, []).append(part)
    return [join(parts) for parts in by_type.values()]


def unpivot(table: pa.Table, rows: RowNumbers, time: str, name: str, key: SeriesKey) -> Part:
    """Return the readings of one column; empty cells are left out."""
    values = table[name]
    there = filled(values)
    kept = values.filter(there)
    columns = {
        "sensor": pa.repeat(pa.scalar(key.sensor), len(kept)),
        "measure": pa.repeat(pa.scalar(key.measure), len(kept)),
        "time": table[time].filter(there),
        "value": kept,
    }
    return Part(pa.table(columns), rows[there.to_numpy(zero_copy_only=False)])


def filled(values: pa.ChunkedArray) -> Any:
    """Tell for each cell whether it holds something."""
    there = pc.invert(pc.is_null(values, nan_is_null=pa.types.is_floating(values.type)))
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        there = pc.and_(there, pc.fill_null(pc.not_equal(values, ""), False))
    return there.combine_chunks() if isinstance(there, pa.ChunkedArray) else there


def join(parts: list[Part]) -> Part:
    """Put parts under each other."""
    return Part(
        pa.concat_tables([part.table for part in parts]),
        np.concatenate([part.rows for part in parts]),
    )


def locate(table: pa.Table, rows: RowNumbers, layout: Layout) -> pa.Table:
    """Return the table with times that name their offset."""
    column = table[layout.time]
    kind = column.type
    if layout.timezone is None:
        if pa.types.is_timestamp(kind) and kind.tz is None:
            raise Invalid(f"column {layout.time} {NAIVE}", field="time")
        return table
    if pa.types.is_date(kind):
        column = pc.cast(column, pa.timestamp("us"))
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = read_local(column)
    if not pa.types.is_timestamp(column.type):
        return table
    if column.type.tz is None:
        column = to_zone(column, rows, layout)
    return table.set_column(table.schema.get_field_index(layout.time), layout.time, column)


def read_local(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read texts as local times, or leave them to the API, which says what is wrong with them."""
    for kind in (pa.timestamp("us"), times.UTC_MICROSECONDS):
        try:
            return pc.cast(column, kind)
        except pa.ArrowInvalid:
            continue
    return column


def to_zone(column: pa.ChunkedArray, rows: RowNumbers, layout: Layout) -> pa.ChunkedArray:
    """Give local times their zone; those that the clocks skip or repeat are refused by row."""
    assert layout.timezone is not None
    ambiguous = "raise" if layout.ambiguous == "refuse" else layout.ambiguous
    try:
        return pc.assume_timezone(
            column, layout.timezone.key, ambiguous=ambiguous, nonexistent="raise"
        )
    except pa.ArrowInvalid as error:
        raise first_impossible(column, rows, layout) from error


def first_impossible(column: pa.ChunkedArray, rows: RowNumbers, layout: Layout) -> Invalid:
    """Say which row has a time that the clocks skip or repeat."""
    assert layout.timezone is not None
    zone = layout.timezone.key
    for place, time in enumerate(column):
        one = pa.array([time.as_py()], column.type)
        try:
            pc.assume_timezone(one, zone, nonexistent="earliest")
        except pa.ArrowInvalid:
            rule = f"comes twice in {zone}, say --ambiguous earliest or latest"
            return impossible(int(rows[place]), str(time), rule)
        try:
            pc.assume_timezone(one, zone, ambiguous="earliest")
        except pa.ArrowInvalid:
            return impossible(int(rows[place]), str(time), f"does not exist in {zone}")
    return Invalid("some times cannot be placed in the zone", field="time")


def impossible(row: int, time: str, rule: str) -> Invalid:
    """Refuse one row's time."""
    violation = Violation(field="time", row=row, value=time, rule=rule)
    return Invalid(f"row {row}: {time} {rule}", violations=[violation])
