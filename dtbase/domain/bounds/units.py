"""Units of other people: a small grammar, because pint computes whatever it is given.

A unit is names that are multiplied, divided, and raised to small powers; powers of powers, and
numbers that are not powers, are not among them.
"""

import re
from functools import cache, lru_cache
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pint

LONGEST = 100
HIGHEST = 100
"""What all powers of a unit may come to, multiplied."""

RULE = "is not a unit that pint knows, such as degC or m/s"

HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
RAISED = re.compile(rf"[{HIGH}]+")
LOWERED = str.maketrans(HIGH, "0123456789-")

NUMBER = r"[-+]?\s*\d{1,2}(?:\.\d{1,6})?"
POWER = re.compile(
    rf"(?:\*\*|\^)\s*(?:{NUMBER}|\(\s*{NUMBER}\s*(?:/\s*{NUMBER}\s*)?\))(?![\w.])(?!\s*(?:\*\*|\^))"
)
WORDS = {"sq": 2, "square": 2, "squared": 2, "cubic": 3, "cubed": 3}
WORD = re.compile(rf"\b(?:{'|'.join(WORDS)})\b")

PRODUCT = re.compile(r"(?:[^\W\d]\w*|1(?:\.0*)?(?![\d.])|\*(?!\s*\*)|[\s/·()°%])+")
"""What is left without the powers."""


@cache
def unit_registry() -> "pint.UnitRegistry[float]":
    """Return the one registry of units; pint takes a while to import."""
    import pint

    return pint.UnitRegistry()


@lru_cache(maxsize=1_024)
def known_unit(unit: str) -> str:
    """Return the unit if pint knows it, or raise ValueError."""
    refusal = ValueError(f"{unit[:LONGEST]!r} {RULE}")
    if not bounded(unit):
        raise refusal
    try:
        unit_registry().parse_units(unit)
    except Exception as error:
        raise refusal from error
    return unit


def bounded(unit: str) -> bool:
    """Tell whether a text is short, a product of units, and its powers are small."""
    if len(unit) > LONGEST:
        return False
    level = RAISED.sub(lambda high: f"**({high[0].translate(LOWERED)})", unit)
    words = WORD.findall(level)
    powers = [highest(power) for power in POWER.findall(level)] + [WORDS[word] for word in words]
    product = PRODUCT.fullmatch(POWER.sub(" ", level))
    return product is not None and len(words) <= 1 and prod(powers) <= HIGHEST


def highest(power: str) -> float:
    """Return what a power may multiply others by."""
    return max(1.0, *(float(number) for number in re.findall(r"\d+(?:\.\d+)?", power)))
