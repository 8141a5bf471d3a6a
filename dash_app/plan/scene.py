"""What a place's page draws: marks on a plan or a map, each with its values over time."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dash_app.places.forest import Forest
from dash_app.plan.coordinates import Positions
from dash_app.plan.marks import Mark, mark_of, told_together
from dash_app.plan.placed import marks_placed, marks_unpinned
from dash_app.plan.view import Look, View, address_of
from dash_app.words import WHOLE_UNITS, measure_label, moment, unit_symbol
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.timelapse import Timelapse, TimelapseSeries
from dtbase.domain.registry.floor_plans import FloorPlan, Pin
from dtbase.domain.registry.shapes import Shape

ENOUGH = 6
"""So many steps of colour, and so many numbers under them."""


class Scene(Frozen):
    """All that is drawn; the browser steps through it by itself."""

    see: Look
    plan: FloorPlan | None
    shape: Shape | None
    place: str
    key: str
    """The measure that is shown, and below the range."""

    range: str
    measure: str
    unit: str
    digits: int
    low: float
    high: float
    labels: tuple[str, ...]
    times: tuple[str, ...]
    now: int
    """The step that is not over."""
    marks: tuple[Mark, ...]
    others: tuple[Mark, ...]
    """Sensors that could be pinned to the shape, and are told by the marks of places till then."""
    length: str
    """The unit of lengths in space."""
    may_edit: bool


def scene_of(  # noqa: PLR0913 - what is drawn, of what, for whom
    view: View,
    measure: str,
    forest: Forest,
    plan: FloorPlan | None,
    lapse: Timelapse | None,
    zone: ZoneInfo,
    *,
    may_edit: bool,
    known: Positions | None = None,
    shape: Shape | None = None,
) -> Scene:
    """Put together what is drawn; on a map or in space those places that are known."""
    times = times_of(lapse) if lapse else []
    series = lapse.series if lapse else ()
    marks = tuple(marks_shown(view, forest, plan, known, shape, series))
    low, high = scale_of(marks)
    unit = series[0].unit if series else None
    return Scene(
        see=view.look,
        plan=plan,
        shape=shape,
        place=view.place,
        key=measure,
        range=view.range,
        measure=measure_label(measure),
        unit=unit_symbol(unit),
        digits=0 if unit in WHOLE_UNITS else 1,
        low=low,
        high=high,
        labels=tuple(moment(time, zone, weekday=True) for time in times),
        times=tuple(time.isoformat() for time in times),
        now=max(sum(time <= lapse.at for time in times) - 1, 0) if lapse else 0,
        marks=marks,
        others=tuple(marks_unpinned(marks, series)) if shape and may_edit else (),
        length=unit_symbol(known.unit) if known else "",
        may_edit=may_edit,
    )


def marks_shown(
    view: View,
    forest: Forest,
    plan: FloorPlan | None,
    known: Positions | None,
    shape: Shape | None,
    series: Sequence[TimelapseSeries],
) -> Iterable[Mark]:
    """Return the marks on a plan, or those that stand on a map or in space."""
    if known is None:
        return marks_of(view.place, forest, plan, series)
    return marks_placed(view, forest, known.where, series, shape)


def times_of(lapse: Timelapse) -> list[datetime]:
    return [lapse.start + timedelta(seconds=lapse.step * place) for place in range(lapse.steps)]


def marks_of(
    place: str, forest: Forest, plan: FloorPlan | None, series: Sequence[TimelapseSeries]
) -> Iterable[Mark]:
    """Yield what is on the plan, and what could be."""
    pins = {pin.of: pin for pin in plan.pins} if plan else {}
    told: set[str] = set()
    for each in series:
        if each.sensor not in told:
            told.add(each.sensor)
            yield at_pin(mark_of(each), pins.pop((each.sensor, None), None))
    root = forest.by_name.get(place)
    branch = forest.branch(root) if root else None
    inner = [each.place.identifier for each in branch.walk()][1:] if branch else []
    for name in [*inner, *(pin.location for pin in pins.values() if pin.location not in inner)]:
        if name is not None:
            yield at_pin(mark_of_place(name, forest, series), pins.pop((None, name), None))
    for pin in pins.values():  # sensors that do not measure this
        if pin.sensor is not None:
            href = f"/sensor?id={pin.sensor}"
            yield at_pin(Mark(kind="sensor", name=pin.sensor, title=pin.sensor, href=href), pin)


def at_pin(mark: Mark, pin: Pin | None) -> Mark:
    return mark if pin is None else mark.model_copy(update={"x": pin.x, "y": pin.y})


def mark_of_place(name: str, forest: Forest, series: Sequence[TimelapseSeries]) -> Mark:
    """Return the mark of a location: what the sensors in it measure, taken together."""
    known = forest.by_name.get(name)
    branch = forest.branch(known) if known else None
    inside = {each.place.identifier for each in branch.walk()} if branch else set()
    here = [each for each in series if each.location in inside]
    return told_together("location", name, known.name if known else name, address_of(name), here)


def scale_of(marks: Iterable[Mark]) -> tuple[float, float]:
    """Return between which round numbers all values lie."""
    values = [v for m in marks for row in (m.measured, m.predicted) for v in row if v is not None]
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    size = (high - low) or abs(high) or 1.0
    unit = 10.0 ** math.floor(math.log10(size / ENOUGH))
    for step in (unit * each for each in (1, 2, 2.5, 5, 10, 20, 25)):
        first = math.floor(low / step) * step
        if first + step * (ENOUGH - 1) >= high:
            return round(first, 9), round(first + step * (ENOUGH - 1), 9)
    return low, high
