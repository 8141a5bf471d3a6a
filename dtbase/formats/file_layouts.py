"""How a file holds readings: one row for each, or one column for each series."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dtbase.domain.readings.batches import END_OF_TIME, FIRST_TIME, Findings, Mask
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid, Violation
from dtbase.formats import times
from dtbase.formats.arrow_batches import COLUMNS, written_out

Ambiguous = Literal["refuse", "earliest", "latest"]
RowNumbers = NDArray[np.int64]

LOCAL = pa.timestamp("us")
DAYS = pa.timestamp("s")
"""What holds any date; microseconds do not."""
DAY = np.timedelta64(1, "D")
SAY_ZONE = "say --timezone, such as --timezone Europe/London"


WIDE = "--column COLUMN=SENSOR/MEASURE"


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

    def advice(self, missing: str) -> str:
        """Say what may be meant by a file that lacks a column."""
        if missing == self.time:
            return "name the column of times by --time; "
        if self.columns:
            return ""
        return f"a file with one column for each series takes {WIDE} for each; "

    @property
    def values(self) -> list[str]:
        return list(self.columns) or ["value"]

    @property
    def readings_per_row(self) -> int:
        """Count the readings that a full row holds."""
        return len(self.columns) or 1

    def rename(self, table: pa.Table) -> pa.Table:
        """Return a long table with the names that the API knows."""
        return table.select(self.names).rename_columns(list(COLUMNS))


@dataclass(frozen=True)
class Part:
    """Some rows, and which of the file's rows each came from."""

    table: pa.Table
    rows: RowNumbers

    def filter(self, kept: Mask) -> Self:
        if kept.all():
            return self
        return replace(self, table=self.table.filter(pa.array(kept)), rows=self.rows[kept])


@dataclass(frozen=True)
class Read:
    """Some rows as they are read: `end` counts those of the file so far, `position` its bytes."""

    part: Part
    end: int
    position: int


def long_parts(part: Part, layout: Layout, found: Findings | None = None) -> list[Part]:
    """Return the readings of some rows in long form, columns of one type together."""
    located = locate(part, layout, found)
    if not layout.columns:
        return [Part(layout.rename(located), part.rows)] if len(part.rows) else []
    by_type: dict[pa.DataType, list[Part]] = {}
    for name, key in layout.columns.items():
        one = unpivot(located, part.rows, layout.time, name, key)
        if len(one.rows):
            by_type.setdefault(one.table.schema.field("value").type, []).append(one)
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
    if is_text(values.type):
        there = pc.and_(there, pc.fill_null(pc.not_equal(values, ""), False))
    return there.combine_chunks() if isinstance(there, pa.ChunkedArray) else there


def join(parts: list[Part]) -> Part:
    """Put parts under each other."""
    return Part(
        pa.concat_tables([part.table for part in parts]),
        np.concatenate([part.rows for part in parts]),
    )


def locate(part: Part, layout: Layout, found: Findings | None) -> pa.Table:
    """Return the table with times that name their offset."""
    column = written_out(part.table[layout.time])
    naive = is_naive(column.type)
    if layout.timezone is None:
        if naive:
            raise Invalid(f"column {layout.time} has no offset from UTC: {SAY_ZONE}", field="time")
        return part.table
    if pa.types.is_date(column.type):
        column = pc.cast(column, DAYS)
    if naive:
        column = to_zone(column, part, layout, found)
    elif is_text(column.type):
        column = place_texts(column, part, layout, found)
    return part.table.set_column(
        part.table.schema.get_field_index(layout.time), layout.time, column
    )


def is_naive(kind: pa.DataType) -> bool:
    """Tell whether times of a type name no offset."""
    return bool(pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None))


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def place_texts(
    texts: pa.ChunkedArray, part: Part, layout: Layout, found: Findings | None
) -> pa.ChunkedArray:
    """Place texts without an offset in the zone; what is no time is left to the API to refuse."""
    for kind in (LOCAL, times.UTC_MICROSECONDS):
        try:
            column = pc.cast(texts, kind)
        except pa.ArrowInvalid:
            continue
        return to_zone(column, part, layout, found) if kind == LOCAL else column
    # one by one, so that one wrong text does not make all the others look wrong
    column = pa.chunked_array([pa.array(map(local_time, texts.to_pylist()), LOCAL)])
    placed = times.to_texts(to_zone(column, part, layout, found))
    return pc.coalesce(placed, pc.cast(texts, pa.string()))


