"""The views of one selection: table, scatter, hours, distribution, calendar, states."""

from collections.abc import Sequence
from datetime import timedelta

import plotly.graph_objects as go
import pytest

from dash_app.explore import views
from dash_app.explore.figures import Look, figure_of, pen_of
from dash_app.explore.scene import Scene
from dash_app.explore.view import Window
from dash_app.explore.views import heat, scatter
from dash_app.explore.views.points import visible
from dash_app.explore.views.table import columns_of
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import Value
from tests.scenes import HOUR, WEEK, line_of, scene_of, values_of

DAYS_3 = Window(start=WEEK.start, end=WEEK.start + 3 * 24 * HOUR)
RISING = [float(place) for place in range(72)]


def shown(scene: Scene, name: str) -> go.Figure:
    scene = scene.model_copy(update={"view": scene.view.model_copy(update={"shown": name})})
    found = views.shown(scene, Look(), pen_of(scene, Look()))
    assert isinstance(found, go.Figure)
    return found


def text_of(scene: Scene, name: str) -> str:
    scene = scene.model_copy(update={"view": scene.view.model_copy(update={"shown": name})})
    return str(views.shown(scene, Look(), pen_of(scene, Look())))


def two(second: Sequence[Value | None]) -> Scene:
    lines = (
        line_of("EWR/temperature", columns={"value": RISING}),
        line_of("JFK/temperature", columns={"value": second}, slot=2),
    )
    return scene_of(*lines, window=DAYS_3)


def test_a_scatter_tells_the_fit_and_r() -> None:
    scene = two([2 * value + 1 for value in RISING])
    figure = shown(scene, "scatter")
    assert [trace.meta["kind"] for trace in figure.data] == ["scatter", "fit"]
    (told,) = scatter.told(scene, pen_of(scene, Look()))
    times = "\N{MULTIPLICATION SIGN}"
    assert told == f"JFK temperature = 2 {times} EWR temperature + 1, r = 1.00, 72 points"


def test_a_scatter_has_only_the_times_that_both_have() -> None:
    scene = two([None if place % 2 else 5.0 + place for place in range(72)])
    assert len(shown(scene, "scatter").data[0].x) == 36
    assert "at least two series" in text_of(scene_of(line_of("EWR/temperature")), "scatter")


def test_a_line_that_never_moves_has_no_fit() -> None:
    scene = two([5.0] * 72)
    assert [trace.meta["kind"] for trace in shown(scene, "scatter").data] == ["scatter"]
    assert "nothing varies" in scatter.told(scene, pen_of(scene, Look()))[0]


def test_hours_stand_under_their_hour_of_the_site() -> None:
    scene = two(RISING)
    first = shown(scene, "hours").data[0]
    assert list(first.x) == list(range(24))
    assert len(first.y) == 4  # from noon to noon
    assert first.z[0][:12] == [None] * 12
    assert first.z[0][12] == 0.0
    assert first.z[1][0] == 12.0


def test_maps_of_one_unit_share_their_scale() -> None:
    scene = two([value + 100 for value in RISING])
    first, second = shown(scene, "hours").data
    assert (first.zmin, first.zmax) == (second.zmin, second.zmax)
    assert first.zmax > 150


def test_a_calendar_has_weeks_and_their_days() -> None:
    days = [float(place) for place in range(20)]
    values = values_of(line_of("EWR/temperature").series, {"mean": days}, step=24 * 3600)
    line = line_of("EWR/temperature").model_copy(update={"values": values})
    window = Window(start=WEEK.start, end=WEEK.start + timedelta(days=20))
    scene = scene_of(line, bucket="1d", window=window)
    grid = heat.by_day(visible(scene, pen_of(scene, Look()))[0], scene)
    assert grid.y == heat.DAYS
    assert (grid.z[5][0], grid.z[6][0], grid.z[0][1]) == (0.0, 1.0, 2.0)  # it begins on a Saturday
    assert grid.texts[5][0] == "Sat 11 Jul 2026"


def test_a_distribution_adds_up_to_all_values() -> None:
    for trace in shown(two(RISING), "distribution").data:
        assert sum(trace.y) == pytest.approx(100)


def test_a_table_has_the_visible_values_and_the_forecast_beside_them() -> None:
    scene = scene_of(line_of("EWR/temperature", forecast=True))
    measured, believed = columns_of(scene)
    assert (measured.title, len(measured.cells)) == ("EWR temperature", 7 * 24)
    assert believed.title == "EWR temperature, arima forecast"
    assert "23.0" in text_of(scene, "table")


def test_a_table_says_what_the_next_reading_of_a_meter_can_change() -> None:
    line = line_of("EWR/temperature")
    assert line.values is not None
    assert "so far" not in text_of(scene_of(line), "table")
    last = line.values.last_time
    told = line.values.model_copy(update={"provisional_from": last})
    shown = text_of(scene_of(line.model_copy(update={"values": told})), "table")
    assert shown.count("so far") == 1


@pytest.mark.parametrize("name", ["hours", "distribution", "calendar"])
def test_what_holds_no_numbers_says_so(name: str) -> None:
    assert "has numbers in this range" in text_of(scene_of(), name)


def states(said: list[Value | None], datatype: Datatype) -> go.Figure:
    line = line_of("EWR/pump", unit=None)
    times = [WEEK.start + place * HOUR for place in range(len(said))]
    series = line.series.model_copy(update={"datatype": datatype})
    values = values_of(series, {"value": said}).model_copy(
        update={"times": times, "start": None, "step": None}
    )
    changed = line.model_copy(update={"series": series, "values": values})
    return figure_of(scene_of(line_of("EWR/temperature"), changed), Look())


def test_states_are_spans_in_a_panel_of_their_own() -> None:
    figure = states([False, True, True, False], Datatype.BOOLEAN)
    spans = [trace for trace in figure.data if trace.meta["kind"] == "state"]
    assert [trace.name for trace in spans] == ["Pump: off", "Pump: on"]
    assert spans[1].x[:2] == ["2026-07-11T13:00:00", "2026-07-11T14:00:00"]
    assert spans[0].yaxis == "y2"
    assert "States" in figure.layout.annotations[1].text
    texts = states(["idle", "busy", "idle"], Datatype.STRING)
    assert [t.name for t in texts.data if t.meta["kind"] == "state"][1] == "Pump: busy"


def test_two_units_may_share_one_panel_with_two_axes() -> None:
    wind = line_of("EWR/wind_speed", unit="m/s", slot=2)
    scene = scene_of(line_of("EWR/temperature"), wind)
    apart = figure_of(scene, Look())
    assert apart.layout.yaxis2.overlaying is None
    view = scene.view.model_copy(update={"axes": True})
    together = figure_of(scene.model_copy(update={"view": view}), Look())
    assert (together.layout.yaxis2.overlaying, together.layout.yaxis2.side) == ("y", "right")
    assert together.layout.height < apart.layout.height
    colours = [trace.line.color for trace in together.data]
    assert colours[0] != colours[1]


def test_what_was_earlier_lies_lighter_beneath_on_the_times_of_now() -> None:
    line = line_of("EWR/temperature")
    day = timedelta(days=1)
    values = values_of(line.series, {"value": RISING}, start=WEEK.start - day)
    line = line.model_copy(update={"earlier": values})
    scene = scene_of(line).model_copy(update={"shift": day})
    earlier, measured = figure_of(scene, Look()).data
    assert (earlier.meta["kind"], measured.meta["kind"]) == ("earlier", "measured")
    assert earlier.opacity < 1
    assert earlier.line.width < measured.line.width
    assert earlier.x0 == measured.x0
