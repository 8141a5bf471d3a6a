"""Places on the map and in space: where they are, what each tells, and outlines that come along."""

import gzip
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

import dash_app
from dash_app.places.forest import Forest
from dash_app.plan.coordinates import Positions, Where, in_space, on_map
from dash_app.plan.marks import Mark
from dash_app.plan.placed import marks_placed
from dash_app.plan.scene import scene_of
from dash_app.plan.view import Look, View
from dtbase.domain.glance.timelapse import TimelapseSeries
from dtbase.domain.registry.locations import (
    Coordinates,
    Location,
    LocationField,
    LocationSchema,
)
from dtbase.domain.registry.shapes import Shape, Spot
from tests.unit.dashboard.test_dash_overview import PLACES
from tests.unit.dashboard.test_dash_plan import ZONE, series_at

LATE = Path(dash_app.__file__).parent / "assets/late"
OUTLINES = LATE / "outlines.json"
DIGESTS = {
    "outlines.json": "c6fca1a4c0b571db2b0d9387fd3425285a16d74cd703f75dcb499814e8df66a6",
    "three.min.mjs": "5982be0f2c23ab6571c0cd6140e668f5ea8c922fe4f3a56c9f13defd749fef17",
}
"""Of what others have made, as it was looked at: a new version is a choice, never a slip."""

HERE = Where(x=-74.0, y=40.7)
LARGEST = 150_000


def marks_of(
    *series: TimelapseSeries, known: tuple[str, ...], where: Where = HERE
) -> dict[str, Mark]:
    forest = Forest(places=PLACES, series=())
    view = View(place="site", look=Look.MAP)
    found = marks_placed(view, forest, dict.fromkeys(known, where), series)
    return {mark.name: mark for mark in found}


@pytest.mark.parametrize(
    ("coordinates", "where"),
    [
        ({"latitude": 40.7, "longitude": -74}, HERE),
        ({"latitude": 40.7}, None),
        ({"latitude": 91, "longitude": 0}, None),
        ({"latitude": "40.7", "longitude": -74}, None),
        ({"latitude": True, "longitude": -74}, None),
        ({}, None),
    ],
)
def test_a_place_is_on_the_map_by_its_latitude_and_longitude(
    coordinates: Coordinates, where: Where | None
) -> None:
    found = on_map([Location(identifier="a", name="A", coordinates=coordinates)])
    assert found.where.get("a") == where


def test_a_sensor_is_told_at_the_nearest_place_around_it_that_is_on_the_map() -> None:
    series = series_at("a", "roof", (1.0, 2.0, None))
    assert set(marks_of(series, known=("site", "house"))) == {"house"}
    assert marks_of(series, known=("site",))["site"].measured == (1.0, 2.0, None)
    nowhere = marks_of(series, known=())["a"]
    assert (nowhere.kind, nowhere.x) == ("sensor", None)


def test_a_place_leads_to_its_one_sensor_and_with_several_to_the_place() -> None:
    one = series_at("a", "roof", (1.0, 2.0, None))
    two = series_at("b", "roof", (3.0, 4.0, None))
    alone = marks_of(one, known=("house",))["house"]
    assert (alone.href, alone.lower) == ("/sensor?id=a", (None, None, 29.0))
    both = marks_of(one, two, known=("house", "site"))["house"]
    assert (both.href, both.measured, both.of) == ("/place?id=house&see=map", (2.0, 3.0, None), 2)
    shown = marks_of(one, two, known=("site",))["site"]
    assert shown.href == "/explore?s=a/temperature&s=b/temperature"


def test_a_place_without_sensors_is_on_the_map_too_unless_it_only_holds_others() -> None:
    assert marks_of(known=("house",))["house"].measured == ()
    series = series_at("a", "roof", (1.0, 2.0, None))
    assert "site" not in marks_of(series, known=("site", "house", "roof"))


BOX: Coordinates = {"x": 1, "y": 2, "z": 0, "width": 50, "depth": 1, "height": 3}


def spaced(
    coordinates: Coordinates, unit: str | None = None
) -> tuple[dict[str, float | None] | None, str | None]:
    schema = LocationSchema(name="rack", fields=(LocationField(name="width", unit=unit),))
    rack = Location(identifier="a", name="A", location_schema="rack", coordinates=coordinates)
    found = in_space([rack], [schema])
    where = found.where.get("a")
    return (where.model_dump() if where else None), found.unit


