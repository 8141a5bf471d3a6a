"""Overview: what is shown of the twin, in which order, and in which words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dash_app.overview import attention, base, places, words
from dash_app.overview.sparks import spark
from dash_app.overview.view import View, chosen, subtree
from dtbase.domain.glance.overview import (
    Ahead,
    Concern,
    Failure,
    Forecasting,
    Overview,
    PlaceNow,
    SeriesNow,
    Work,
)
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import SeriesKey, Value
from tests.dashboards import components_in

NOW = datetime(2026, 7, 18, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("America/New_York")
PLACES = (
    PlaceNow(identifier="site", name="Site", parent=None),
    PlaceNow(identifier="house", name="House", parent="site"),
    PlaceNow(identifier="roof", name="Roof", parent="house"),
)


def series_of(
    name: str,
    concern: Concern | None = None,
    *,
    location: str | None = "roof",
    value: Value = 36.7,
    since: datetime = NOW - 3.2 * HOUR,
) -> SeriesNow:
    key = SeriesKey.parse(name)
    return SeriesNow(
        sensor=key.sensor,
        sensor_name=None,
        sensor_type="station",
        location=location,
        measure=key.measure,
        unit="degC",
        datatype=Datatype.FLOAT,
        statistic=Statistic.MEAN,
        time=NOW,
        value=value,
        every=3600,
        due=NOW + HOUR,
        day=(30.0, None, 36.7),
        concern=concern,
        since=since if concern else None,
        lower=29.0,
        upper=34.0,
    )


def overview_of(*series: SeriesNow, failures: tuple[Failure, ...] = ()) -> Overview:
    return Overview(
        at=NOW,
        first_hour=NOW - 24 * HOUR,
        places=PLACES,
        series=series,
        readings=(10,) * 24,
        work=Work(queued=0, running=0, failures=failures, due=()),
        forecasting=Forecasting(series=0, champions=0, drifting=0),
    )


def texts(parts: object) -> str:
    """Return all the text of some components."""
    found = [each.children for part in parts for each in components_in(part)]  # type: ignore[attr-defined]
    flat = [t for each in found for t in (each if isinstance(each, list) else [each])]
    return " ".join(text for text in flat if isinstance(text, str))


@pytest.mark.parametrize(
    ("concern", "said"),
    [
        (Concern.SILENT, "No data for 3 h 12 min. It reports every hour."),
        (Concern.OUTSIDE, "36.7 °C, outside the 29.0 to 34.0 °C that was forecast for it"),
        (Concern.STUCK, "36.7 °C without moving for 3 h 12 min"),
    ],
)
def test_what_is_unusual_is_said_in_words(concern: Concern, said: str) -> None:
    series = series_of("EWR/temperature", concern)
    assert words.unusual(series, NOW).replace("\N{NO-BREAK SPACE}", " ") == said
    assert words.since_text(series, NOW, ZONE) == "since 10:48"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(minutes=40), "40 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1, hours=4), "1 day 4 h"),
        (timedelta(days=12), "12 days"),
    ],
)
def test_lengths_are_said_exactly_enough(length: timedelta, said: str) -> None:
    assert words.lasted(length).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(("value", "said"), [(True, "on"), (False, "off"), ("open", "open")])
def test_states_are_said_as_what_they_are(value: Value, said: str) -> None:
    assert words.value_now(series_of("EWR/state", value=value)) == said


def test_the_gravest_comes_first_and_of_the_same_what_began_last() -> None:
    stuck = series_of("a/x", Concern.STUCK)
    old = series_of("b/x", Concern.SILENT, since=NOW - 9 * HOUR)
    new = series_of("c/x", Concern.SILENT)
    fine = series_of("d/x")
    assert attention.in_order([fine, stuck, old, new]) == [new, old, stuck, fine]


def test_a_service_that_failed_is_told_before_what_is_unusual() -> None:
    failure = Failure(service="weather", run=7, at=NOW, reason="no answer")
    overview = overview_of(series_of("EWR/temperature", Concern.STUCK), failures=(failure,))
    told = texts(attention.card(overview, overview.series, View(), ZONE))
    assert told.index("Service weather") < told.index("Temperature, EWR")
    assert "Run 7 failed. No answer." in told
    assert "1 of 1 series" in told


def test_a_healthy_twin_is_quiet() -> None:
    overview = overview_of(series_of("EWR/temperature"))
    told = texts(attention.card(overview, overview.series, View(), ZONE))
    assert told == "Nothing needs attention. 1 of 1 series report as they should."


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", {"EWR/temperature", "EWR/wind_speed", "x/level"}),
        ("?q=wind+speed", {"EWR/wind_speed"}),
        ("?q=roof", {"EWR/temperature", "EWR/wind_speed"}),
        ("?within=site", {"EWR/temperature", "EWR/wind_speed"}),
        ("?within=nowhere", set()),
        ("?type=other", set()),
        ("?state=unusual", {"EWR/wind_speed"}),
    ],
)
def test_an_address_narrows_what_is_shown(search: str, found: set[str]) -> None:
    overview = overview_of(
        series_of("EWR/temperature"),
        series_of("EWR/wind_speed", Concern.STUCK),
        series_of("x/level", location=None),
    )
    view = View.parse(search)
    assert {str(each.key) for each in chosen(overview, view)} == found
    assert View.parse(view.search()) == view


def test_a_subtree_is_a_place_and_all_that_stands_in_it() -> None:
    assert subtree(PLACES, "house") == {"house", "roof"}


def test_places_with_trouble_come_first_and_series_without_a_place_are_shown() -> None:
    overview = overview_of(
        series_of("a/x", location="house"),
        series_of("b/x", Concern.SILENT, location="roof"),
        series_of("c/x", location=None),
    )
    spots = places.spots_of(overview, overview.series)
    assert [spot.name for spot in spots] == ["Roof", "House", places.NOWHERE]


def test_many_places_are_shown_when_somebody_asks() -> None:
    many = tuple(PlaceNow(identifier=f"p{i}", name=f"P{i:03}", parent=None) for i in range(40))
    found = [series_of(f"s{i}/x", location=f"p{i}") for i in range(40)]
    overview = overview_of(*found).model_copy(update={"places": many})
    few = places.cards(overview, found, View())
    assert len(few) == places.FEW_CARDS + 1
    assert "Show all 40 locations" in texts(few)
    assert len(places.cards(overview, found, View(all=True))) == 40


def test_a_change_over_the_day_has_its_sign() -> None:
    assert places.change_text(series_of("EWR/temperature")).startswith("+6.7")
    assert places.change_text(series_of("EWR/state", value="open")) == ""


def test_a_forecast_of_finer_steps_is_drawn_by_the_hour() -> None:
    ahead = Ahead(run=1, start=NOW, step=600, values=(1.0,) * 144, lower=(0.0,) * 144, upper=())
    assert len(places.hourly(ahead)[0]) == 24


def test_a_sparkline_has_gaps_and_a_dot_at_its_last_value() -> None:
    (line,) = spark([1.0, None, 3.0, None]).children
    drawing = line.style["maskImage"]
    assert drawing.count("M") == 2
    assert drawing.count("circle") == 1
    assert "band" not in str(spark([1.0, 2.0]))
    assert not spark([None, None]).children


def test_what_is_forecast_is_dashed_in_its_band() -> None:
    layers = spark([1.0, 2.0], ahead=[3.0], lower=[2.0], upper=[4.0]).children
    assert [layer.className for layer in layers] == ["line", "ahead", "band"]


def test_an_hour_that_brought_less_than_usual_stands_out_but_not_the_present_one() -> None:
    bars = base.bars([10, 10, 4, 10, 10, 1]).children
    assert [bar.className for bar in bars] == ["", "", "low", "", "", ""]
