"""What the columns of a table are: values, the names of series, or neither."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dtbase.domain.imports.patterns import identifier
from dtbase.domain.imports.units import understood
from dtbase.errors import Invalid
from dtbase.importing.guessing.grids import CLOCK_CELL, NONE, TIME_NAMES, TRUTHS, Grid, is_numeric
from dtbase.importing.guessing.headings import Heading
from dtbase.importing.guessing.signs import LABEL, multiples, suffixes_of, unit_in

KEY_NAMES = re.compile(
    r"entity|sensor|device|statistic|metric|measure|variable|parameter|series|name|location"
    r"|station|site|node|topic|kanal|channel|messstelle|field|logger|key|tags?\b|^stn$",
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
UNIT_NAMES = re.compile(
    r"units?|units?[_ ]of[_ ]measure(ment)?|einheit|unit[eé]|unidad", re.IGNORECASE
)
MEASURE_NAMES = re.compile(
    r"measure|metric|variable|parameter|field|kanal|channel|key|messgr", re.IGNORECASE
)
VALUE_NAMES = re.compile(
    r"_?value|.*\b(value|measurement|reading|result|wert|messwert|valor|valeur)\b.*|state|usage",
    re.IGNORECASE,
)
FEW = 0.5
MANY = 3
HALF_A_DAY = 12
HOUR = re.compile(r"(he|h|hr|hour|std|stunde|hora|heure)[ _]?\d{1,2}", re.IGNORECASE)
NEITHER = re.compile(
    r"lat(itude)?|lon(g|gitude)?|elevation|altitude|poc|mdl|.*\bcode|qn(_\d+)?|quality.*|grade"
    r"|validity|status|time_ms|wnum|table",
    re.IGNORECASE,
)
"""Names of numbers that are not what a long table measures."""


@dataclass(frozen=True)
class Columns:
    """The columns of a profile, and what is said of them."""

    document: dict[str, Any]
    left_out: tuple[str, ...]
    texts: Sequence[str]


def columns_of(grid: Grid, head: Heading, sensor: str) -> Columns:
    """Tell what each column is."""
    names = head.names
    others = [place for place in range(grid.width) if place not in grid.times]
    refuse_hours([names[place] for place in others])
    values, keys, unit = roles_of(grid, names, others)
    left = [place for place in others if place not in {*values, *keys, unit}]
    suffixes = {place: suffixes_of(grid.column(place)) for place in values}
    factors = multiples(sum(suffixes.values(), Counter()))
    written = {
        place: next((factors[text][1] for text, _ in suffixes[place].most_common(1)), None)
        for place in values
    }
    plans = {place: plan(grid, head, place, keys, written[place], sensor) for place in values}
    document: dict[str, Any] = {
        "keys": [names[place] for place in keys],
        "columns": {names[place]: each for place, each in apart(plans, head.labels).items()},
        "tidy": any(not fits(cell) for place in keys for cell in grid.column(place)),
        "suffixes": {text: factor for text, (factor, _) in factors.items()},
    }
    if unit is not None and len(values) == 1:
        document["unit_column"] = names[unit]
    elif unit is not None:
        left.append(unit)
    plain = [strip(cell, factors) for place in values for cell in grid.column(place)]
    return Columns(document, tuple(names[p] for p in left), plain)


def roles_of(
    grid: Grid, names: Sequence[str], others: Sequence[int]
) -> tuple[list[int], list[int], int | None]:
    """Tell which columns hold values, which name their series, and which one their unit."""
    values = [
        place
        for place in others
        if is_value(grid.column(place), names[place]) and not counts(grid, place, names)
    ]
    raw = {name for name in names if f"{name}(RAW)" in names}
    if raw:  # what PRTG has rounded stands beside it as it was
        values = [p for p in values if names[p] not in raw and not TIME_NAMES.search(names[p])]
    texts = [place for place in others if place not in values and not counts(grid, place, names)]
    unit = next((p for p in texts if UNIT_NAMES.fullmatch(names[p])), None)
    texts = [place for place in texts if place != unit]
    keys = keys_of(grid, texts, names)
    if not values:  # what changes from word to word is all that is measured
        values = [place for place in texts if place not in keys][:1]
    if keys:
        values = measured(values, names, alone=any(is_measure(names[place]) for place in keys))
    return values, keys, unit


def fits(text: str) -> bool:
    """Tell whether a text is a name as sensors and measures have it."""
    return not text or text == identifier(text)


def keys_of(grid: Grid, texts: Sequence[int], names: Sequence[str]) -> list[int]:
    """Return the columns that say of which series a row is, until they tell its rows apart."""
    keys = keys_among(grid, texts, names)
    for place in [p for p in texts if p not in keys and is_filled(grid.column(p))]:
        rows = repeated(grid, keys)
        if rows and repeated(grid, [*keys, place]) < rows and len(keys) < MANY:
            keys.append(place)
    return keys


def are_consecutive(cells: Sequence[str]) -> bool:
    """Tell whether cells are 1, 2, 3 and so on."""
    whole = all(WHOLE.fullmatch(cell) for cell in cells)
    return whole and {int(b) - int(a) for a, b in pairwise(cells)} == {1}


def repeated(grid: Grid, keys: Sequence[int]) -> int:
    """Return how many rows are of a time that another row of these keys has too."""
    places = [*grid.times, *keys]
    return len(grid.rows) - len({tuple(row[place] for place in places) for row in grid.rows})


def measured(values: Sequence[int], names: Sequence[str], *, alone: bool) -> list[int]:
    """Return which numbers of a long table are measured; alone: its rows say themselves what."""
    named = [place for place in values if VALUE_NAMES.fullmatch(names[place])]
    if alone and named:
        return named[:1]
    return [place for place in values if not NEITHER.fullmatch(names[place])] or list(values)


def apart(plans: Mapping[int, dict[str, Any]], labels: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Return plans whose series all differ: by what the label says of a channel, or by place."""
    series = [each["series"] for each in plans.values()]
    made = {}
    for place, each in plans.items():
        name = each["series"]
        if series.count(name) > 1:
            told = LABEL.findall(labels[place])[-1:]
            twins = [LABEL.findall(labels[p])[-1:] for p in plans if plans[p]["series"] == name]
            more = told[0] if told and twins.count(told) == 1 else str(place + 1)
            name = f"{name}_{identifier(more)}"
        made[place] = {**each, "series": name}
    return made


