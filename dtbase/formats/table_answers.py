"""Answers as tables: what their columns are, and values as batches of Arrow rows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.answers import Format, Layout
from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import Labels
from dtbase.errors import Invalid

MOST_CELLS = 500_000
"""How many cells of a wide table are made at once."""

TYPES = {
    Datatype.FLOAT: pa.float64(),
    Datatype.INTEGER: pa.int64(),
    Datatype.BOOLEAN: pa.bool_(),
    Datatype.STRING: pa.string(),
}
NAMES = pa.dictionary(pa.int32(), pa.string())


class Heading(Frozen):
    """What a table says of itself: its series, its columns, and how its values came about."""

    labels: tuple[Labels, ...]
    columns: tuple[str, ...]
    layout: Layout
    bucket: str
    source: str
    timezone: str
    predicted: bool = False

    def type_of(self, label: Labels, column: str) -> pa.DataType:
        if column in {Aggregate.COUNT, Aggregate.CHANGES}:
            return pa.int64()
        if column in {"flag", "rules"}:
            return pa.string()
        if label.statistic is Statistic.STATE and column in {Aggregate.FIRST, Aggregate.LAST}:
            return pa.string()
        if column != "value" or (self.predicted and label.datatype is not Datatype.STRING):
            return pa.float64()
        return TYPES[label.datatype]


class Cell(NamedTuple):
    """A column of a wide table: which column of which series it shows."""

    place: int
    column: str
    kind: pa.DataType


def schema_of(heading: Heading, format_: Format) -> pa.Schema:
    """Return the columns of a table, with what is known of it beside them."""
    time = pa.field("time", pa.timestamp("us", heading.timezone), nullable=False)
    if heading.layout is Layout.WIDE:
        fields = [time, *wide_fields(heading)]
    else:
        names = [pa.field("sensor", NAMES), pa.field("measure", NAMES)]
        values = [pa.field(name, common(heading, name, format_)) for name in heading.columns]
        fields = [*names, time, *values]
    about = {name: getattr(heading, name) for name in ("bucket", "source", "timezone")}
    about["columns"] = ",".join(heading.columns)
    return pa.schema(fields, {f"dtbase.{name}": value for name, value in about.items()})


def wide_fields(heading: Heading) -> list[pa.Field]:
    """Return a column for each series, or for each of its columns where it has several."""
    alone = len(heading.columns) == 1
    names = [str(label.key) for label in heading.labels]
    return [
        pa.field(names[place] if alone else f"{names[place]}/{column}", kind)
        for place, column, kind in cells_of(heading)
    ]


def cells_of(heading: Heading) -> list[Cell]:
    """Return what stands in the columns of a wide table beside the time."""
    return [
        Cell(place, column, heading.type_of(label, column))
        for place, label in enumerate(heading.labels)
        for column in heading.columns
    ]


def common(heading: Heading, column: str, format_: Format) -> pa.DataType:
    """Return the type that all series share in one column; CSV writes any as text."""
    kinds = {heading.type_of(label, column) for label in heading.labels}
    if len(kinds) == 1:
        return kinds.pop()
    if format_ is Format.CSV or not kinds:
        return pa.string()
    raise Invalid(
        "these series hold values of different datatypes, which no one column can;"
        " ask with layout=wide, or for CSV",
        field="layout",
    )


def long_batches(
    heading: Heading, schema: pa.Schema, pieces: Iterable[tuple[int, Columns]]
) -> Iterator[pa.RecordBatch]:
    """Write a row for each value of each series."""
    sensors, measures = (
        pa.array([getattr(label, name) for label in heading.labels], pa.string())
        for name in ("sensor", "measure")
    )
    for place, columns in pieces:
        if not len(columns):
            continue
        same = pa.array(np.full(len(columns), place, dtype=np.int32))
        values = [
            column_of(columns.values.get(name), len(columns), schema.field(name).type)
            for name in heading.columns
        ]
        names = [pa.DictionaryArray.from_arrays(same, texts) for texts in (sensors, measures)]
        times = time_column(columns.times, schema)
        yield pa.RecordBatch.from_arrays([*names, times, *values], schema=schema)


def wide_batches(
    heading: Heading, schema: pa.Schema, windows: Iterable[Sequence[Columns]]
) -> Iterator[pa.RecordBatch]:
    """Write a row for each time at which any series has a value."""
    cells = cells_of(heading)
    most = max(1, MOST_CELLS // (len(cells) + 1))
    for window in windows:
        times = np.unique(np.concatenate([columns.times for columns in window]))
        for first in range(0, len(times), most):
            rows = times[first : first + most]
            places = [places_of(columns, rows) for columns in window]
            values = [
                column_of(window[place].values.get(name), len(window[place]), kind).take(
                    places[place]
                )
                for place, name, kind in cells
            ]
            yield pa.RecordBatch.from_arrays([time_column(rows, schema), *values], schema=schema)


def places_of(columns: Columns, rows: Times) -> pa.Array:
    """Return where each of some times stands in the columns; null where it does not."""
    places = np.searchsorted(columns.times, rows)
    held = places < len(columns)
    held[held] = columns.times[places[held]] == rows[held]
    return pa.array(places, mask=~held)


def time_column(times: Times, schema: pa.Schema) -> pa.Array:
    """Return times in the zone of the table."""
    return pa.array(times.astype(np.int64)).view(schema.field("time").type)


def column_of(values: NDArray[Any] | None, size: int, kind: pa.DataType) -> pa.Array:
    """Return one column as Arrow holds it; NaN is null, and so is what is not there."""
    if values is None:
        return pa.nulls(size, kind)
    if values.dtype == np.float64 and pa.types.is_integer(kind):
        return pa.array(values.astype(np.int64))
    column = pa.array(values, from_pandas=True)
    return column if column.type == kind else column.cast(kind)
