"""What the columns of a table are: values, the names of series, or neither."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dtbase.domain.imports.patterns import identifier
from dtbase.errors import Invalid
from dtbase.importing.guessing.grids import CLOCK_CELL, NONE, Grid, is_numeric
from dtbase.importing.guessing.signs import suffixes_of, unit_in
from dtbase.importing.units import understood

KEY_NAMES = re.compile(
    r"entity|sensor|device|statistic|metric|measure|variable|parameter|tag|series|name|location"
    r"|station|site|node|topic|kanal|channel|messstelle|field|logger|key",
    re.IGNORECASE,
)
COUNTERS = re.compile(
    r"^(record|recnbr|rec|rn|entry_?id|no\.?|nr\.?|#|index|id|lfd\.? ?nr\.?|row|row ?id|zeile"
    r"|count|seq)$",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"(.*[ _-])?(id|no|nr|number|serial)|(site|station|device|sensor|node|logger)([ _-]?\w{0,6})?",
    re.IGNORECASE,
)
"""Names of columns whose numbers are names."""

WHOLE = re.compile(r"\d{1,20}")
UNIT_NAMES = re.compile(r"^(unit|units|unit_of_measurement|einheit)$", re.IGNORECASE)
MEASURE_NAMES = re.compile(
    r"measure|metric|variable|parameter|field|kanal|channel|key|messgr", re.IGNORECASE
)
TRUTHS = {"true", "false", "on", "off", "yes", "no", "open", "closed", "ja", "nein", "an", "aus"}
FEW = 0.5
MANY = 3


@dataclass(frozen=True)
class Columns:
    """The columns of a profile, and what is said of them."""

    document: dict[str, Any]
    left_out: tuple[str, ...]
    suffixes: tuple[str, ...]
    texts: Sequence[str]
    doubts: tuple[str, ...]


def columns_of(grid: Grid, names: Sequence[str], units: Mapping[int, str], sensor: str) -> Columns:
    """Tell what each column is."""
    others = [place for place in range(grid.width) if place not in grid.times]
    refuse_hours([names[place] for place in others])
    values = [place for place in others if is_value(grid.column(place), names[place])]
    texts = [place for place in others if place not in values and not counts(grid, place, names)]
    keys = keys_among(grid, texts, names)
    if not keys and repeats(grid):
        keys = [place for place in texts if is_filled(grid.column(place))][:2]
    unit = next((p for p in texts if UNIT_NAMES.fullmatch(names[p])), None)
    keys = [place for place in keys if place != unit]
    if not values:  # what changes from word to word is all that is measured
        values = [place for place in texts if place not in keys and place != unit][:1]
    left = [place for place in others if place not in {*values, *keys, unit}]
    cells = [cell for place in values for cell in grid.column(place)]
    suffixes = {text for place in values for text in suffixes_of(grid.column(place))}
    plain = [strip(cell, suffixes) for cell in cells]
    document: dict[str, Any] = {
        "keys": [names[place] for place in keys],
        "columns": {
            names[place]: plan(grid, names, place, keys, units.get(place), sensor)
            for place in values
        },
    }
    if unit is not None and keys:
        document["unit_column"] = names[unit]
    return Columns(document, tuple(names[p] for p in left), tuple(sorted(suffixes)), plain, ())


def refuse_hours(names: Sequence[str]) -> None:
    """Refuse a table whose columns are the hours of a day."""
    hours = [name for name in names if CLOCK_CELL.fullmatch(name)]
    if len(hours) > len(names) * FEW and len(hours) >= MANY:
        raise Invalid(
            f"its columns are times of the day ({', '.join(hours[:3])}, …): write each reading into"
            " a row of its own",
            field="file",
        )


def strip(cell: str, suffixes: set[str]) -> str:
    """Return a cell without what stands behind its number."""
    for suffix in suffixes:
        if cell.endswith(suffix):
            return cell[: -len(suffix)].rstrip()
    return cell


def is_filled(cells: Sequence[str]) -> bool:
    return sum(bool(cell) for cell in cells) * 2 > len(cells)


def is_value(cells: Sequence[str], name: str) -> bool:
    """Tell whether a column holds what was measured."""
    if COUNTERS.fullmatch(name.strip()) or is_numbered(cells, name):
        return False
    words = {cell.strip().casefold() for cell in cells}
    if words <= NONE:  # nothing yet, where a number would stand
        return bool(words - {""})
    return is_numeric(cells) or words - NONE <= TRUTHS


def is_numbered(cells: Sequence[str], name: str) -> bool:
    """Tell whether a column has the numbers of devices."""
    whole = all(WHOLE.fullmatch(cell) for cell in cells if cell)
    few = len(set(cells)) <= max(len(cells) * FEW, 1)
    return bool(NUMBERED.fullmatch(name.strip())) and whole and few


def counts(grid: Grid, place: int, names: Sequence[str]) -> bool:
    """Tell whether a column only counts rows."""
    return bool(COUNTERS.fullmatch(names[place].strip())) and is_numeric(grid.column(place))


def keys_among(grid: Grid, texts: Sequence[int], names: Sequence[str]) -> list[int]:
    """Return the columns that say of which series a row is."""
    return [
        place
        for place in texts
        if KEY_NAMES.search(names[place])
        and not UNIT_NAMES.fullmatch(names[place])
        and is_filled(grid.column(place))
        and len(set(grid.column(place))) <= max(len(grid.rows) * FEW, 1)
    ][:3]


def repeats(grid: Grid) -> bool:
    """Tell whether several rows are of one time."""
    times = [" ".join(row[place] for place in grid.times) for row in grid.rows]
    return len(set(times)) < len(times) * 0.9


def plan(
    grid: Grid, names: Sequence[str], place: int, keys: Sequence[int], unit: str | None, sensor: str
) -> dict[str, Any]:
    """Describe a column of values."""
    bare, own = unit_in(names[place])
    written = understood(unit or "") or own
    series = series_of(names, place, keys, sensor, bare)
    made = {"series": series, **({"unit": written} if written else {})}
    there = {cell.strip().casefold() for cell in grid.column(place)} - NONE
    if there and there <= TRUTHS:
        made["datatype"] = "boolean"
    elif there and not is_numeric(grid.column(place)):
        made["datatype"] = "string"
    return made


def series_of(names: Sequence[str], place: int, keys: Sequence[int], sensor: str, bare: str) -> str:
    """Name the series of a column, from its own name or from those of its keys."""
    if not keys:
        return f"{sensor}/{identifier(bare)}"
    measures = [p for p in keys if MEASURE_NAMES.search(names[p])]
    of_sensor = [p for p in keys if p not in measures]
    before = "-".join(f"{{{names[p]}}}" for p in of_sensor) or sensor
    after = "-".join(f"{{{names[p]}}}" for p in measures) or identifier(bare)
    return f"{before}/{after}"
