"""When forecasts are off, and scenarios side by side, in words."""

from datetime import UTC, datetime, timedelta

from dash_app.forecasts.habits import (
    BLOCKS,
    ENOUGH,
    SEASONS,
    Miss,
    block_of,
    habits_of,
    parts,
    season_of,
    told,
)
from dash_app.forecasts.scenarios import names_of, places_of, words
from dtbase.domain.forecasts.comparison import Comparison, Side
from dtbase.domain.forecasts.runs import RunStatus
from tests.scenes import HOUR, NOW, run_of, series_of

START = datetime(2026, 1, 1, tzinfo=UTC)
NB = "\N{NO-BREAK SPACE}"


def a_month(afternoons: float, nights: float) -> list[Miss]:
    """Return a month of hours: by day one error, at night another one that goes both ways."""
    times = [START + hour * HOUR for hour in range(30 * 24)]
    return [
        Miss(at, afternoons if 12 <= at.hour < 18 else nights * (-1) ** (at.hour + at.day))
        for at in times
    ]


def test_the_hours_at_which_it_is_farthest_off_are_named_and_which_way_it_leans() -> None:
    habits = habits_of(a_month(2.0, 0.5), BLOCKS, block_of)
    assert len(habits) == 8
    sentence = told(habits, "degC")
    assert sentence.startswith(f"Farthest off from 12 to 15 o'clock, usually by 2.0{NB}°C;")
    assert f"by 0.5{NB}°C" in sentence
    assert sentence.endswith(f"2.0{NB}°C too low in the mean from 12 to 15 o'clock.")


def test_what_goes_both_ways_leans_neither_way() -> None:
    habits = habits_of(a_month(0.5, 0.5), BLOCKS, block_of)
    night = next(habit for habit in habits if habit.name.startswith("0 to"))
    assert (night.usual, night.leans) == (0.5, False)


def test_times_of_which_little_is_known_are_not_told() -> None:
    few = [Miss(START + day * timedelta(days=1), 1.0) for day in range(ENOUGH - 1)]
    assert habits_of(few, BLOCKS, block_of) == []
    assert "Too few hours are known" in str(parts(few, "degC"))
    assert "Nothing of the last year" in str(parts([], "degC"))


def test_every_month_is_in_one_season() -> None:
    months = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 13)]
    assert {season_of(at) for at in months} == set(SEASONS)


def test_scenarios_are_those_that_ran_things_as_they_are_first() -> None:
    target = series_of("EWR/temperature")
    runs = [
        run_of(target, number=number).model_copy(update={"scenario": name})
        for number, name in enumerate(("warmer", "default", "colder", "warmer"))
    ]
    failed = run_of(target, RunStatus.FAILED).model_copy(update={"scenario": "broken"})
    assert names_of([*runs, failed], "arima") == ["default", "colder", "warmer"]
    assert names_of(runs, "another") == []


def test_scenarios_are_told_apart_by_their_mean_difference() -> None:
    times = [NOW + hour * HOUR for hour in range(48)]
    side = Side(
        run=1,
        model="arima",
        scenario="default",
        issued_at=NOW,
        values=[20.0] * 48,
        difference=[0.0] * 48,
        mean_difference=0.0,
    )
    warmer = side.model_copy(
        update={"scenario": "warmer", "difference": [2.0] * 48, "mean_difference": 2.0}
    )
    found = Comparison(
        sensor="EWR", measure="temperature", unit="degC", times=times, sides=[side, warmer]
    )
    assert words(found) == f"Beside default: under warmer 2.0{NB}°C more in the mean."
    assert places_of(times) == [0, 5, 23, 47]
    assert places_of(times[:3]) == [0]
    assert "share no time" in words(found.model_copy(update={"times": []}))
