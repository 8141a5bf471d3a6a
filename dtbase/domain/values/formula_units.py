"""Numbers with the unit that they are in, and what arithmetic makes of both.

Units are pint's, and known ones only. A temperature in degC stands on a scale with an arbitrary
zero: two of them differ by delta_degC, and are multiplied or divided as kelvin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NoReturn

import numpy as np

from dtbase.domain.bounds.units import HIGHEST, known_unit, unit_registry
from dtbase.domain.readings.columns import FULL_CIRCLE, Numbers, mean_direction
from dtbase.errors import Invalid

Unit = Any
"""A unit of pint's, whose own types are too many to tell apart; of a bare number None."""

HALF_CIRCLE = FULL_CIRCLE / 2


@dataclass(frozen=True)
class Quantity:
    """Values in a unit; a bare number has none and takes that of what it is added to."""

    values: Numbers
    unit: Unit
    text: str
    """How it stands in the formula."""

    direction: bool = False

    @property
    def bare(self) -> bool:
        return self.unit is None

    def called(self, text: str) -> "Quantity":
        return replace(self, text=text)


def in_unit(values: Numbers, unit: str | None, text: str, *, direction: bool) -> Quantity:
    """Return the values of a series; one without a unit counts something."""
    return Quantity(values, unit_of(unit), text, direction)


@lru_cache(maxsize=1_024)
def unit_of(name: str | None) -> Unit:
    registry = unit_registry()
    return registry.parse_units(known_unit(name)) if name else registry.Unit("dimensionless")


def name_of(unit: Unit, known: Mapping[Unit, str | None]) -> str | None:
    """Write a unit, as its series do where one has it."""
    if unit is None or (unit.dimensionless and unit == unit_registry().Unit("dimensionless")):
        return None
    return known.get(unit) or f"{unit:C}"


@lru_cache(maxsize=1_024)
def has_own_zero(unit: Unit) -> bool:
    """Tell whether zero of a unit is not zero in base units: 0 degC is 273.15 kelvin."""
    return bool(unit_registry().Quantity(0.0, unit).to_base_units().magnitude != 0)


@lru_cache(maxsize=1_024)
def difference_of(unit: Unit) -> Unit:
    """Return the unit of the difference of two values of a unit."""
    registry = unit_registry()
    if not has_own_zero(unit):
        return unit
    try:
        return registry.Unit(f"delta_{unit}")
    except AttributeError:  # what is logarithmic differs in itself
        return unit


def is_difference(unit: Unit) -> bool:
    return str(unit).startswith("delta_")


def refuse(rule: str) -> NoReturn:
    raise Invalid(rule, field="formula")


def alike(parts: Sequence[Quantity], doing: str) -> list[Quantity]:
    """Return quantities in the unit of the first that has one, or refuse to mix what differs."""
    measured = [part for part in parts if not part.bare]
    if not measured:
        return list(parts)
    first = measured[0]
    return [
        replace(part, unit=first.unit) if part.bare else converted(part, first, doing)
        for part in parts
    ]


def converted(part: Quantity, to: Quantity, doing: str) -> Quantity:
    """Return a quantity in the unit of another."""
    if part.unit == to.unit:
        return part
    scales = is_difference(part.unit) == is_difference(to.unit)
    if not scales or part.unit.dimensionality != to.unit.dimensionality:
        rule = f"{shown(to)} and {shown(part)} cannot be {doing}"
        refuse(rule if scales else f"{rule}: one of them is a difference")
    registry = unit_registry()
    values = registry.Quantity(part.values, part.unit).to(to.unit).magnitude
    return replace(part, values=np.asarray(values, float), unit=to.unit)


def shown(part: Quantity) -> str:
    """Name a part of a formula with its unit."""
    symbol = "" if part.unit is None else f"{part.unit:~P}"
    return f"{part.text} (in {symbol})" if symbol else f"{part.text} (without a unit)"


def refuse_directions(parts: Sequence[Quantity], doing: str) -> None:
    """Refuse what has no meaning on a circle."""
    for part in parts:
        if part.direction:
            refuse(f"{part.text} is a direction, which cannot be {doing}")


def subtract(left: Quantity, right: Quantity) -> Quantity:
    """Return a difference; of two directions the shorter way round, from -180 to 180."""
    if left.direction and right.direction:
        turned = (left.values - right.values + HALF_CIRCLE) % FULL_CIRCLE - HALF_CIRCLE
        return Quantity(turned, left.unit, "")
    if left.direction and right.bare:
        return replace(left, values=(left.values - right.values) % FULL_CIRCLE)
    refuse_directions([left, right], "subtracted so; a direction differs from a direction")
    if right.bare or left.bare:
        left, right = alike([left, right], "subtracted")
        return Quantity(left.values - right.values, left.unit, "")
    return apart(left, right)


