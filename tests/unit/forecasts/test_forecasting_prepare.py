"""Raw readings become an even grid."""

import numpy as np
import pytest

from jobs.demo.weather import COLUMNS, read
from jobs.forecasting.prepare import Ticks, cadence, fill_short_gaps, regularise, ticks_of

HOUR = 3600.0
HOURLY = Ticks(HOUR, 0.0)
START = 1_700_006_400.0


def test_the_cadence_is_found_in_spite_of_jitter_and_lost_readings() -> None:
    random = np.random.default_rng(1)
    times = START + 600 * np.arange(2000) + random.uniform(-20, 20, 2000)
    kept = np.sort(random.choice(times, 1000, replace=False))
    assert cadence(kept) == 600


@pytest.mark.parametrize("seconds", [60, 300, 600, 900, 1800, 3600, 86400])
def test_an_even_cadence_is_found_as_it_is(seconds: int) -> None:
    assert cadence(START + seconds * np.arange(100.0)) == seconds


@pytest.mark.parametrize(("minutes", "phase"), [(0, 0), (51, 51), (20, 20), (59.9, 0)])
def test_the_minutes_past_the_hour_are_kept(minutes: float, phase: float) -> None:
    random = np.random.default_rng(2)
    times = START + HOUR * np.arange(500) + 60 * minutes + random.uniform(-5, 5, 500)
    ticks = ticks_of(times)
    assert (ticks.cadence, ticks.phase) == (HOUR, 60 * phase)
    assert ticks.after(START, 2).tolist() == [
        START + 60 * phase + HOUR * (phase == 0),
        *(ticks.after(START, 1) + HOUR),
    ]


def test_readings_at_any_time_of_the_hour_have_no_phase() -> None:
    random = np.random.default_rng(2)
    times = START + HOUR * (np.arange(500) + random.uniform(-0.5, 0.5, 500))
    assert ticks_of(np.sort(times)).phase == 0


def test_readings_of_one_bin_are_averaged_and_empty_bins_are_gaps() -> None:
    grid = regularise(
        START + np.array([0.0, 1500, 3600, 9 * 3600]), np.array([1.0, 3, 5, 7]), HOURLY, HOUR
    )
    assert grid.raw[:2].tolist() == [2, 5]
    assert np.isnan(grid.raw[2:9]).all()
    assert grid.gaps == 0.7
    assert grid.end == START + 9.5 * HOUR


def test_short_gaps_are_interpolated_and_long_ones_stay_open() -> None:
    nan = np.nan
    filled = fill_short_gaps(np.array([nan, 1, nan, nan, 4, nan, nan, nan, nan, 0, nan]), 3)
    np.testing.assert_array_equal(filled, [nan, 1, 2, 3, 4, nan, nan, nan, nan, 0, nan])


def test_the_real_fault_of_1048_mph_is_mended_and_no_other_wind_is() -> None:
    wind = read()["EWR"][:, COLUMNS.index("wind_speed")]
    known = ~np.isnan(wind)
    grid = regularise(
        START + HOUR * np.flatnonzero(known).astype(np.float64), wind[known], HOURLY, HOUR
    )
    assert grid.faults == 1
    assert np.nanmax(grid.raw) == 468.66
    assert np.nanmax(grid.values) < 25


def test_rain_is_no_fault_though_it_hardly_ever_falls() -> None:
    rain = np.zeros(1000)
    rain[500:504] = 12.0
    grid = regularise(START + HOUR * np.arange(1000.0), rain, HOURLY, HOUR)
    assert grid.faults == 0
    assert grid.values.max() == 12
