"""The CSV file tells what is visible, and nothing else; statistics are laid beside earlier ones."""

import csv
from io import StringIO
from zoneinfo import ZoneInfo

from dash_app.explore.export import csv_of, file_name
from dash_app.explore.navigate import Drawn, Row
from dash_app.explore.statistics import asked_keys, asked_of, of_drawn, table
from dash_app.explore.view import Window
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.values.statistics import Summary
from tests.scenes import HOUR, NOW, WEEK, line_of, scene_of

UTC_ZONE = ZoneInfo("UTC")
ROW_KEY = SeriesKey(sensor="EWR", measure="temperature")
ROW = Row(key="EWR/temperature", label="EWR temperature", colour=1)


def drawn(earlier: bool = True) -> Drawn:
    before = WEEK.start - 7 * 24 * HOUR if earlier else None
    return Drawn(start=WEEK.start, end=WEEK.end, earlier_start=before, rows=(ROW,))


def summary(mean: float, statistic: Statistic = Statistic.MEAN) -> Summary:
    return Summary(
        sensor="EWR",
        measure="temperature",
        unit="degC",
        statistic=statistic,
        count=10,
        mean=mean,
        max=mean,
        max_at=NOW,
        complete=0.5,
    )


def texts(found: object) -> str:
    return str(found)


def test_statistics_are_of_the_same_hours_of_both_ranges() -> None:
    asked = asked_of(drawn(), NOW)
    assert asked.window == Window(start=WEEK.start, end=NOW)
    assert asked.earlier is not None
    assert asked.earlier.length == asked.window.length
    assert asked_of(drawn(earlier=False), NOW).earlier is None


def test_a_comparison_tells_the_difference() -> None:
    scene = scene_of(line_of("EWR/temperature"))
    asked = asked_of(drawn(), NOW)
    now, then = summary(3.5), summary(1.0)
    told = texts(table(drawn(), asked, scene.tz, {now.key: now}, {then.key: then}))
    assert "'+2.5'" in told
    assert "Difference" in told
    alone = asked_of(drawn(earlier=False), NOW)
    assert "Difference" not in texts(table(drawn(), alone, scene.tz, {now.key: now}, {}))


def test_when_it_was_highest_leads_to_the_hours_around() -> None:
    scene = scene_of(line_of("EWR/temperature"))
    shown = drawn(earlier=False).model_copy(update={"search": "?s=EWR/temperature&range=30d"})
    told = texts(table(shown, asked_of(shown, NOW), scene.tz, {ROW_KEY: summary(3.5)}, {}))
    start, end = (f"{NOW + sign * 24 * HOUR:%Y-%m-%dT%H:%MZ}" for sign in (-1, 1))
    assert f"/explore?s=EWR/temperature&range=30d&from={start}&to={end}" in told


def test_directions_differ_by_the_shorter_way_round() -> None:
    scene = scene_of(line_of("EWR/temperature"))
    now, then = summary(10, Statistic.CIRCULAR), summary(350, Statistic.CIRCULAR)
    told = table(drawn(), asked_of(drawn(), NOW), scene.tz, {now.key: now}, {then.key: then})
    assert "'+20.0'" in texts(told)


def test_without_readings_then_that_is_told() -> None:
    scene = scene_of(line_of("EWR/temperature"))
    now = summary(3.5)
    told = texts(table(drawn(), asked_of(drawn(), NOW), scene.tz, {now.key: now}, {}))
    assert "no readings then" in told


def test_where_nothing_was_measured_no_row_of_dashes_stands() -> None:
    scene = scene_of(line_of("EWR/temperature"))
    nothing = summary(0.0).model_copy(update={"count": 0, "mean": None, "max": None})
    alone = asked_of(drawn(earlier=False), NOW)
    assert not table(drawn(earlier=False), alone, scene.tz, {nothing.key: nothing}, {})
    compared = asked_of(drawn(), NOW)
    then = summary(1.0)
    assert table(drawn(), compared, scene.tz, {nothing.key: nothing}, {then.key: then})


def test_the_file_holds_what_is_seen_with_times_of_the_site() -> None:
    scene = scene_of(line_of("EWR/temperature", forecast=True))
    rows = list(csv.DictReader(StringIO(csv_of(scene))))
    kinds = [row["kind"] for row in rows]
    assert kinds.count("measured") == 7 * 24
    assert kinds.count("forecast") == 47
    assert rows[0]["time"] == "2026-07-11T12:00:00-04:00"
    last = rows[-1]
    assert (last["value"], last["lower_80"], last["upper_95"]) == ("25.0", "24.0", "27.0")
    assert last["issued_at"] == NOW.astimezone(scene.tz).isoformat()


def test_the_file_is_named_after_its_range() -> None:
    assert file_name(scene_of(line_of("EWR/a"))) == "dtbase_2026-07-11_2026-07-20_raw.csv"


def test_lines_that_are_no_series_are_summed_up_as_they_are_drawn() -> None:
    line = line_of("@airport/temperature", columns={"mean": [1.0, None, 4.0, 10.0]})
    first_three = Window(start=WEEK.start, end=WEEK.start + 3 * HOUR)
    found = of_drawn(line, line.values, first_three)
    assert found is not None
    assert (found.count, found.mean, found.max) == (2, 2.5, 4.0)
    assert found.max_at == WEEK.start + 2 * HOUR
    row = Row(key="@airport/temperature", label="Airport temperature", colour=2, drawn=found)
    both = drawn(earlier=False).model_copy(update={"rows": (ROW, row)})
    now = summary(3.5)
    told = texts(table(both, asked_of(both, NOW), UTC_ZONE, {now.key: now}, {}))
    assert "as drawn" in told
    assert [str(key) for key in asked_keys(both)] == ["EWR/temperature"]


def test_a_formula_is_compared_with_itself_earlier() -> None:
    key = "=EWR/temperature - JFK/temperature"
    now, then = (summary(mean) for mean in (3.5, 1.0))
    row = Row(key=key, label=key, colour=1, drawn=now, drawn_earlier=then)
    compared = drawn().model_copy(update={"rows": (row,)})
    told = texts(table(compared, asked_of(compared, NOW), UTC_ZONE, {}, {}))
    assert "'+2.5'" in told
    assert asked_keys(compared) == []
