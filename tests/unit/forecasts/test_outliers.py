"""Forecasts are not moved by outliers, though nobody set a rule."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.forecasting.outcome import Status
from jobs.forecasting.outliers import outliers
from tests.unit.forecasts.forecasting_series import daily, forecast, hours, values_of

COUNT = 840
SCATTERED = np.random.default_rng(5).choice(np.arange(50, COUNT - 1), 12, replace=False)
BURSTS = (np.arange(40, COUNT - 3, 50)[:, None] + np.arange(3)).ravel()
RANDOM = np.random.default_rng(6)


@pytest.mark.parametrize(
    ("places", "value"),
    [
        (slice(600, 612), -9999.0),
        (slice(600, 605), -9999.0),
        (600, -999999.0),
        (slice(600, 612), 85.0),
        (SCATTERED, 85.0),
        (slice(400, 440), -127.0),
        (slice(100, 190), -999.0),
        (slice(COUNT - 10, COUNT), -9999.0),
        (slice(300, 309), 1e20),
        (slice(300, 309), 1023.0),
        (BURSTS, 85.0),
        (slice(600, 640), 32767.0),
        ([100, 300, 500, COUNT - 1], 3276.7),
        (slice(300, 310), RANDOM.uniform(-1e5, 1e5, 10)),
    ],
)
def test_outliers_move_a_forecast_no_more_than_a_gap(places: Any, value: Any) -> None:
    values = daily(hours(COUNT))
    clean = forecast(hours(COUNT), values)
    broken = values.copy()
    broken[places] = value
    outcome = forecast(hours(COUNT), broken)
    known = outcome.diagnostics
    count = int((broken != values).sum())
    assert (known.status, known.left_out) == (Status.OK, count)
    assert f"left out as outliers: {count}" in known.notes[0]
    np.testing.assert_allclose(values_of(outcome), values_of(clean), atol=0.3)
    assert known.backtest is not None
    assert clean.diagnostics.backtest is not None
    assert known.backtest.mae == pytest.approx(clean.diagnostics.backtest.mae, rel=0.1)


def by_hour(high: float, low: NDArray[np.float64], *, at: tuple[int, ...]) -> NDArray[np.float64]:
    return np.where(np.isin(np.arange(COUNT) % 24, at), high, low)


@pytest.mark.parametrize(
    "values",
    [
        by_hour(2000.0, RANDOM.uniform(5, 8, COUNT), at=(6, 7)),
        np.where(RANDOM.random(COUNT) < 0.08, 2000.0, RANDOM.uniform(5, 8, COUNT)),
        np.where(RANDOM.random(COUNT) < 0.08, RANDOM.exponential(3, COUNT), 0.0),
        RANDOM.lognormal(0, 1.5, COUNT),
        np.concatenate((RANDOM.normal(500, 50, COUNT - 48), np.zeros(48))),
        np.concatenate((RANDOM.normal(20, 1, COUNT - 30), np.full(30, 85.5))),
        RANDOM.normal(0, 5000, COUNT).round(-3),
        np.zeros(COUNT),
    ],
    ids=["heater", "kettle", "rain", "skewed", "now off", "now high", "coarse", "constant"],
)
def test_how_a_series_behaves_is_no_outlier(values: NDArray[np.float64]) -> None:
    assert not outliers(values).any()


def test_a_known_number_below_nought_is_none_where_nothing_else_is() -> None:
    sun = np.maximum(0, np.sin(np.arange(COUNT) * np.pi / 12)) * 2000
    sun[20:30] = -999
    assert np.flatnonzero(outliers(sun)).tolist() == list(range(20, 30))
