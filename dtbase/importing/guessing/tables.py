"""How a Parquet file is read, by the types of its columns."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from dtbase.domain.imports.patterns import identifier
from dtbase.domain.imports.profiles import LONG, Profile
from dtbase.errors import Invalid
from dtbase.formats.arrow_batches import COLUMNS, first_line
from dtbase.importing.guessing.grids import TIME_NAMES
from dtbase.importing.guessing.signs import unit_in
from dtbase.importing.heads import refuse_wider
from dtbase.importing.sources import Source


def parquet_guess(source: Source, sensor: str, made: Callable[..., Any]) -> Any:
    """Describe a Parquet file."""
    schema = schema_of(source)
    if set(COLUMNS) <= set(schema.names):
        return made("readings as DTBase writes them", Profile.model_validate(LONG), sensor=sensor)
    times = [f for f in schema if pa.types.is_timestamp(f.type) or pa.types.is_date(f.type)]
    times = times or [f for f in schema if TIME_NAMES.search(f.name)]
    if not times:
        raise Invalid("it has no column of times: say which by --time COLUMN", field="time")
    time = times[0]
    values = [f for f in schema if f.name != time.name and is_value(f.type)]
    naive = pa.types.is_date(time.type) or (
        pa.types.is_timestamp(time.type) and time.type.tz is None
    )
    texts = [f.name for f in schema if is_text(f.type) and f.name != time.name]
    before = "-".join(f"{{{name}}}" for name in texts[:2]) or sensor
    columns: dict[str, Any] = {}
    for field in values:
        bare, unit = unit_in(field.name)
        plan: dict[str, Any] = {"series": f"{before}/{identifier(bare)}"}
        if unit:
            plan["unit"] = unit
        if pa.types.is_boolean(field.type):
            plan["datatype"] = "boolean"
        columns[field.name] = plan
    if not values:
        raise Invalid("it has no column of numbers", field="columns")
    doubts = ("which zone its times are of: --timezone ZONE",) if naive else ()
    document = {"time": {"columns": [time.name]}, "keys": texts[:2], "columns": columns}
    profile = Profile.model_validate(document)
    undecided = frozenset({"timezone"} if naive else ())
    return made("a Parquet table", profile, doubts, (), sensor, undecided)


def schema_of(source: Source) -> pa.Schema:
    """Return the columns of a Parquet file, unless they are too many."""
    try:
        with source.open() as file, parquet.ParquetFile(file) as table:
            schema = table.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise Invalid(f"it cannot be read: {first_line(error)}") from error
    refuse_wider(len(schema.names))
    return schema


def is_value(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    )


def is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))
