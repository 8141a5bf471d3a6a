"""Marks of places by their coordinates, on a map or in space: what each of them tells."""

from collections.abc import Iterable, Mapping, Sequence

from dash_app.places.forest import Branch, Forest
from dash_app.plan.coordinates import Where
from dash_app.plan.marks import Mark, mark_of, told_together
from dash_app.plan.view import View, address_of
from dtbase.domain.glance.timelapse import TimelapseSeries
from dtbase.domain.registry.shapes import Shape, Spot

IN_EXPLORE = 12


def marks_placed(
    view: View,
    forest: Forest,
    known: Mapping[str, Where],
    series: Sequence[TimelapseSeries],
    shape: Shape | None = None,
) -> Iterable[Mark]:
    """Yield a mark for each place that is known, of the sensors that no place further in has.

    A place is left out if nothing is measured there itself, but in a known place in it; a box stays
    and is hollow. What is pinned to the shape has a mark of its own, and so have sensors that are
    in no known place; those are nowhere.
    """
    pins = {pin.of: pin for pin in shape.pins} if shape else {}
    free = [each for each in series if (each.sensor, None) not in pins]
    by_coordinates = {name: each for name, each in known.items() if (None, name) not in pins}
    branches = forest.roots(view.place)
    yield from marks_pinned(view, forest, pins.values(), series)
    holders = {k: v for each in branches for k, v in holders_of(each, by_coordinates).items()}
    held: dict[str | None, list[TimelapseSeries]] = {}
    for each in free:
        held.setdefault(holders.get(each.location or ""), []).append(each)
    for inner in (each for branch in branches for each in branch.walk()):
        name = inner.place.identifier
        if name not in by_coordinates:
            continue
        within = {each.place.identifier for each in inner.walk()} - {name}
        hollow = known[name].width is not None and not within.isdisjoint(known)
        if name in held or hollow or within.isdisjoint(held):
            mark = at_place(inner, view, held.get(name, []))
            yield mark.model_copy(update={**known[name].model_dump(), "hollow": hollow})
    for each in held.get(None, ()):
        yield mark_of(each)


def marks_pinned(
    view: View, forest: Forest, pins: Iterable[Spot], series: Sequence[TimelapseSeries]
) -> Iterable[Mark]:
    """Yield the marks of what is pinned to a shape, whose file has y up where places have z."""
    by_sensor = {each.sensor: each for each in series}
    for pin in pins:
        where = {"x": pin.x, "y": -pin.z, "z": pin.y, "pinned": True}
        known = forest.by_name.get(pin.location or "")
        if pin.sensor in by_sensor:
            mark = mark_of(by_sensor[pin.sensor])
        elif known is not None:
            branch = forest.branch(known)
            inside = {each.place.identifier for each in branch.walk()}
            mark = at_place(branch, view, [each for each in series if each.location in inside])
        else:  # it does not measure this
            name = pin.sensor or pin.location or ""
            href = f"/sensor?id={name}" if pin.sensor else address_of(name, view.look)
            mark = Mark(
                kind="sensor" if pin.sensor else "location", name=name, title=name, href=href
            )
        yield mark.model_copy(update=where)


def marks_unpinned(marks: Iterable[Mark], series: Sequence[TimelapseSeries]) -> Iterable[Mark]:
    """Yield the sensors that have no mark of their own, for who wants to pin them."""
    told = {mark.name for mark in marks if mark.kind == "sensor"}
    for each in series:
        if each.sensor not in told:
            told.add(each.sensor)
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


def at_place(branch: Branch, view: View, here: Sequence[TimelapseSeries]) -> Mark:
    """Return the mark of a place: its one sensor's values, or those of several together."""
    place = branch.place
    sensors = {each.sensor for each in here}
    if len(sensors) == 1:
        href = f"/sensor?id={here[0].sensor}"
    elif place.identifier != view.place:
        href = address_of(place.identifier, view.look)
    else:
        href = "/explore?" + "&".join(f"s={each.key}" for each in here[:IN_EXPLORE])
    return told_together("location", place.identifier, place.name, href, here)
