"""Every family forecasts from what was known, and each is what its name says."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import lfilter
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.tools import constrain_stationary_univariate

from jobs.forecasting import arima, autoregression, dmd, pool
from jobs.forecasting.arima import ArimaOptions
from jobs.forecasting.autoregression import Lag, Spec
from jobs.forecasting.candidates import seasonal_mean
from jobs.forecasting.dmd import DmdOptions
from jobs.forecasting.inputs import view_of
from jobs.forecasting.outcome import Options, Status
from jobs.forecasting.polynomials import Form, from_natural, innovations, to_natural
from jobs.forecasting.prepare import DAY, Floats, Ticks, regularise
from jobs.forecasting.registry import DEFAULT, FORECASTERS
from jobs.forecasting.view import View
from tests.unit.forecasts.forecasting_series import (
    END,
    HOUR,
    daily,
    every,
    forecast,
    hours,
    lasting,
    times_of,
    values_of,
)

LEADS = 48


def view(values: Floats, leads: int = LEADS, zone: str = "UTC") -> View:
    grid = regularise(hours(len(values)), values, Ticks(HOUR, 0.0), HOUR)
    return view_of(grid, leads, zone, ())


def weekly(seed: int = 1) -> Floats:
    times = hours(1440)
    busy = (times // DAY % 7 < 5) * np.maximum(np.sin(2 * np.pi * times / DAY), 0)
    return np.asarray(20 + 10 * busy + lasting(1440, 0.8, seed))


ROLLS: dict[str, Callable[[View], Floats]] = {
    "pool's candidates": lambda seen: np.stack(
        [each.paths for each in pool.candidates(seen, pool.PoolOptions())]
    ),
    "arima": lambda seen: arima.roll(seen, ArimaOptions()).paths[None],
    "seasonal arima": lambda seen: arima.roll(
        seen, ArimaOptions(order=(1, 1, 1), seasonal_order=(1, 1, 0, 24))
    ).paths[None],
    "dmd": lambda seen: dmd.roll(seen, DmdOptions()).paths[None],
}


@pytest.mark.parametrize("family", ROLLS)
def test_nothing_that_came_after_an_origin_reaches_its_forecast(family: str) -> None:
    values = weekly()
    before = ROLLS[family](view(values))
    seen = view(values)
    kept = 40
    first = int(seen.origins[kept]) + 1
    grid = seen.grid
    changed = np.concatenate((grid.values[:first], grid.values[first:] * 3 + 50))
    after = ROLLS[family](replace(seen, grid=replace(grid, values=changed, raw=changed)))
    np.testing.assert_allclose(after[:, : kept + 1], before[:, : kept + 1], rtol=1e-9)
    assert np.abs(after[:, -1] - before[:, -1]).max() > 1


def test_our_autoregression_is_that_of_statsmodels() -> None:
    values = 20 + 3 * lasting(1440, 0.9)
    spec = Spec((Lag(0, 1), Lag(0, 2), Lag(1, 0)))
    ours = autoregression.roll(view(values), spec)
    theirs = AutoReg(values, lags=[1, 2, 24], trend="c").fit()
    assert ours is not None
    predicted = theirs.predict(len(values), len(values) + LEADS - 1)
    np.testing.assert_allclose(ours.paths[-1], predicted, atol=2e-3)
    np.testing.assert_allclose(ours.coefficients[1:], theirs.params[1:], atol=1e-3)


def test_the_seasonal_naive_repeats_the_last_day_and_the_weekly_one_the_last_week() -> None:
    values = weekly()
    seen = view(values, leads=200)
    assert seasonal_mean(seen, 24, 1)[-1].tolist() == np.resize(values[-24:], 200).tolist()
    assert seasonal_mean(seen, 168, 1)[-1].tolist() == np.resize(values[-168:], 200).tolist()


@pytest.mark.parametrize(
    ("order", "seasonal"), [((2, 0, 0), (0, 0, 0)), ((1, 0, 1), (0, 0, 0)), ((1, 1, 1), (1, 0, 0))]
)
def test_least_squares_find_what_the_likelihood_of_statsmodels_finds(
    order: tuple[int, int, int], seasonal: tuple[int, int, int]
) -> None:
    values = np.cumsum(lasting(1440, 0.5)) if order[1] else 5 * lasting(1440, 0.8)
    chosen = ArimaOptions(order=order, seasonal_order=(*seasonal, 24), daily=0, weekly=0, trend="n")
    ours = arima.roll(view(values), chosen)
    season = (*seasonal, 24 if any(seasonal) else 0)
    theirs = SARIMAX(values, order=order, seasonal_order=season, concentrate_scale=True)
    found = theirs.fit(disp=0)
    assert ours.converged
    np.testing.assert_allclose(ours.parameters, found.params, atol=0.08)
    scale = np.std(values)
    assert np.abs(ours.paths[-1] - found.forecast(LEADS)).max() < 0.1 * scale


def test_the_exact_likelihood_can_be_asked_for() -> None:
    values = 5 * lasting(720, 0.8)
    chosen = ArimaOptions(order=(1, 0, 0), daily=0, weekly=0, likelihood="exact", refit=False)
    found = arima.roll(view(values), chosen)
    assert found.parameters == pytest.approx([0.8], abs=0.06)


def test_any_free_parameters_give_a_stationary_model_and_come_back() -> None:
    form = Form((3, 0, 2), (1, 0, 1), 24)
    free = np.random.default_rng(1).normal(size=form.size)
    natural = to_natural(free, form)
    values, shocks = form.expanded(natural)
    for polynomial in (values, shocks):
        assert (np.abs(np.roots(polynomial)) < 1).all()
    np.testing.assert_allclose(from_natural(natural, form), free, atol=1e-6)


@pytest.mark.parametrize("size", range(7))
def test_free_parameters_are_what_statsmodels_makes_of_them(size: int) -> None:
    free = np.random.default_rng(size).normal(size=size)
    form = Form((size, 0, 0), (0, 0, 0), 24)
    natural = to_natural(free, form)
    if size:
        np.testing.assert_allclose(natural, constrain_stationary_univariate(free), rtol=1e-12)
    np.testing.assert_allclose(from_natural(natural, form), free, rtol=1e-6)


@pytest.mark.parametrize("order", [(2, 1, 3), (0, 0, 1), (1, 0, 0)])
@pytest.mark.parametrize("seasonal", [(1, 1, 2), (0, 0, 1), (0, 0, 0)])
@pytest.mark.parametrize("count", [1, 30, 500])
def test_shocks_are_those_of_the_difference_equation(
    order: tuple[int, int, int], seasonal: tuple[int, int, int], count: int
) -> None:
    form = Form(order, seasonal, 24)
    random = np.random.default_rng(count)
    natural, values = to_natural(random.normal(size=form.size), form), random.normal(size=count)
    weights, moving = form.expanded(natural)
    expected = lfilter(weights, moving, values)
    np.testing.assert_allclose(innovations(values, form, natural), expected, rtol=1e-6, atol=1e-8)


def test_a_warm_start_needs_fewer_steps_for_the_same_forecast() -> None:
    times, values = hours(1440), weekly()
    chosen = {"order": (2, 0, 2), "model": "arima"}
    cold = forecast(times, values, **chosen)  # type: ignore[arg-type]
    known = cold.diagnostics
    warm = forecast(times, values, warm_start=known.parameters, **chosen)  # type: ignore[arg-type]
    np.testing.assert_allclose(values_of(warm), values_of(cold), atol=0.05)
    assert len(known.parameters) == 4
    odd = forecast(times, values, warm_start=(1.0, 2.0, 3.0), **chosen)  # type: ignore[arg-type]
    assert values_of(odd).tolist() == values_of(cold).tolist()


def test_dmd_continues_oscillations_exactly() -> None:
    times = hours(1440)
    swings = [(24, 3.0), (9.3, 1.0), (170, 2.0)]
    values = sum(size * np.sin(2 * np.pi * times / HOUR / period) for period, size in swings)
    outcome = forecast(times, values, model="dmd")
    ahead = times_of(outcome) / HOUR
    truth = sum(size * np.sin(2 * np.pi * ahead / period) for period, size in swings)
    np.testing.assert_allclose(values_of(outcome), truth, atol=0.02)
    assert "modes of 50 delays" in str(outcome.diagnostics.method)


@pytest.mark.parametrize("model", FORECASTERS)
def test_every_family_answers_in_the_same_shape(model: str) -> None:
    values = daily(hours(1440), noise=1)
    outcome = forecast(hours(1440), values, model=model, levels=(50, 80, 95, 99))
    known = outcome.diagnostics
    assert known.status is Status.OK
    assert known.backtest is not None
    assert known.backtest.skill is not None
    assert known.backtest.skill > 0
    assert list(known.backtest.coverage) == ["50", "80", "95", "99"]
    assert [each.block.until for each in known.backtest.blocks] == [6, 24, 48]
    assert all(each.scores.wql is not None for each in known.backtest.blocks)
    found = outcome.forecast
    assert found is not None
    lowest = np.array([each.lower for each in found.intervals])
    assert (np.diff(lowest, axis=0) <= 1e-9).all()


def test_the_pool_tells_who_had_a_say_at_each_lead_time() -> None:
    known = forecast(hours(1440), weekly()).diagnostics
    sums = np.sum([share.weights for share in known.weights], axis=0)
    np.testing.assert_allclose(sums, [1, 1, 1], atol=1e-3)
    assert {"last week", "week's cycle"} & {share.candidate for share in known.weights}


def test_other_families_stand_in_the_pool_when_they_are_asked_to() -> None:
    times = hours(1440)
    values = daily(times, noise=1)
    known = forecast(times, values, challengers=("arima", "dmd")).diagnostics
    assert {"arima", "dmd"} <= {share.candidate for share in known.weights}


def test_plain_options_serve_every_family_and_the_default_is_the_pool() -> None:
    assert DEFAULT in FORECASTERS
    for forecaster in FORECASTERS.values():
        outcome = forecaster(hours(1440), weekly(), 3, END, Options(levels=(50,)))
        assert outcome.forecast is not None
        assert [each.level for each in outcome.forecast.intervals] == [50]
        assert forecaster.description.endswith(".")
        assert forecaster.options.model_json_schema()["properties"]["window_days"]


def test_a_family_that_cannot_fit_gives_way_to_the_seasonal_naive() -> None:
    times = hours(15 * 24)
    outcome = forecast(times, daily(times), model="dmd", delays_hours=100)
    assert outcome.diagnostics.status is Status.FALLBACK
    assert "could not be fitted" in str(outcome.diagnostics.reason)
    assert outcome.forecast is not None


@pytest.mark.parametrize(
    ("step", "days", "horizon"),
    [
        (60, 12, 60),
        (300, 40, 288),
        (900, 60, 192),
        (7200, 60, 24),
        (21600, 90, 28),
        (86400, 365, 14),
    ],
)
def test_any_cadence_from_a_minute_to_a_day_is_forecast(step: int, days: int, horizon: int) -> None:
    times = every(step, round(days * DAY / step))
    week = 3 * np.sin(2 * np.pi * times / (7 * DAY))
    outcome = forecast(times, daily(times) + week, horizon=horizon, window_days=400)
    assert outcome.diagnostics.status is Status.OK, outcome.diagnostics.reason
    ahead = times_of(outcome)
    truth = daily(ahead, noise=0) + 3 * np.sin(2 * np.pi * ahead / (7 * DAY))
    assert np.abs(values_of(outcome) - truth).mean() < 0.7


def test_two_weeks_of_hours_are_forecast() -> None:
    outcome = forecast(hours(1440), weekly(), horizon=336)
    assert outcome.diagnostics.backtest is not None
    assert outcome.diagnostics.backtest.blocks[-1].block.until == 336
    assert outcome.diagnostics.backtest.skill is not None
    assert outcome.diagnostics.backtest.skill > 0.2