def apart(left: Quantity, right: Quantity) -> Quantity:
    """Return the difference of two measured quantities."""
    if has_own_zero(left.unit) and is_difference(right.unit):
        off = converted(right, replace(left, unit=difference_of(left.unit)), "subtracted")
        return Quantity(left.values - off.values, left.unit, "")
    left, right = alike([left, right], "subtracted")
    return Quantity(left.values - right.values, difference_of(left.unit), "")


def add(left: Quantity, right: Quantity) -> Quantity:
    """Return a sum; a difference that is added to a temperature makes a temperature."""
    if left.direction and right.bare:
        return replace(left, values=(left.values + right.values) % FULL_CIRCLE)
    refuse_directions([left, right], "added")
    if left.unit is not None and right.unit is not None:
        if is_difference(left.unit) and has_own_zero(right.unit):
            left, right = right, left
        if has_own_zero(left.unit) and is_difference(right.unit):
            right = converted(right, replace(left, unit=difference_of(left.unit)), "added")
            return Quantity(left.values + right.values, left.unit, "")
    left, right = alike([left, right], "added")
    return Quantity(left.values + right.values, left.unit, "")


def scaled(part: Quantity, factor: Numbers) -> Quantity:
    """Return a quantity times so much."""
    return Quantity(part.values * factor, part.unit, "")


def multiply(left: Quantity, right: Quantity) -> Quantity:
    refuse_directions([left, right], "multiplied")
    if left.bare or right.bare:
        measured, bare = (right, left) if left.bare else (left, right)
        return scaled(measured, bare.values)
    left, right = based(left), based(right)
    return reduced(left.values * right.values, left.unit * right.unit)


def divide(left: Quantity, right: Quantity) -> Quantity:
    refuse_directions([left, right], "divided")
    with np.errstate(divide="ignore", invalid="ignore"):
        if right.bare:
            return scaled(left, 1 / right.values)
        right = based(right)
        if left.bare:
            return reduced(left.values / right.values, right.unit**-1)
        left = based(left)
        return reduced(left.values / right.values, left.unit / right.unit)


def power(part: Quantity, exponent: int) -> Quantity:
    refuse_directions([part], "raised to a power")
    if part.bare:
        return replace(part, values=part.values**exponent)
    part = based(part)
    return reduced(part.values**exponent, part.unit**exponent)


def based(part: Quantity) -> Quantity:
    """Return a quantity that may be multiplied: a temperature in kelvin."""
    if not has_own_zero(part.unit):
        return part
    base = unit_registry().Quantity(part.values, part.unit).to_base_units()
    return Quantity(np.asarray(base.magnitude, float), base.units, part.text)


def reduced(values: Numbers, unit: Unit) -> Quantity:
    """Return values in the shortest form of a unit: hPa/Pa is a number, kW*h stays as it is."""
    one: Any = unit_registry().Quantity(1.0, unit)
    if any(abs(power) > HIGHEST for _, power in one.unit_items()):
        refuse(f"the powers of the unit {str(unit)[:100]} are higher than {HIGHEST}")
    one = one.to_reduced_units()
    return Quantity(values * one.magnitude, one.units, "")


def per_hour(part: Quantity, hours: Numbers) -> Quantity:
    """Return differences over so many hours each."""
    return Quantity(part.values / hours, part.unit / unit_registry().Unit("hour"), "")


def times_hours(part: Quantity, hours: Numbers) -> Quantity:
    """Return what lies beyond a number in each bucket, times the hours of that."""
    unit = difference_of(part.unit) * unit_registry().Unit("hour")
    return Quantity(part.values * hours, unit, "")


def mean(parts: Sequence[Quantity]) -> Quantity:
    """Return the mean of several, of directions on the circle."""
    if all(part.direction for part in parts):
        rows = np.radians([part.values for part in parts])
        n = np.full(rows.shape[1:], float(len(parts)))
        values = mean_direction(np.sin(rows).sum(axis=0), np.cos(rows).sum(axis=0), n)
        return replace(parts[0], values=values)
    refuse_directions(parts, "averaged with what is none")
    several = together(parts, "averaged")
    return replace(several, values=several.values.mean(axis=0))


def together(parts: Sequence[Quantity], doing: str) -> Quantity:
    """Return several as the rows of one."""
    refuse_directions(parts, doing)
    same = alike(parts, doing)
    rows = np.stack(np.broadcast_arrays(*(part.values for part in same)))
    return Quantity(rows, same[0].unit, "")
