"""How numbers in the unit that a logger writes become numbers in that of a measure."""

from functools import lru_cache
from typing import NamedTuple

from dtbase.domain.bounds.units import unit_registry
from dtbase.domain.imports.units import understood
from dtbase.errors import Invalid


class Conversion(NamedTuple):
    """What numbers are multiplied by, and what is added."""

    factor: float = 1.0
    offset: float = 0.0


NONE = Conversion()


def same(one: str, other: str) -> bool:
    """Tell whether two names mean one unit."""
    registry = unit_registry()
    return bool(registry.parse_units(one) == registry.parse_units(other))


@lru_cache(maxsize=1_024)
def conversion(column: str, written: str, to: str) -> Conversion:
    """Return how numbers of a column become those of a measure, or refuse."""
    unit = understood(written)
    if unit is None:
        raise Invalid(f"column {column!r} is in {written!r}, which is no unit that pint knows")
    if unit == to or same(unit, to):
        return NONE
    registry = unit_registry()
    try:
        zero, one, many = (registry.Quantity(x, unit).to(to).magnitude for x in (0.0, 1.0, 1e6))
    except Exception as error:  # pint's many kinds
        raise Invalid(
            f"column {column!r} is in {written}, its measure in {to}: name another series, or say "
            f"--unit {column}={to} if the file is wrong",
            field="columns",
        ) from error
    if abs(many - zero) > 0:
        return Conversion((many - zero) / 1e6 if abs(one - zero) else 1.0, zero)
    return NONE
