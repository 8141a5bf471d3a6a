"""Places on the map: which have coordinates, what each tells, and outlines that come along."""

import gzip
import json
from pathlib import Path

import pytest

import dash_app
from dash_app.places.forest import Forest
from dash_app.plan.marks import Mark
from dash_app.plan.standing import Where, marks_standing, on_map
from dtbase.domain.glance.timelapse import TimelapseSeries
from dtbase.domain.registry.locations import Coordinates
from tests.unit.dashboard.test_dash_overview import PLACES
from tests.unit.dashboard.test_dash_plan import series_at

OUTLINES = Path(dash_app.__file__).parent / "assets/late/outlines.json"
HERE = Where(x=-74.0, y=40.7)
LARGEST = 150_000


def standing(*series: TimelapseSeries, known: tuple[str, ...]) -> dict[str, Mark]:
    forest = Forest(places=PLACES, series=())
    found = marks_standing("site", forest, dict.fromkeys(known, HERE), series)
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
    assert on_map(coordinates) == where


def test_a_sensor_is_told_at_the_nearest_place_around_it_that_is_on_the_map() -> None:
    series = series_at("a", "roof", (1.0, 2.0, None))
    assert set(standing(series, known=("site", "house"))) == {"house"}
    assert standing(series, known=("site",))["site"].measured == (1.0, 2.0, None)
    nowhere = standing(series, known=())["a"]
    assert (nowhere.kind, nowhere.x) == ("sensor", None)


def test_a_place_leads_to_its_one_sensor_and_with_several_to_the_place() -> None:
    one = series_at("a", "roof", (1.0, 2.0, None))
    two = series_at("b", "roof", (3.0, 4.0, None))
    alone = standing(one, known=("house",))["house"]
    assert (alone.href, alone.lower) == ("/sensor?id=a", (None, None, 29.0))
    both = standing(one, two, known=("house", "site"))["house"]
    assert (both.href, both.measured, both.of) == ("/place?id=house&see=map", (2.0, 3.0, None), 2)
    shown = standing(one, two, known=("site",))["site"]
    assert shown.href == "/explore?s=a/temperature&s=b/temperature"


def test_a_place_without_sensors_is_on_the_map_too_unless_it_only_holds_others() -> None:
    assert standing(known=("house",))["house"].measured == ()
    series = series_at("a", "roof", (1.0, 2.0, None))
    assert "site" not in standing(series, known=("site", "house", "roof"))


def test_outlines_are_small_and_whole() -> None:
    packed = gzip.compress(OUTLINES.read_bytes(), 9)
    assert len(packed) <= LARGEST
    outlines = json.loads(OUTLINES.read_text())
    for line in outlines["land"] + outlines["borders"]:
        east, north = (sum(line[axis::2]) / outlines["parts"] for axis in (0, 1))
        assert abs(east) <= 180
        assert abs(north) <= 90