def local_time(text: str | None) -> datetime | None:
    """Read a text as a time without an offset, or return None."""
    try:
        read = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    ends_in_nul = "\0" in (text or "")  # which Python 3.11 reads all the same
    return read if read.tzinfo is None and not ends_in_nul else None


def to_zone(
    column: pa.ChunkedArray, part: Part, layout: Layout, found: Findings | None
) -> pa.ChunkedArray:
    """Give local times their zone; those that the clocks skip or repeat are refused, or noted.

    Zones are unknown to times far out, where arithmetic overflows: those keep their clock in UTC,
    and are left to the API to refuse.
    """
    far = is_far(column)
    near = pc.if_else(far, pa.scalar(None, column.type), column)
    placed = near_to_zone(near, part, layout, found)
    return pc.if_else(far, pc.cast(column, placed.type), placed)


def is_far(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Tell which local times lie outside the range in every zone."""
    kind = column.type
    first, end = (
        pa.scalar(end.astype(f"datetime64[{kind.unit}]")).cast(kind)
        for end in (FIRST_TIME - DAY, END_OF_TIME + DAY)
    )
    return pc.fill_null(pc.or_(pc.less(column, first), pc.greater(column, end)), False)


def near_to_zone(
    column: pa.ChunkedArray, part: Part, layout: Layout, found: Findings | None
) -> pa.ChunkedArray:
    """Give local times their zone that lie in or near the range."""
    assert layout.timezone is not None
    ambiguous = "raise" if layout.ambiguous == "refuse" else layout.ambiguous
    zone = layout.timezone.key
    try:
        return pc.assume_timezone(column, zone, ambiguous=ambiguous, nonexistent="raise")
    except pa.ArrowInvalid as error:
        noted = Findings() if found is None else found
        note_impossible(column, part, layout, noted)
        if found is None:
            raise refused(noted.shown[0]) from error
        return pc.assume_timezone(column, zone, ambiguous="earliest", nonexistent="earliest")


def note_impossible(column: pa.ChunkedArray, part: Part, layout: Layout, found: Findings) -> None:
    """Note the times that the clocks skip, or repeat if that is to be refused."""
    assert layout.timezone is not None
    zone = layout.timezone.key

    def differs(**choice: str) -> Mask:
        either = {"ambiguous": "earliest", "nonexistent": "earliest"}
        early = pc.assume_timezone(column, zone, **either)
        late = pc.assume_timezone(column, zone, **(either | choice))
        mask: Mask = pc.fill_null(pc.not_equal(early, late), False).to_numpy()
        return mask

    skipped, repeated = differs(nonexistent="latest"), differs(ambiguous="latest")
    wrong = skipped | repeated if layout.ambiguous == "refuse" else skipped
    violations = (
        impossible(column, part, layout, int(place), bool(skipped[place]))
        for place in np.flatnonzero(wrong)
    )
    found.add_many(int(wrong.sum()), violations)


def impossible(
    column: pa.ChunkedArray, part: Part, layout: Layout, place: int, skipped: bool
) -> Violation:
    """Say what is wrong with a time."""
    assert layout.timezone is not None
    zone = layout.timezone.key
    rule = f"comes twice in {zone}, say --ambiguous earliest or latest"
    rule = f"does not exist in {zone}" if skipped else rule
    row, value = int(part.rows[place]), str(column[place])
    violation = Violation(field="time", row=row, value=value, rule=rule)
    if not layout.columns:
        violation["series"] = "/".join(str(part.table[name][place]) for name in COLUMNS[:2])
    return violation


def refused(violation: Violation) -> Invalid:
    """Refuse one row's time."""
    sentence = f"row {violation['row']}: {violation['value']} {violation['rule']}"
    return Invalid(sentence, violations=[violation])
