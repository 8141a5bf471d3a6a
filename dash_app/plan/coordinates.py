"""Where places are, by their coordinates: on the map by degrees, in space by lengths."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from dtbase.domain.bounds.units import unit_registry
from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.locations import Coordinates, Location, LocationSchema

DEGREES = {"longitude": 180.0, "latitude": 90.0}
POINT = ("x", "y", "z")
SIZE = ("width", "depth", "height")
METRE = "m"
FARTHEST = 1e9
"""Farther off than that nothing is drawn; floats of a browser's graphics would not hold it."""


class Where(Frozen):
    """Where a place is: how far east and north, and in space how far up and how large."""

    x: float
    y: float
    z: float | None = None
    width: float | None = None
    depth: float | None = None
    height: float | None = None


class Positions(Frozen):
    """Where places are, and the unit of their lengths if they have one."""

    where: Mapping[str, Where]
    unit: str | None = None


def on_map(locations: Iterable[Location]) -> Positions:
    """Return where on the map those places are whose coordinates tell."""
    found = {}
    for each in locations:
        east, north = (number(each.coordinates, name, most) for name, most in DEGREES.items())
        if east is not None and north is not None:
            found[each.identifier] = Where(x=east, y=north)
    return Positions(where=found)


def in_space(locations: Sequence[Location], schemas: Iterable[LocationSchema]) -> Positions:
    """Return where in space those places are whose coordinates tell; with a size they are boxes.

    Lengths of different units become metres.
    """
    units = {each.name: {field.name: field.unit for field in each.fields} for each in schemas}
    lengths = {each.identifier: lengths_of(each, units) for each in locations}
    used = {unit for found in lengths.values() for _, unit in found.values()}
    mixed = len(used) > 1
    placed = {name: placed_at(found, mixed=mixed) for name, found in lengths.items()}
    where = {name: each for name, each in placed.items() if each is not None}
    return Positions(where=where, unit=METRE if mixed else next(iter(used), None))


Lengths = Mapping[str, tuple[float, str | None]]


def lengths_of(location: Location, units: Mapping[str, Mapping[str, str | None]]) -> Lengths:
    """Return the lengths among a place's coordinates, each with the unit of its schema."""
    known = units.get(location.location_schema or "", {})
    found = {name: number(location.coordinates, name, FARTHEST) for name in (*POINT, *SIZE)}
    return {name: (value, known.get(name)) for name, value in found.items() if value is not None}


def placed_at(lengths: Lengths, *, mixed: bool) -> Where | None:
    """Return where a place is that has all of x, y and z; it is a box if it has a whole size."""
    found = {
        name: value * (metres(unit or METRE) if mixed else 1.0)
        for name, (value, unit) in lengths.items()
    }
    if any(name not in found for name in POINT):
        return None
    box = all(found.get(name, 0.0) > 0 for name in SIZE)
    return Where.model_validate({name: found[name] for name in (*POINT, *(SIZE if box else ()))})


@lru_cache(maxsize=100)
def metres(unit: str) -> float:
    """Return how many metres one of a unit are; what is no length is taken as it is."""
    try:
        return float(unit_registry().Quantity(1.0, unit).to(METRE).magnitude)
    except Exception:
        return 1.0


def number(coordinates: Coordinates, name: str, most: float) -> float | None:
    """Return a coordinate that is a number within its bounds."""
    value = coordinates.get(name)
    if isinstance(value, bool | str | None) or abs(value) > most:
        return None
    return float(value)
