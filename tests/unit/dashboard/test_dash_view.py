"""The address of Explore: series, range and resolution, there and back."""

import pytest

from dash_app.explore import navigate
from dash_app.explore.view import MOST_SERIES, View, window_of
from dtbase.domain.glance.chart import LineName
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid
from tests.scenes import WEEK, drawn_of

LOOKS = (
    "?s=EWR/a~model=arima~as_of=2026-01-01T00:00:00Z&s=@newark/a:4&range=7d~2d"
    "&cmp=4w&view=hours&fc=off&norm=1&axes=1&agg=degC:max"
)
FULL = (
    "?s=EWR/temperature&s=JFK/wind_speed:4&range=30d"
    "&from=2026-07-01T04:00Z&to=2026-07-02T04:00Z&res=1h"
)


@pytest.mark.parametrize(
    "search", ["", "?s=", "?s=EWR/temperature", FULL, "?range=all&res=1d", LOOKS]
)
def test_an_address_survives_being_read_and_written(search: str) -> None:
    assert View.parse(search).search() == search


@pytest.mark.parametrize(
    "search",
    [
        "?range=soon",
        "?range=9999y",
        "?res=3 parsecs",
        "?s=nonsense",
        "?from=2026-07-02&to=2026-07-01",
        "?from=soon&to=later",
        "?from=2026-07-02",
        "?s=/&s=a/&s=/b",
        "?cmp=light-year&view=inside&agg=degC:colour",
    ],
)
def test_what_an_address_says_wrongly_is_left_at_its_default(search: str) -> None:
    view = View.parse(search)
    assert (view.range, view.bucket, view.window) == ("7d", "auto", None)
    assert (view.compare, view.shown, view.aggregates) == (None, "chart", ())
    assert not view.choices


def test_a_series_named_twice_is_drawn_once() -> None:
    assert len(View.parse("?s=EWR/a&s=EWR/a").choices or ()) == 1


def test_a_series_keeps_its_colour_when_another_one_goes() -> None:
    view = View.parse("?s=EWR/a&s=JFK/a&s=LGA/a")
    fewer = navigate.without(view, "EWR/a")
    assert [choice.slot for choice in fewer.choices or ()] == [2, 3]
    again = fewer.with_lines([*(c.line for c in fewer.choices or ()), LineName.parse("EWR/a")])
    assert [choice.slot for choice in again.choices or ()] == [2, 3, 1]
    assert again == View.parse(again.search())


def test_a_chart_holds_only_so_many_series() -> None:
    keys = [SeriesKey(sensor=f"S{i}", measure="m") for i in range(MOST_SERIES + 5)]
    assert len(View().with_series(keys).choices or ()) == MOST_SERIES


def test_ticking_adds_at_the_end_and_unticking_takes_away() -> None:
    view = View.parse("?s=JFK/a&s=EWR/a")
    offered = ["EWR/a", "EWR/b", "EWR/c"]
    assert navigate.ticked(view, offered, ["EWR/b"]).search() == "?s=JFK/a&s=EWR/b"


def test_what_the_page_chose_itself_counts_as_chosen() -> None:
    assert navigate.current_view("", drawn_of("?s=EWR/a")).search() == "?s=EWR/a"


def test_a_backward_range_is_refused() -> None:
    with pytest.raises(Invalid, match="after the start"):
        window_of(WEEK.end, WEEK.start)
