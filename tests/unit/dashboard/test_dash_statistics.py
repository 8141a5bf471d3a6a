"""Statistics and the CSV file tell what is visible, and nothing else."""

import csv
from io import StringIO

import pytest

from dash_app.explore.export import csv_of, file_name
from dash_app.explore.statistics import summaries_of
from dash_app.explore.view import Window
from dtbase.domain.registry.measures import Statistic
from tests.scenes import HOUR, NOW, WEEK, Columns, line_of, scene_of

DAY = Window(start=WEEK.start, end=WEEK.start + 4 * HOUR)


def test_statistics_count_only_what_is_visible() -> None:
    line = line_of("EWR/temperature", columns={"value": [1.0, 2.0, None, 3.0, 99.0]})
    (summary,) = summaries_of(scene_of(line, window=DAY))
    assert (summary.mean, summary.low, summary.median, summary.high) == (2, 1, 2, 3)
    assert summary.high_at == WEEK.start + 3 * HOUR
    assert summary.complete == pytest.approx(0.75)


def test_aggregates_are_weighted_and_keep_their_extremes() -> None:
    columns: Columns = {"mean": [1.0, 4.0], "min": [0.0, 3.0], "max": [2.0, 7.0], "count": [30, 10]}
    line = line_of("EWR/temperature", columns=columns)
    (summary,) = summaries_of(scene_of(line, bucket="1h", window=DAY))
    assert (summary.mean, summary.low, summary.high) == (1.75, 0, 7)


def test_an_empty_bucket_makes_a_series_incomplete() -> None:
    columns: Columns = {"mean": [1.0, None, 1.0, 1.0], "count": [6, 0, 6, 3]}
    line = line_of("EWR/temperature", columns=columns)
    (summary,) = summaries_of(scene_of(line, bucket="1h", window=DAY))
    assert summary.complete == pytest.approx(15 / 24)


def test_directions_have_a_mean_on_the_circle_and_no_extremes() -> None:
    columns = {"value": [350.0, 10.0, 350.0, 10.0]}
    line = line_of("EWR/direction", unit="degree", statistic=Statistic.CIRCULAR, columns=columns)
    (summary,) = summaries_of(scene_of(line, window=DAY))
    assert summary.mean is not None
    assert min(summary.mean, 360 - summary.mean) == pytest.approx(0, abs=1e-9)
    assert (summary.low, summary.high) == (None, None)


def test_a_silent_series_has_no_statistics() -> None:
    line = line_of("EWR/temperature", columns={"value": [None] * 5})
    (summary,) = summaries_of(scene_of(line, window=DAY))
    assert (summary.mean, summary.complete) == (None, 0)


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