def test_a_place_with_x_y_and_z_is_in_space_and_with_a_whole_size_a_box() -> None:
    point = {"x": 1.0, "y": 2.0, "z": 0.0, "width": None, "depth": None, "height": None}
    assert spaced({"x": 1, "y": 2, "z": 0}) == (point, None)
    assert spaced({**BOX, "height": 0})[0] == point
    assert spaced(BOX)[0] == {**point, "width": 50.0, "depth": 1.0, "height": 3.0}
    assert spaced({"x": 1, "y": 2})[0] is None
    assert spaced({"x": 1e10, "y": 2, "z": 0})[0] is None


@pytest.mark.parametrize(("look", "length"), [(Look.MAP, ""), (Look.SPACE, "m")])
def test_a_scene_has_the_marks_of_its_look_and_the_unit_of_lengths(look: Look, length: str) -> None:
    where = Where(x=1, y=2, z=3 if look is Look.SPACE else None)
    known = Positions(where={"house": where}, unit="m" if look is Look.SPACE else None)
    view = View(place="site", look=look)
    forest = Forest(places=PLACES, series=())
    scene = scene_of(view, "", forest, None, None, ZONE, may_edit=True, known=known)
    assert (scene.see, scene.length, [mark.z for mark in scene.marks]) == (look, length, [where.z])
    assert scene.model_dump(mode="json")["see"] == look.value


def test_lengths_of_different_units_become_metres() -> None:
    where, unit = spaced(BOX, "cm")
    assert where is not None
    assert (where["width"], where["depth"], unit) == (0.5, 1.0, "m")
    assert spaced(BOX, "degC")[0] == spaced(BOX)[0]


def test_a_box_around_others_is_hollow() -> None:
    box = Where(x=0, y=0, z=0, width=1, depth=1, height=1)
    series = series_at("a", "roof", (1.0, 2.0, None))
    found = marks_of(series, known=("site", "roof"), where=box)
    assert (found["site"].hollow, found["site"].measured) == (True, ())
    assert (found["roof"].hollow, found["roof"].measured) == (False, (1.0, 2.0, None))


def test_outlines_are_small_and_whole() -> None:
    packed = gzip.compress(OUTLINES.read_bytes(), 9)
    assert len(packed) <= LARGEST
    outlines = json.loads(OUTLINES.read_text())
    for line in outlines["land"] + outlines["borders"]:
        east, north = (sum(line[axis::2]) / outlines["parts"] for axis in (0, 1))
        assert abs(east) <= 180
        assert abs(north) <= 90


@pytest.mark.parametrize("name", DIGESTS)
def test_what_others_have_made_is_what_was_looked_at(name: str) -> None:
    assert sha256((LATE / name).read_bytes()).hexdigest() == DIGESTS[name]


def pinned(*pins: Spot) -> dict[str, Mark]:
    shape = Shape(
        location="site", size=9, digest="d", vertices=3, changed_at=datetime.now(UTC), pins=pins
    )
    series = [series_at("a", "roof", (1.0, 2.0, None)), series_at("b", "roof", (3.0,) * 3)]
    forest = Forest(places=PLACES, series=())
    box = {"roof": Where(x=0, y=0, z=0)}
    view = View(place="site", look=Look.SPACE)
    return {mark.name: mark for mark in marks_placed(view, forest, box, series, shape)}


def test_what_is_pinned_in_a_shape_stands_there_and_is_told_by_itself() -> None:
    found = pinned(Spot(sensor="a", x=1, y=2, z=-3))
    assert (found["a"].x, found["a"].y, found["a"].z, found["a"].pinned) == (1, 3, 2, True)
    assert found["roof"].measured == (3.0, 3.0, 3.0)
    again = pinned(Spot(location="roof", x=1, y=2, z=-3))
    assert (again["roof"].y, again["roof"].of, again["roof"].pinned) == (3, 2, True)


def test_pins_in_a_shape_of_what_does_not_measure_this_stay() -> None:
    found = pinned(Spot(sensor="mute", x=0, y=0, z=0), Spot(location="elsewhere", x=0, y=0, z=0))
    assert [(name, found[name].kind) for name in ("mute", "elsewhere")] == [
        ("mute", "sensor"),
        ("elsewhere", "location"),
    ]
