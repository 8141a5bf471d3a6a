"""Intervals hold what they say, keep to the measure's bounds, and follow clocks and helpers."""

from datetime import UTC, datetime

import numpy as np
import pytest

from dtbase.errors import Invalid
from jobs.forecasting.circle import components, distances, joined
from jobs.forecasting.outcome import LevelAdjustment, Options, Regressor, Status
from jobs.forecasting.prepare import DAY, Floats
from jobs.forecasting.registry import FORECASTERS
from tests.unit.forecasts.forecasting_series import (
    HOUR,
    LAST,
    bounds_of,
    daily,
    forecast,
    hours,
    lasting,
    times_of,
    values_of,
)

AHEAD = 48
DRAWS = 40


def cycle(times: Floats) -> Floats:
    return np.asarray(np.sin(2 * np.pi * times / DAY))


def gaussian(seed: int) -> Floats:
    return 5 * cycle(hours(1488)) + lasting(1488, 0.8, seed)


def skewed(seed: int) -> Floats:
    return np.exp(0.5 * cycle(hours(1488)) + 0.5 * lasting(1488, 0.7, seed))


def louder_by_day(seed: int) -> Floats:
    return (1.5 + cycle(hours(1488))) * lasting(1488, 0.5, seed)


def white(seed: int) -> Floats:
    return lasting(1488, 0.0, seed)


@pytest.mark.parametrize("process", [gaussian, skewed, louder_by_day, white])
def test_intervals_cover_as_they_say_for_known_processes(process: object) -> None:
    assert callable(process)
    inside: dict[float, list[float]] = {80: [], 95: []}
    for seed in range(DRAWS):
        series = process(seed)
        outcome = forecast(hours(1440), series[:1440])
        for level, shares in inside.items():
            lower, upper = bounds_of(outcome, level)
            truth = series[1440:]
            shares.append(100 * float(((truth >= lower) & (truth <= upper)).mean()))
    for level, shares in inside.items():
        # Forty draws of two days: three standard errors of what was found, and a point beyond.
        margin = 3 * np.std(shares) / np.sqrt(DRAWS) + 1
        assert abs(np.mean(shares) - level) < margin, (level, np.mean(shares))


def test_intervals_are_wider_where_the_day_is_louder() -> None:
    outcome = forecast(hours(1440), louder_by_day(1)[:1440])
    lower, upper = bounds_of(outcome, 80)
    loud = cycle(times_of(outcome)) > 0.7
    quiet = cycle(times_of(outcome)) < -0.7
    assert (upper - lower)[loud].mean() > 2 * (upper - lower)[quiet].mean()


def test_live_coverage_widens_and_narrows_a_level() -> None:
    times, values = hours(1440), daily(hours(1440))
    widths = []
    for points in (-10, 0, 10):
        adjusted = (LevelAdjustment(level=80, points=points),)
        lower, upper = bounds_of(forecast(times, values, level_adjustment=adjusted), 80)
        widths.append(float((upper - lower).mean()))
    assert widths[0] < widths[1] < widths[2]


def test_rain_is_never_negative_and_humidity_never_over_a_hundred() -> None:
    random = np.random.default_rng(1)
    rain = np.where(random.random(1440) < 0.1, random.exponential(2, 1440), 0)
    damp = np.clip(95 + 8 * lasting(1440, 0.9), 0, 100)
    for values, least, most in ((rain, 0.0, None), (damp, 0.0, 100.0)):
        outcome = forecast(hours(1440), values, minimum=least, maximum=most, levels=(80, 99))
        lower, upper = bounds_of(outcome, 99)
        assert min(lower) >= 0
        assert max(upper) <= (most or np.inf)
        assert (lower <= values_of(outcome)).all()
        assert (values_of(outcome) <= upper).all()


def test_directions_around_north_are_forecast_as_north() -> None:
    wind = (10 * lasting(1440, 0.8)) % 360
    outcome = forecast(hours(1440), wind, circular=True)
    off = distances(values_of(outcome), np.zeros(AHEAD), circular=True)
    assert np.abs(off).max() < 10
    lower, upper = bounds_of(outcome, 80)
    assert (upper - lower).max() < 40
    assert ((lower < values_of(outcome)) & (values_of(outcome) < upper)).all()


def test_intervals_cover_on_the_circle_too() -> None:
    inside = []
    for seed in range(12):
        wind = (350 + 40 * cycle(hours(1488)) + 15 * lasting(1488, 0.8, seed)) % 360
        outcome = forecast(hours(1440), wind[:1440], circular=True)
        middle = values_of(outcome)
        lower, upper = bounds_of(outcome, 80)
        off = distances(wind[1440:], middle, circular=True)
        inside.append(float(((off >= lower - middle) & (off <= upper - middle)).mean()))
    assert 0.7 < np.mean(inside) < 0.9


