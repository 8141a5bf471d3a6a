"""Places by their coordinates: where on the map each is, with what is measured there."""

from collections.abc import Iterable, Mapping, Sequence

from dash_app.places.forest import Branch, Forest
from dash_app.plan.marks import Mark, mark_of, told_together
from dash_app.plan.view import Look, address_of
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.timelapse import TimelapseSeries
from dtbase.domain.registry.locations import Coordinates, Location

IN_EXPLORE = 12
DEGREES = {"longitude": 180.0, "latitude": 90.0}


class Where(Frozen):
    """Where a place is; on the map, how far east and north."""

    x: float
    y: float


def on_map(coordinates: Coordinates) -> Where | None:
    """Return where on the map a place is, if its coordinates tell."""
    east, north = (within(coordinates, name, bound) for name, bound in DEGREES.items())
    return None if east is None or north is None else Where(x=east, y=north)


def within(coordinates: Coordinates, name: str, bound: float) -> float | None:
    value = coordinates.get(name)
    fits = not isinstance(value, bool | str | None) and abs(value) <= bound
    return float(value) if fits else None  # type: ignore[arg-type]


def positions(locations: Iterable[Location]) -> dict[str, Where]:
    """Return where those places are that have coordinates."""
    found = {each.identifier: on_map(each.coordinates) for each in locations}
    return {name: where for name, where in found.items() if where is not None}


def marks_standing(
    place: str, forest: Forest, known: Mapping[str, Where], series: Sequence[TimelapseSeries]
) -> Iterable[Mark]:
    """Yield a mark for each place that is known, of the sensors that no place further in has.

    A place is left out if nothing is measured there itself, but in a known place in it. Sensors
    that are in no known place have marks of their own, which are nowhere.
    """
    root = forest.by_name.get(place)
    branch = forest.branch(root) if root else None
    holders = holders_of(branch, known) if branch else {}
    held: dict[str | None, list[TimelapseSeries]] = {}
    for each in series:
        held.setdefault(holders.get(each.location or ""), []).append(each)
    full = {name for name in held if name is not None}
    for inner in branch.walk() if branch else ():
        name = inner.place.identifier
        if name in known and (name in held or not any_full(inner, full)):
            yield at_place(inner, place, held.get(name, [])).model_copy(
                update=known[name].model_dump()
            )
    for each in held.get(None, ()):
        yield mark_of(each)


def holders_of(
    branch: Branch, known: Mapping[str, Where], holder: str | None = None
) -> dict[str, str]:
    """Return by place in which known place it is, itself or the nearest around it."""
    name = branch.place.identifier
    holder = name if name in known else holder
    found = {} if holder is None else {name: holder}
    for inner in branch.branches:
        found |= holders_of(inner, known, holder)
    return found


def any_full(branch: Branch, full: set[str]) -> bool:
    return any(each.place.identifier in full for each in branch.walk())


def at_place(branch: Branch, shown: str, here: Sequence[TimelapseSeries]) -> Mark:
    """Return the mark of a place: its one sensor's values, or those of several together."""
    place = branch.place
    sensors = {each.sensor for each in here}
    if len(sensors) == 1:
        href = f"/sensor?id={here[0].sensor}"
    elif place.identifier != shown:
        href = address_of(place.identifier, Look.MAP)
    else:
        href = "/explore?" + "&".join(f"s={each.key}" for each in here[:IN_EXPLORE])
    return told_together("location", place.identifier, place.name, href, here)
