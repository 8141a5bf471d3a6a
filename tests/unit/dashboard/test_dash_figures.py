"""The chart: panels by unit, bands under lines, gaps as gaps, colours that stay."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import pytest

from dash_app.explore import cards
from dash_app.explore.columns import Clock, evened, gaps_of
from dash_app.explore.figures import Look, figure_of, patch_of, signature_of
from dash_app.explore.panels import panels_of, state_names
from dash_app.explore.scales import scale_of
from dash_app.explore.scene import Line
from dash_app.explore.view import Window
from dash_app.theme import Theme, ink
from dtbase.domain.registry.measures import Statistic
from tests.scenes import HOUR, NOW, WEEK, ZONE, hours, line_of, scene_of

TEMPERATURES = (line_of("EWR/temperature"), line_of("JFK/temperature", slot=2))
WIND = line_of("EWR/wind_speed", unit="m/s", slot=3)
HUMIDITY = line_of("EWR/humidity", unit="percent", slot=4)
AGGREGATED = {"mean": [2.0, 3.0, 4.0], "min": [1.0, 1.0, 1.0], "max": [9.0, 8.0, 7.0]}


def kinds(figure: go.Figure) -> list[str]:
    return [trace.meta["kind"] for trace in figure.data]


def test_lines_of_one_unit_share_a_panel_and_each_unit_has_its_own() -> None:
    panels = panels_of((*TEMPERATURES, WIND, HUMIDITY))
    assert [panel.unit for panel in panels] == ["degC", "m/s", "percent"]
    assert [panel.axis for panel in panels] == ["y", "y2", "y3"]
    assert all(above.bottom > below.top for above, below in pairwise(panels))
    assert panels[0].top == pytest.approx(1)
    assert panels[-1].bottom == pytest.approx(0, abs=1e-9)


def test_of_two_panels_the_first_is_taller() -> None:
    first, second = panels_of((*TEMPERATURES, WIND))
    assert first.top - first.bottom > 2 * (second.top - second.bottom)


def test_a_colour_stands_for_a_sensor_when_panels_split_the_measures() -> None:
    figure = figure_of(scene_of(*TEMPERATURES, WIND), Look())
    colours = [trace.line.color for trace in figure.data]
    assert colours[0] == colours[2] != colours[1]


def test_a_colour_stands_for_a_series_when_measures_share_a_panel() -> None:
    dew = line_of("EWR/dew_point", slot=2)
    figure = figure_of(scene_of(TEMPERATURES[0], dew), Look())
    assert [trace.line.color for trace in figure.data] == list(ink(Theme.LIGHT).series[:2])


def test_bands_lie_under_forecasts_and_forecasts_under_what_was_measured() -> None:
    lines = [line_of("EWR/temperature", forecast=True), line_of("JFK/temperature", forecast=True)]
    order = kinds(figure_of(scene_of(*lines), Look()))
    assert order == ["band95"] * 4 + ["band80"] * 4 + ["forecast"] * 2 + ["measured"] * 2


def test_two_forecasts_are_paler_than_one() -> None:
    one = figure_of(scene_of(line_of("EWR/temperature", forecast=True)), Look())
    lines = [line_of("EWR/temperature", forecast=True), line_of("JFK/temperature", forecast=True)]
    two = figure_of(scene_of(*lines), Look())
    assert one.data[1].fillcolor.endswith(",0.1)")
    assert two.data[1].fillcolor.endswith(",0.06)")


def test_four_forecasts_in_a_panel_have_no_bands() -> None:
    lines = [line_of(f"S{i}/temperature", forecast=True) for i in range(4)]
    assert set(kinds(figure_of(scene_of(*lines), Look()))) == {"forecast", "measured"}


def test_band_traces_stay_out_of_the_hover() -> None:
    figure = figure_of(scene_of(line_of("EWR/temperature", forecast=True)), Look())
    bands = [trace for trace in figure.data if trace.meta["kind"].startswith("band")]
    assert all(trace.hoverinfo == "skip" and trace.hovertemplate is None for trace in bands)
    forecast = figure.data[kinds(figure).index("forecast")]
    assert forecast.customdata[0] == "24.0 to 26.0"


def test_aggregates_are_drawn_with_a_band_from_min_to_max() -> None:
    scene = scene_of(line_of("EWR/temperature", columns=AGGREGATED), bucket="1d")
    figure = figure_of(scene, Look())
    assert kinds(figure) == ["range", "range", "measured"]
    assert list(figure.data[0].y) == [1, 1, 1]
    assert list(figure.data[1].y) == [9, 8, 7]


def test_a_band_with_a_gap_is_drawn_as_closed_shapes() -> None:
    columns = {"mean": [2, 3, None, 4, 5], "min": [1, 1, None, 2, 2], "max": [3, 4, None, 5, 6]}
    scene = scene_of(line_of("EWR/temperature", columns=columns), bucket="1h")
    band = figure_of(scene, Look()).data[0]
    assert band.fill == "toself"
    assert list(band.y) == [3, 4, 1, 1, None, 5, 6, 2, 2, None]


def test_evenly_spaced_values_send_no_list_of_times() -> None:
    trace = figure_of(scene_of(TEMPERATURES[0]), Look()).data[0]
    assert (trace.x, trace.x0, trace.dx) == (None, "2026-07-11T12:00:00", 3_600_000)


def test_gaps_stay_gaps_and_are_named_where_there_is_room() -> None:
    with_gap: list[Any] = hours()
    with_gap[50:80] = [None] * 30
    figure = figure_of(scene_of(line_of("EWR/temperature", columns={"value": with_gap})), Look())
    assert figure.data[0].connectgaps in {None, False}
    assert [shape.templateitemname for shape in figure.layout.shapes] == ["gap"]
    texts = [note.text for note in figure.layout.annotations]
    assert "EWR: no<br>data 31\N{NO-BREAK SPACE}h" in texts


def test_missing_times_become_missing_values() -> None:
    values = TEMPERATURES[0].values
    assert values is not None
    times = [WEEK.start + i * HOUR for i in (0, 1, 2, 6, 7)]
    sparse = values.model_copy(
        update={"start": None, "step": None, "times": times, "values": {"value": [1, 2, 3, 4, 5]}}
    )
    even = evened(sparse)
    assert even.values["value"] == [1, 2, 3, None, None, None, 4, 5]
    assert (even.start, even.step, even.times) == (WEEK.start, 3600, None)
    assert [(gap.start, gap.end) for gap in gaps_of(even, WEEK)] == [(times[2], times[3])]


def test_irregular_times_stay_as_they_are() -> None:
    values = TEMPERATURES[0].values
    assert values is not None
    times = [WEEK.start + timedelta(minutes=m) for m in (0, 7, 31, 95)]
    odd = values.model_copy(
        update={"start": None, "step": None, "times": times, "values": {"value": [1, 2, 3, 4]}}
    )
    assert evened(odd) == odd


def test_the_issue_line_stands_where_the_forecast_was_issued() -> None:
    figure = figure_of(scene_of(line_of("EWR/temperature", forecast=True)), Look())
    line = next(s for s in figure.layout.shapes if s.templateitemname == "issue-line")
    assert line.x0 == "2026-07-18T12:00:00"
    label = next(a for a in figure.layout.annotations if a.templateitemname == "issue-label")
    assert label.text == "Forecast issued 18 Jul 12:00"


def test_forecasts_issued_almost_together_have_one_line() -> None:
    first, second = (line_of(f"{s}/temperature", forecast=True) for s in ("EWR", "JFK"))
    assert first.run is not None
    earlier = first.run.model_copy(update={"issued_at": NOW - timedelta(minutes=5)})
    figure = figure_of(scene_of(first.model_copy(update={"run": earlier}), second), Look())
    lines = [shape.x0 for shape in figure.layout.shapes if shape.templateitemname == "issue-line"]
    assert lines == ["2026-07-18T12:00:00"]


def test_totals_are_bars_and_directions_are_points() -> None:
    rain = line_of("EWR/rain", unit="mm", statistic=Statistic.TOTAL)
    wind = line_of("EWR/direction", unit="degree", statistic=Statistic.CIRCULAR)
    figure = figure_of(scene_of(rain, wind), Look())
    assert [trace.type for trace in figure.data] == ["bar", "scatter"]
    assert figure.data[1].mode == "markers"
    assert figure.layout.yaxis2.dtick == 90


def test_one_fault_does_not_flatten_the_chart_and_is_told() -> None:
    faulty: list[Any] = hours()
    faulty[60] = 468.7
    scene = scene_of(line_of("EWR/wind_speed", unit="m/s", columns={"value": faulty}))
    scale = scale_of(panels_of(scene.lines)[0], WEEK)
    assert scale is not None
    assert scale.high < 60
    assert (scale.beyond, scale.farthest) == (1, 468.7)
    title = figure_of(scene, Look()).layout.annotations[0].text
    assert "1 value beyond the scale, up to 468.7" in title


def test_rare_rain_is_no_fault() -> None:
    rain = [0.0] * 166 + [0.3, 12.0]
    line = line_of("EWR/rain", unit="mm", statistic=Statistic.TOTAL, columns={"value": rain})
    scale = scale_of(panels_of([line])[0], WEEK)
    assert scale is not None
    assert (scale.low, scale.beyond) == (0, 0)
    assert scale.high > 12


def test_the_scale_counts_only_what_is_in_view() -> None:
    rising = [float(i) for i in range(168)]
    panel = panels_of([line_of("EWR/temperature", columns={"value": rising})])[0]
    first_day = Window(start=WEEK.start, end=WEEK.start + 24 * HOUR)
    scale = scale_of(panel, first_day)
    assert scale is not None
    assert scale.high < 30


def test_an_hour_stays_an_hour_when_the_clocks_change() -> None:
    clock = Clock(zone=ZONE, at=datetime(2026, 11, 5, tzinfo=UTC))
    before, after = (datetime(2026, 11, 1, hour, tzinfo=UTC) for hour in (5, 6))
    assert clock.local(after) - clock.local(before) == HOUR


def test_days_stand_at_their_own_midnight_when_the_clocks_change() -> None:
    clock = Clock(zone=ZONE, at=datetime(2026, 11, 5, tzinfo=UTC), on_the_wall=True)
    summer, winter = datetime(2026, 10, 31, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert clock.iso(summer) == "2026-10-31T00:00:00"
    assert clock.iso(winter) == "2026-11-02T00:00:00"


def test_a_patch_changes_values_and_ranges_but_not_the_theme() -> None:
    figure = figure_of(scene_of(*TEMPERATURES), Look())
    operations = patch_of(figure).to_plotly_json()["operations"]
    touched = {tuple(operation["location"][:3:2]) for operation in operations}
    assert ("data", "y") in touched
    assert ("data", "x0") in touched
    assert not any("template" in operation["location"] for operation in operations)


@pytest.mark.parametrize(
    ("lines", "look"),
    [
        (TEMPERATURES[:1], Look()),
        (TEMPERATURES, Look(theme=Theme.DARK)),
        ((line_of("EWR/temperature", forecast=True), TEMPERATURES[1]), Look()),
        ((line_of("EWR/temperature", columns=AGGREGATED), TEMPERATURES[1]), Look()),
    ],
)
def test_other_series_bands_or_theme_need_a_new_chart(lines: tuple[Line, ...], look: Look) -> None:
    usual = signature_of(figure_of(scene_of(*TEMPERATURES), Look()), Look())
    assert signature_of(figure_of(scene_of(*lines), look), look) != usual


def test_another_range_needs_no_new_chart() -> None:
    near = figure_of(scene_of(*TEMPERATURES), Look())
    far = figure_of(scene_of(*TEMPERATURES, window=WEEK.moved(-0.3)), Look())
    assert signature_of(near, Look()) == signature_of(far, Look())


def test_hidden_groups_stay_hidden_when_the_chart_is_drawn_again() -> None:
    lines = [line_of("EWR/temperature", forecast=True), TEMPERATURES[1]]
    figure = figure_of(scene_of(*lines), Look(hidden=frozenset({"EWR", "bands"})))
    shown = [trace.name for trace in figure.data if trace.visible]
    assert shown == ["JFK"]


def test_both_themes_draw_with_their_own_colours() -> None:
    for theme in Theme:
        figure = figure_of(scene_of(TEMPERATURES[0]), Look(theme=theme))
        assert figure.data[0].line.color == ink(theme).series[0]
        assert figure.layout.template.layout.plot_bgcolor.startswith("#")


def test_a_phone_gets_no_names_at_the_ends_of_lines() -> None:
    desk, phone = (
        {
            note.templateitemname
            for note in figure_of(scene_of(*TEMPERATURES), look).layout.annotations
        }
        for look in (Look(), Look(phone=True))
    )
    assert desk - phone == {"end-label"}


def test_the_chart_says_its_resolution_and_its_zone() -> None:
    texts = [span.children for span in cards.foot(scene_of(TEMPERATURES[0]))]
    assert texts == [
        "1 point = 1 hour, as measured",
        "Times in New York (EDT, UTC\N{MINUS SIGN}4)",
    ]


def test_a_chart_over_the_change_of_the_clocks_says_so() -> None:
    autumn = Window(start=NOW + timedelta(days=100), end=NOW + timedelta(days=110))
    assert "clocks change" in cards.foot(scene_of(TEMPERATURES[0], window=autumn))[1].children


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (("pump/state", "fan/state"), ["pump", "fan"]),
        (("pump/state", "pump/open"), ["State", "Open"]),
        (("pump/state", "pump/open", "fan/state"), ["pump state", "pump open", "fan state"]),
    ],
)
def test_rows_of_states_are_called_by_what_tells_them_apart(
    keys: tuple[str, ...], names: list[str]
) -> None:
    lines = [line_of(key, slot=slot) for slot, key in enumerate(keys, start=1)]
    assert state_names(lines) == names
