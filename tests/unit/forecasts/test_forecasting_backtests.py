"""A backtest on demand repeats what would have been issued, and sums up what came of it."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dtbase.errors import Invalid
from jobs.forecasting.backtests import Origins, backtest_over, report
from jobs.forecasting.outcome import Options, Status
from jobs.forecasting.registry import FORECASTERS
from tests.unit.forecasts.forecasting_series import daily, hours, values_of

POOL = FORECASTERS["pool"]
TIMES = hours(1800)
VALUES = daily(TIMES, noise=1)


def moment(place: int) -> datetime:
    return datetime.fromtimestamp(TIMES[place], UTC)


def origins(first: int, count: int, stride: int = 12) -> Origins:
    return Origins(
        start=moment(first), end=moment(first + count * stride), stride=timedelta(hours=stride)
    )


def test_each_step_is_the_forecast_that_would_have_been_issued() -> None:
    steps = list(backtest_over(TIMES, VALUES, 24, origins(1600, 3), POOL.options(), POOL))
    assert [(step.done, step.total) for step in steps] == [(1, 3), (2, 3), (3, 3)]
    live = POOL(TIMES[:1613], VALUES[:1613], 24, moment(1612), POOL.options())
    assert steps[1].outcome.forecast == live.forecast
    assert steps[1].issued_at == moment(1612)
    assert steps[1].truth == tuple(VALUES[1613:1637])
    assert steps[1].reference == tuple(VALUES[1589:1613])


def test_the_report_sums_up_all_leads_and_each_block() -> None:
    steps = list(backtest_over(TIMES, VALUES, 48, origins(1600, 8), POOL.options(), POOL))
    found = report(steps)
    assert (found.origins, found.without) == (8, 0)
    assert found.total is not None
    assert found.total.points == 8 * 48
    truth = np.array([step.truth for step in steps], dtype=np.float64)
    predicted = np.array([values_of(step.outcome) for step in steps])
    assert found.total.mae == pytest.approx(np.abs(truth - predicted).mean())
    assert found.total.skill is not None
    assert found.total.skill > 0.1
    assert [each.until_hours for each in found.leads] == [6, 24, 48]
    assert sum(each.figures.points for each in found.leads) == 8 * 48


def test_origins_without_a_forecast_are_counted_and_do_not_stop_the_others() -> None:
    values = VALUES.copy()
    values[1500:1650] = np.nan
    steps = list(backtest_over(TIMES, values, 24, origins(1480, 16), POOL.options(), POOL))
    statuses = [step.outcome.diagnostics.status for step in steps]
    assert statuses.count(Status.STALE) > 3
    found = report(steps)
    assert found.without == statuses.count(Status.STALE)
    assert found.total is not None
    stale = [step for step in steps if step.outcome.diagnostics.status is Status.STALE]
    assert report(stale).total is None


def test_what_has_not_come_yet_is_not_scored() -> None:
    (step,) = backtest_over(TIMES, VALUES, 48, origins(1787, 1), POOL.options(), POOL)
    assert step.scores is not None
    assert step.scores.points == 12
    assert step.truth[12:] == (None,) * 36


def test_a_window_without_origins_gives_no_step() -> None:
    empty = Origins(start=moment(10), end=moment(10), stride=timedelta(hours=1))
    assert list(backtest_over(TIMES, VALUES, 24, empty, Options(), POOL)) == []
    assert report([]).total is None
    with pytest.raises(Invalid):
        Origins(start=moment(1), end=moment(2), stride=timedelta(0))


def test_directions_are_scored_the_short_way_round() -> None:
    wind = (10 * (VALUES - VALUES.mean()) / VALUES.std()) % 360
    options = POOL.options(circular=True)
    found = report(list(backtest_over(TIMES, wind, 24, origins(1600, 4), options, POOL)))
    assert found.total is not None
    assert found.total.mae is not None
    assert found.total.mae < 15
