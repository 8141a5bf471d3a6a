"""How the numbers of a table are written, and what stands behind them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dtbase.domain.imports.units import understood
from dtbase.errors import Invalid
from dtbase.importing.units import conversion

COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
THREE = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
BOTH_COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d*")
BOTH_POINT = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d*")
GROUPS = re.compile(
    r"[+-]?\d{1,3}([ \u00a0\u2009\u202f'\u2019])\d{3}([ \u00a0\u2009\u202f'\u2019]\d{3})*([.,]\d*)?"
)
PARTED = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f'\u2019](?=\d{3})")
MANY_POINTS = re.compile(r"[+-]?\d{1,3}(\.\d{3}){2,}")
MANY_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}")
SUFFIX = re.compile(r"[+-]?[\d.,]+\s*([^\d\s.,][^\d]{0,11})")


@dataclass(frozen=True)
class Signs:
    """The signs of numbers, and whether they are sure."""

    decimal: str = "."
    thousands: str = ""
    doubt: str | None = None


def signs_of(cells: Sequence[str], *, continental: bool) -> Signs:
    """Tell which sign stands before fractions, and which parts thousands."""
    kinds = Counter(kind_of(PARTED.sub("", cell.strip())) for cell in cells)
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
    if continental and kinds["three point"] and not point:
        doubt = "whether points part thousands or stand before fractions: --decimal , or ."
        return Signs(".", blank, doubt)
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


def suffixes_of(cells: Sequence[str]) -> Counter[str]:
    """Return what stands behind numbers in their cells, such as units, and how often."""
    found = Counter(match[1].strip() for cell in cells if (match := SUFFIX.fullmatch(cell.strip())))
    usual = {text for text, count in found.items() if count * 3 >= len(cells)}
    if usual and found.total() * 2 >= len(cells):
        usual |= {text for text in found if understood(text)}
    return Counter({text: found[text] for text in usual})


def multiples(suffixes: Counter[str]) -> Mapping[str, tuple[float, str | None]]:
    """Return by what each suffix multiplies, and the unit that all of its kind are in then."""
    made: dict[str, tuple[float, str | None]] = {}
    for text, _ in suffixes.most_common():
        unit = understood(text)
        made[text] = (1.0, unit)
        for _, base in list(made.values()):
            if unit and base and unit != base and (factor := times(unit, base)):
                made[text] = (factor, base)
                break
    return made


def times(unit: str, base: str) -> float | None:
    """Return how many of another unit one is, if they are of one kind and count from one zero."""
    try:
        change = conversion("", unit, base)
    except Invalid:
        return None
    return change.factor if not change.offset else None


HOBO = re.compile(r"^(?P<name>[^,]+), (?P<unit>[^,(]{1,12}) \(.*\)$")
BRACKETS = re.compile(r"\s*[\[({]([^\[\](){}]{1,30})[\])}]\s*")
AFTER_BLANK = re.compile(
    r"^(?P<name>.+?)[ _]-?[ _]?"
    r"(?P<unit>°C|°F|degC|degF|hPa|mbar|kPa|%|kWh|Wh|MWh|kW|W|V|mV|A|mA|mm|m/s|lx|ppm|m³|m3|Hz)$"
)
WITHIN = re.compile(r"[ _](°C|°F|degC|degF|hPa|mbar|kPa|kWh|Wh|MWh|kW|VA|W|V|mV|A|mA|mm|m/s)$")
LABEL = re.compile(r"(?:LBL|SEN S/N|LGR S/N): *([^,()]+)")
AFTER_ANY = re.compile(r"^(?P<name>.+?) (?P<unit>[A-Za-zµ]{1,4}/[A-Za-z]{1,3}[23²³]?)$")
AFTER_COMMA = re.compile(r"^(?P<name>[^,]+),\s*(?P<unit>[^,]{1,12})$")


def unit_in(name: str) -> tuple[str, str | None]:
    """Part a column's name from the unit that stands in it."""
    found = HOBO.match(name)
    if found and (unit := understood(found["unit"])):
        return found["name"].strip(), unit
    for bracket in reversed([*BRACKETS.finditer(name)]):
        before, after = name[: bracket.start()], name[bracket.end() :]
        if WITHIN.search(before):  # the phase or the channel in brackets
            bare, unit = unit_in(before)
            return f"{bare} {bracket[1]}", unit
        if unit := understood(bracket[1]):
            return " ".join(filter(None, [before.strip(), after.strip()])) or name, unit
    for form in (AFTER_COMMA, AFTER_BLANK, AFTER_ANY):
        found = form.match(name)
        if found and (unit := understood(found["unit"])):
            return found["name"].strip() or name, unit
    return name, understood(name) if WITHIN.fullmatch(f" {name}") else None
