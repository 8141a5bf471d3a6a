"""How the numbers of a table are written, and what stands behind them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dtbase.importing.units import understood

COMMA = re.compile(r"[+-]?\d+,\d+")
POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
THREE = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")
BOTH_COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d*")
BOTH_POINT = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d*")
GROUPS = re.compile(
    r"[+-]?\d{1,3}([ \u00a0\u202f'\u2019])\d{3}([ \u00a0\u202f'\u2019]\d{3})*([.,]\d*)?"
)
MANY_POINTS = re.compile(r"[+-]?\d{1,3}(\.\d{3}){2,}")
MANY_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}")
SUFFIX = re.compile(r"[+-]?[\d.,]+\s*([^\d\s.,][^\d]{0,11})")


@dataclass(frozen=True)
class Signs:
    """The signs of numbers, and whether they are sure."""

    decimal: str = "."
    thousands: str = ""
    doubt: str | None = None


def signs_of(cells: Sequence[str], delimiter: str) -> Signs:
    """Tell which sign stands before fractions, and which parts thousands."""
    kinds = Counter(kind_of(cell.strip()) for cell in cells)
    spaced = {found[1] for cell in cells if (found := GROUPS.fullmatch(cell.strip()))}
    blank = min(spaced) if spaced else ""
    comma = kinds["comma"] + kinds["both comma"]
    point = kinds["point"] + kinds["both point"]
    if kinds["both comma"] or comma > point or (kinds["points"] and not point):
        return Signs(",", blank or ".")
    if kinds["both point"] or kinds["commas"] or (point and kinds["three comma"]):
        return Signs(".", ",")
    if kinds["three comma"] and not point:
        doubt = "whether commas part thousands or stand before fractions: --decimal , or ."
        return Signs(",", ".", doubt)
    return Signs(".", blank)


def kind_of(cell: str) -> str:
    """Name the form of a number."""
    for kind, form in (
        ("both comma", BOTH_COMMA),
        ("both point", BOTH_POINT),
        ("points", MANY_POINTS),
        ("commas", MANY_COMMAS),
    ):
        if form.fullmatch(cell):
            return kind
    if THREE.fullmatch(cell):
        return "three comma" if "," in cell else "three point"
    if COMMA.fullmatch(cell):
        return "comma"
    return "point" if POINT.fullmatch(cell) else ""


def suffixes_of(cells: Sequence[str]) -> tuple[str, ...]:
    """Return what stands behind numbers in their cells, such as units."""
    found = Counter(match[1].strip() for cell in cells if (match := SUFFIX.fullmatch(cell.strip())))
    return tuple(sorted(text for text, count in found.items() if count * 3 >= len(cells)))


HOBO = re.compile(r"^(?P<name>[^,]+), (?P<unit>[^,(]{1,12}) \(.*\)$")
BRACKETS = re.compile(r"^(?P<name>.*?)\s*[\[({](?P<unit>[^\[\](){}]{1,30})[\])}]\s*(?P<rest>.*)$")
AFTER_BLANK = re.compile(
    r"^(?P<name>.+?)[ _]-?[ _]?"
    r"(?P<unit>°C|°F|degC|degF|hPa|mbar|kPa|%|kWh|Wh|MWh|kW|W|V|mV|A|mA|mm|m/s|lx|ppm|m³|m3|Hz)$"
)
AFTER_COMMA = re.compile(r"^(?P<name>[^,]+),\s*(?P<unit>[^,]{1,12})$")


def unit_in(name: str) -> tuple[str, str | None]:
    """Part a column's name from the unit that stands in it."""
    for form in (HOBO, BRACKETS, AFTER_COMMA, AFTER_BLANK):
        found = form.match(name)
        if found and (unit := understood(found["unit"])):
            rest = found.groupdict().get("rest") or ""
            return " ".join(filter(None, [found["name"].strip(), rest.strip()])) or name, unit
    return name, None
