"""A place's plan: marks with their values, places that tell several sensors together, scales."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dash_app.places.forest import Forest
from dash_app.plan.marks import Mark
from dash_app.plan.scene import Scene, scale_of, scene_of
from dash_app.plan.view import View
from dtbase.domain.glance.timelapse import Timelapse, TimelapseSeries
from dtbase.domain.registry.floor_plans import FloorPlan, MediaType, Pin
from dtbase.domain.registry.measures import Statistic
from tests.unit.dashboard.test_dash_overview import PLACES

NOW = datetime(2026, 7, 18, 18, 20, tzinfo=UTC)
START = datetime(2026, 7, 18, 17, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")


def series_at(
    sensor: str, location: str, measured: tuple[float | None, ...], kind: Statistic = Statistic.MEAN
) -> TimelapseSeries:
    return TimelapseSeries(
        sensor=sensor,
        sensor_name=None,
        location=location,
        measure="temperature",
        unit="degC",
        statistic=kind,
        measured=measured,
        run=None,
        issued_at=None,
        predicted=(None, None, 30.0),
        lower=(None, None, 29.0),
        upper=(None, None, 31.0),
    )


def drawn(*series: TimelapseSeries, pins: tuple[Pin, ...] = ()) -> Scene:
    lapse = Timelapse(
        location="site",
        measure="temperature",
        at=NOW,
        start=START,
        step=3600,
        steps=3,
        series=series,
    )
    plan = FloorPlan(
        location="site",
        media_type=MediaType.PNG,
        width=2,
        height=1,
        size=9,
        digest="d",
        changed_at=NOW,
        pins=pins,
    )
    forest = Forest(places=PLACES, series=())
    return scene_of(View(place="site"), "temperature", forest, plan, lapse, ZONE, may_edit=True)


def mark_of(scene: Scene, name: str) -> Mark:
    return next(mark for mark in scene.marks if mark.name == name)


def test_a_pinned_sensor_stands_on_the_plan_and_others_could() -> None:
    pins = (Pin(sensor="a", x=0.25, y=0.5), Pin(location="roof", x=0, y=1))
    scene = drawn(
        series_at("a", "roof", (1.0, 2.0, None)), series_at("b", "house", (3.0,) * 3), pins=pins
    )
    assert [(m.kind, m.name, m.x, m.y) for m in scene.marks] == [
        ("sensor", "a", 0.25, 0.5),
        ("sensor", "b", None, None),
        ("location", "house", None, None),
        ("location", "roof", 0.0, 1.0),
    ]


def test_pins_of_what_does_not_measure_this_stay() -> None:
    pins = (Pin(sensor="mute", x=0.5, y=0.5), Pin(location="elsewhere", x=0.1, y=0.1))
    names = [(m.name, m.measured) for m in drawn(pins=pins).marks if m.x is not None]
    assert names == [("elsewhere", ()), ("mute", ())]


def test_a_location_tells_the_mean_of_its_sensors_of_totals_the_sum_and_of_directions_none() -> (
    None
):
    def house(kind: Statistic) -> Mark:
        rows = (1.0, None, None), (4.0, 8.0, None)
        pair = [series_at(f"s{n}", "roof", row, kind) for n, row in enumerate(rows)]
        return mark_of(drawn(*pair), "house")

    assert house(Statistic.MEAN).measured == (2.5, 8.0, None)
    assert house(Statistic.TOTAL).measured == (5.0, 8.0, None)
    assert house(Statistic.CIRCULAR).measured == ()
    assert house(Statistic.MEAN).of == 2


def test_times_are_on_the_clock_of_the_site_and_the_present_step_is_marked() -> None:
    scene = drawn(series_at("a", "roof", (1.0, 2.0, None)))
    assert scene.labels[0] == "Sat 18 Jul 13:00"
    assert (scene.now, scene.unit, scene.digits) == (1, "°C", 1)


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ((15.2, 38.0), (15.0, 40.0)),
        ((0.0, 0.0), None),
        ((-3.1, 4.0), (-4.0, 6.0)),
        ((1013.2, 1013.9), None),
        ((1e-7, 2e-7), None),
        ((0.0, 1e12), None),
    ],
)
def test_a_scale_is_round_and_holds_all_values(
    values: tuple[float, float], scale: tuple[float, float] | None
) -> None:
    mark = Mark(kind="sensor", name="a", title="a", href="/", measured=values, predicted=(None,))
    low, high = scale_of([mark])
    assert low <= values[0]
    assert high >= values[1]
    assert high > low
    assert scale is None or (low, high) == scale
    assert scale_of([]) == (0.0, 1.0)


def test_an_address_says_place_measure_and_range() -> None:
    view = View.parse("?id=site&m=humidity&r=2w")
    assert (view.place, view.measure, view.range) == ("site", "humidity", "2w")
    assert View.parse("?r=nonsense").range == "3d"
    start, end = View.parse("?r=1d").window(NOW)
    assert end - start == timedelta(days=2)