def test_a_wind_from_anywhere_has_an_interval_of_the_whole_circle_at_most() -> None:
    wind = np.random.default_rng(1).uniform(0, 360, 1440)
    outcome = forecast(hours(1440), wind, circular=True, levels=(99,))
    lower, upper = bounds_of(outcome, 99)
    assert (upper - lower).max() <= 360 + 1e-9
    assert 0 <= values_of(outcome).min() <= values_of(outcome).max() < 360


def test_components_of_a_direction_give_it_back() -> None:
    angles = np.array([0.0, 90, 180, 359])
    np.testing.assert_allclose(joined(components(angles, circular=True)), angles, atol=1e-9)
    assert distances(np.array([1.0]), np.array([359.0]), circular=True).tolist() == [2]


def open_hours(times: Floats, zone_hours: Floats) -> Floats:
    local = (times + zone_hours * HOUR) % DAY / HOUR
    return np.where((local >= 8) & (local < 18), 10.0, 1.0)


@pytest.mark.parametrize(
    ("last", "change", "before", "after"),
    [
        (datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC), 1, 2),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC), 2, 1),
    ],
)
def test_what_people_do_at_eight_by_the_clock_is_forecast_at_eight_by_the_clock(
    last: datetime, change: datetime, before: int, after: int
) -> None:
    times = last.timestamp() - HOUR * np.arange(1439, -1, -1.0)
    ahead = last.timestamp() + HOUR * np.arange(1.0, AHEAD + 1)
    moved = change.timestamp()

    def use(when: Floats) -> Floats:
        return open_hours(when, np.where(when < moved, before, after))

    noise = 0.2 * lasting(1440, 0.3)
    errors = []
    for zone in ("Europe/Berlin", "UTC"):
        forecaster = FORECASTERS["pool"]
        options = forecaster.options(timezone=zone)
        outcome = forecaster(times, use(times) + noise, AHEAD, last, options)
        assert outcome.diagnostics.status is Status.OK
        errors.append(float(np.abs(values_of(outcome) - use(ahead)).mean()))
    local, utc = errors
    assert local < 0.3
    assert local < utc / 2


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Invalid, match="no time zone 'Mars/Olympus'"):
        Options(timezone="Mars/Olympus")


def helper(values: Floats, times: Floats) -> Regressor:
    return Regressor(name="helper", times=tuple(times.tolist()), values=tuple(values.tolist()))


def test_a_weather_forecast_that_is_known_ahead_helps() -> None:
    times = hours(1440)
    whole = np.concatenate((times, LAST + HOUR * np.arange(1.0, AHEAD + 1)))
    outside = 5 * lasting(1440 + AHEAD, 0.95)
    inside = 20 + 2 * outside + 0.2 * lasting(1440 + AHEAD, 0.5, seed=2)
    alone = forecast(times, inside[:1440])
    helped = forecast(times, inside[:1440], regressors=(helper(outside, whole),))
    off = [np.abs(values_of(each) - inside[1440:]).mean() for each in (alone, helped)]
    assert off[1] < off[0] / 4
    found = (alone.diagnostics.backtest, helped.diagnostics.backtest)
    assert found[0] is not None
    assert found[1] is not None
    assert (found[1].mae or 0) < (found[0].mae or 0) / 4


def test_another_series_without_a_future_is_forecast_first_and_told_no_secret() -> None:
    times = hours(1440)
    outside = 5 * lasting(1440, 0.95)
    inside = 20 + 2 * outside + 0.2 * lasting(1440, 0.5, seed=2)
    alone = forecast(times, inside)
    helped = forecast(times, inside, regressors=(helper(outside, times),))
    found = (alone.diagnostics.backtest, helped.diagnostics.backtest)
    assert found[0] is not None
    assert found[1] is not None
    assert (found[1].mae or 0) > 0.7 * (found[0].mae or 0)


def test_a_helper_with_more_times_than_values_is_refused() -> None:
    with pytest.raises(Invalid, match="as many as times"):
        Regressor(name="odd", times=(1.0, 2.0), values=(1.0,))


@pytest.mark.parametrize("model", ["pool", "arima"])
def test_a_helper_that_says_nothing_does_no_harm(model: str) -> None:
    times, values = hours(1440), daily(hours(1440))
    nothing = (
        Regressor(name="empty", times=(), values=()),
        helper(np.full(1440, 3.0), times),
        Regressor(name="gaps", times=tuple(times.tolist()), values=(None,) * 1440),
    )
    outcome = forecast(times, values, model=model, regressors=nothing)
    assert values_of(outcome).tolist() == values_of(forecast(times, values, model=model)).tolist()
