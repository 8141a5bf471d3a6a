"""Every awkward series has a status that says what is the matter, and none raises."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.forecasting.outcome import Status
from jobs.forecasting.prepare import DAY
from tests.unit.forecasts.forecasting_series import (
    END,
    HOUR,
    LAST,
    bounds_of,
    daily,
    every,
    forecast,
    hours,
    lasting,
    times_of,
    values_of,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("times", "values", "status", "words"),
    [
        (hours(30), daily(hours(30)), Status.INSUFFICIENT_DATA, "30 readings over 1.2 days"),
        (hours(100), daily(hours(100)), Status.FALLBACK, "only 4.2 days of history"),
        (hours(1440), np.full(1440, 21.5), Status.CONSTANT, "every reading of the last 60 days"),
        (hours(1440), np.full(1440, NAN), Status.INSUFFICIENT_DATA, "0 readings"),
        ([], [], Status.INSUFFICIENT_DATA, "0 readings"),
        (hours(3), ["21.5", "warm", "22"], Status.FAILED, "are texts"),
        (hours(3), [21.5, "warm", None], Status.FAILED, "are texts"),
        (hours(2), [{}, []], Status.FAILED, "are not numbers"),
        (hours(3), [1.0, 2.0], Status.FAILED, "there are 3 times and 2 values"),
        (hours(3) - 2 * DAY, [1, 2, 3], Status.INSUFFICIENT_DATA, "3 readings"),
        (hours(1440) - 2 * DAY, daily(hours(1440)), Status.STALE, "48 hours old"),
        (hours(1440) + 70 * DAY, daily(hours(1440)), Status.INSUFFICIENT_DATA, "0 readings"),
    ],
)
def test_what_cannot_be_forecast_is_told_with_its_reason(
    times: Any, values: Any, status: Status, words: str
) -> None:
    outcome = forecast(times, values)
    assert outcome.diagnostics.status is status
    assert words in str(outcome.diagnostics.reason)
    assert (outcome.forecast is None) == (status is not Status.FALLBACK)


def test_one_spike_of_1048_miles_an_hour_changes_nothing_but_what_is_left_out() -> None:
    wind = np.abs(5 + 2 * lasting(1440, 0.9))
    spiked = wind.copy()
    spiked[700] = 468.66
    outcome = forecast(hours(1440), spiked, minimum=0)
    assert (outcome.diagnostics.status, outcome.diagnostics.left_out) == (Status.OK, 1)
    without = values_of(forecast(hours(1440), wind, minimum=0))
    np.testing.assert_allclose(values_of(outcome), without, atol=0.3)
    assert bounds_of(outcome, 95)[1].max() < 15


def test_a_spike_in_the_newest_reading_does_not_set_the_forecast_off() -> None:
    values = daily(hours(1440))
    values[-1] = 1048
    outcome = forecast(hours(1440), values)
    assert outcome.diagnostics.status is Status.OK
    assert outcome.diagnostics.notes == ("1 far outlying readings were taken for faults",)
    assert np.abs(values_of(outcome) - daily(times_of(outcome), noise=0)).max() < 1


def test_half_of_ten_minute_data_may_be_missing() -> None:
    random = np.random.default_rng(3)
    times = every(600, 30 * 144)
    kept = np.sort(random.choice(len(times), len(times) // 2, replace=False))
    outcome = forecast(times[kept], daily(times)[kept], horizon=144)
    known = outcome.diagnostics
    assert (known.status, known.cadence) == (Status.OK, 600)
    assert np.abs(values_of(outcome) - daily(times_of(outcome), noise=0)).mean() < 0.5


@pytest.mark.parametrize(("before", "now"), [(3600, 600), (600, 3600)])
def test_a_change_of_cadence_is_noted_and_the_new_one_is_answered(before: int, now: int) -> None:
    late = every(now, round(5 * DAY / now))
    early = late[0] - before * np.arange(round(40 * DAY / before), 0, -1)
    times = np.concatenate((early, late))
    outcome = forecast(times, daily(times), horizon=round(DAY / now))
    known = outcome.diagnostics
    assert (known.status, known.cadence) == (Status.OK, now)
    assert known.notes == (f"readings came every {before} s and now come every {now} s",)
    assert np.diff(times_of(outcome)).tolist() == [now] * (round(DAY / now) - 1)
    assert np.abs(values_of(outcome) - daily(times_of(outcome), noise=0)).mean() < 0.6


@pytest.mark.parametrize("days_ago", [3, 10, 30])
def test_after_a_level_shift_the_forecast_stays_on_the_new_level(days_ago: int) -> None:
    values = daily(hours(1440))
    values[-24 * days_ago :] += 20
    outcome = forecast(hours(1440), values)
    assert outcome.diagnostics.status is Status.OK
    assert np.abs(values_of(outcome) - 20 - daily(times_of(outcome), noise=0)).mean() < 2


def test_future_dated_readings_are_left_out_and_counted() -> None:
    times, values = hours(1440), daily(hours(1440))
    later = np.concatenate((times, LAST + HOUR * np.arange(1.0, 50)))
    outcome = forecast(later, np.concatenate((values, np.full(49, 1000.0))))
    assert outcome.forecast == forecast(times, values).forecast
    assert outcome.diagnostics.future == 49
    assert outcome.diagnostics.notes == ("49 readings dated after the issue were left out",)


def test_a_sensor_that_is_stuck_is_noted() -> None:
    values = daily(hours(1440))
    values[-60:] = 12.5
    outcome = forecast(hours(1440), values)
    assert outcome.diagnostics.status is Status.OK
    assert "is the sensor stuck?" in outcome.diagnostics.notes[0]
    dry = np.where(np.arange(1440) % 200 < 20, lasting(1440, 0.5) ** 2, 0.0)
    dry[-60:] = 0
    assert forecast(hours(1440), dry, minimum=0).diagnostics.notes == ()


def test_a_long_gap_leaves_the_rest_usable() -> None:
    kept = np.ones(1440, dtype=bool)
    kept[600:900] = False
    outcome = forecast(hours(1440)[kept], daily(hours(1440))[kept])
    assert outcome.diagnostics.status is Status.OK
    assert outcome.diagnostics.gaps == pytest.approx(300 / 1440, abs=1e-3)
    assert np.abs(values_of(outcome) - daily(times_of(outcome), noise=0)).max() < 1


def test_readings_in_any_order_and_twice_are_the_same_readings() -> None:
    times, values = hours(1440), daily(hours(1440))
    order = np.random.default_rng(1).permutation(np.tile(np.arange(1440), 2))
    outcome = forecast(times[order], values[order])
    np.testing.assert_allclose(values_of(outcome), values_of(forecast(times, values)))


def test_nothing_but_noise_has_no_skill_to_boast_of() -> None:
    walk = lasting(1440, 0.9999)
    outcome = forecast(hours(1440), walk)
    assert outcome.diagnostics.status is Status.OK
    assert outcome.diagnostics.backtest is not None
    assert outcome.diagnostics.backtest.skill is not None


@pytest.mark.parametrize("horizon", [0, -3, 337])
def test_a_horizon_of_nothing_or_of_over_two_weeks_is_refused(horizon: int) -> None:
    outcome = forecast(hours(1440), daily(hours(1440)), horizon=horizon)
    assert outcome.diagnostics.status is Status.FAILED
    assert "up to 14 days ahead" in str(outcome.diagnostics.reason)


@pytest.mark.parametrize("model", ["pool", "arima", "dmd"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_series_whatever_makes_it_raise_or_answer_infinities(
    model: str, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, 400))
    step = data.draw(st.sampled_from([60.0, 600, 1800, 3600, 21600, 86400]))
    seed = data.draw(st.integers(0, 1000))
    random = np.random.default_rng(seed)
    kind = data.draw(st.sampled_from(["steps", "huge", "tiny", "rare", "integers", "holes"]))
    values = {
        "steps": np.repeat(random.standard_normal(20), 20),
        "huge": 1e90 * random.standard_normal(400),
        "tiny": 1e-300 * random.standard_normal(400),
        "rare": np.where(random.random(400) < 0.01, 5.0, 0.0),
        "integers": random.integers(0, 3, 400).astype(float),
        "holes": np.where(random.random(400) < 0.7, NAN, random.standard_normal(400)),
    }[kind][:count]
    times = END.timestamp() - step * np.arange(count, 0, -1)
    outcome = forecast(times, values, horizon=5, model=model, window_days=400)
    if outcome.forecast is not None:
        assert np.isfinite(values_of(outcome)).all()
        lower, upper = bounds_of(outcome, 95)
        assert np.isfinite(lower).all()
        assert np.isfinite(upper).all()
        assert (lower <= upper).all()
    else:
        assert outcome.diagnostics.reason