def refuse_hours(names: Sequence[str]) -> None:
    """Refuse a table whose columns are the hours of a day."""
    hours = [name for name in names if CLOCK_CELL.fullmatch(name)]
    numbered = [name for name in names if HOUR.fullmatch(name)]
    hours = numbered if len(numbered) >= HALF_A_DAY else hours
    if len(hours) > len(names) * FEW and len(hours) >= MANY:
        raise Invalid(
            f"its columns are times of the day ({', '.join(hours[:3])}, …): write each reading into"
            " a row of its own",
            field="file",
        )


def strip(cell: str, suffixes: Iterable[str]) -> str:
    """Return a cell without what stands behind its number."""
    for suffix in sorted(suffixes, key=len, reverse=True):
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
    if place == 0 and len(grid.rows) >= MANY and are_consecutive(grid.column(place)):
        return True
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


def plan(
    grid: Grid, head: Heading, place: int, keys: Sequence[int], suffix: str | None, sensor: str
) -> dict[str, Any]:
    """Describe a column of values."""
    bare, own = unit_in(head.labels[place])
    written = suffix or understood(head.units.get(place) or "") or own
    series = series_of(head.names, place, keys, sensor, bare)
    made = {"series": series, **({"unit": written} if written else {})}
    there = {cell.strip().casefold() for cell in grid.column(place)} - NONE
    if there and there <= TRUTHS:
        made["datatype"] = "boolean"
    elif there and not is_numeric(grid.column(place)):
        made["datatype"] = "string"
    return made


def is_measure(name: str) -> bool:
    """Tell whether a column of names says what is measured."""
    return bool(MEASURE_NAMES.search(name))


def series_of(names: Sequence[str], place: int, keys: Sequence[int], sensor: str, bare: str) -> str:
    """Name the series of a column, from its own name or from those of its keys."""
    if not keys:
        return f"{sensor}/{identifier(bare)}"
    measures = [p for p in keys if is_measure(names[p])]
    of_sensor = [p for p in keys if p not in measures]
    before = "-".join(f"{{{names[p]}}}" for p in of_sensor) or sensor
    after = "-".join(f"{{{names[p]}}}" for p in measures) or identifier(bare)
    return f"{before}/{after}"
