"""Sensors that speak every second: what is pushed is learnt from by the minute, and forecast."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from dtbase.client.frames import to_bodies
from dtbase.domain.forecasts.effects import Asked, Effects, RegressorSource
from dtbase.domain.forecasts.runs import Model, NewRun, RunStatus
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.storage import values
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import models, runs
from dtbase.storage.registry import series
from dtbase.storage.services import asking
from jobs import regressors
from jobs.forecasting.outcome import Options
from jobs.known import ForecastSpec
from jobs.runs import make
from tests.conftest import Servers, assembled
from tests.factories import add_sensor
from tests.people import add_user, carry, log_in
from tests.twins import own_twin

NOW = datetime(2026, 3, 4, 12, 0, 20, tzinfo=UTC)
START = NOW - timedelta(days=3)
SECOND = np.arange((NOW - START) // timedelta(seconds=1))
DAY = 86_400
SWING = np.sin(SECOND * 2 * np.pi / DAY)
PUSHED = {
    "direction": np.where(SECOND % 2, 359.0, 1.0) + 20 * SWING,
    "rain": 0.01 * (2 + SWING),
    "energy": np.floor(SECOND / 10) % 1000,
    "temperature": SECOND % 7 + SWING,
}
PUSHED["direction"] %= 360


@pytest.fixture(scope="module", autouse=True)
def pushed(servers: Servers) -> Iterator[None]:
    """Push three days of a second each to a twin of this module's own."""
    times = pd.date_range(START, NOW, freq="s", inclusive="left", unit="us")
    frame = pd.DataFrame(PUSHED, times).add_prefix("mast/")
    with own_twin(servers):
        client = TestClient(assembled())
        with transaction() as session:
            add_sensor(session, "mast")
            models.ensure(session, Model(name="pool"))
            carry(client, log_in(session, add_user(session, "fast@example.org")))
        kind = {"Content-Type": "application/vnd.apache.arrow.stream"}
        for body in to_bodies(frame):
            answer = client.post("/v1/readings", content=body, headers=kind)
            assert answer.status_code == 200, answer.text
        yield


def forecast(measure: str) -> np.ndarray:
    """Forecast two hours of a measure from NOW on, minute by minute."""
    with transaction() as session:
        run = asking.forecast(session, "pool", NewRun(sensor="mast", measure=measure, horizon=120))
    make(run.id, NOW)
    with transaction() as session:
        run = runs.get(session, run.id)
        assert run.status is RunStatus.SUCCEEDED, run.reason
        (found,) = values.predictions_of(session, run.id)
    assert (found.count, found.step) == (120, 60)
    return np.array(found.values["value"], dtype=float)


def ahead() -> np.ndarray:
    """Return the daily swing of the two hours after NOW."""
    return np.sin((len(SECOND) + 60 * np.arange(120)) * 2 * np.pi / DAY)


def test_directions_around_north_are_forecast_around_north() -> None:
    """The mean of 359 and 1 is 0 and not 180, in every minute."""
    apart = (forecast("direction") - 20 * ahead() + 180) % 360 - 180
    assert np.abs(apart).max() < 5


def test_amounts_of_a_second_are_forecast_as_amounts_of_a_minute() -> None:
    """The last minute is under way: what it holds so far is not taken for a whole one."""
    assert forecast("rain") == pytest.approx(60 * 0.01 * (2 + ahead()), rel=0.05)


def direction_of(numbers: np.ndarray) -> float:
    """Return the mean direction of some degrees."""
    sines, cosines = (f(np.radians(numbers)).sum() for f in (np.sin, np.cos))
    return math.degrees(math.atan2(sines, cosines)) % 360


TOGETHER: dict[str, Callable[[np.ndarray], float]] = {
    "direction": direction_of,
    "rain": np.sum,
    "temperature": np.mean,
}


@pytest.mark.parametrize("measure", TOGETHER)
def test_minutes_agree_with_plain_python(measure: str) -> None:
    first, last = 7 * 60 + 13, 20 * 60 + 41
    span = TimeRange.of(START + timedelta(seconds=first), START + timedelta(seconds=last))
    with transaction() as session:
        (one,) = series.resolve(session, [SeriesKey(sensor="mast", measure=measure)])
        found = values.minutes_of(session, one, span)
    seconds = SECOND[first:last]
    minute = (seconds + START.second) // 60
    expected = {
        float(seconds[minute == each].mean()): TOGETHER[measure](
            PUSHED[measure][first:last][minute == each]
        )
        for each in np.unique(minute)[1 if one.statistic is Statistic.TOTAL else 0 :]
    }
    if one.statistic is Statistic.TOTAL:
        expected.popitem()
    start = np.datetime64(START.replace(tzinfo=None))
    times = ((found.times - start) / np.timedelta64(1, "s")).tolist()
    assert times == pytest.approx([*expected])
    apart = (found.values["value"] - [*expected.values()] + 180) % 360 - 180
    assert np.abs(apart).max() < 1e-6


def test_of_a_meter_the_use_of_each_whole_minute_is_learnt() -> None:
    first, last = 7 * 60 + 13, 20 * 60 + 41
    span = TimeRange.of(START + timedelta(seconds=first), START + timedelta(seconds=last))
    with transaction() as session:
        (one,) = series.resolve(session, [SeriesKey(sensor="mast", measure="energy")])
        found = values.minutes_of(session, one, span)
    start = np.datetime64(START.replace(tzinfo=None))
    times = ((found.times - start) / np.timedelta64(1, "s")).tolist()
    assert times == [7 * 60 + 40 + 60 * minute for minute in range(13)]
    assert found.values["value"].tolist() == pytest.approx([6.0] * 13)


def test_a_direction_helps_another_series_by_its_components() -> None:
    """On a line 359 and 1 would lie as far apart as can be."""
    source = RegressorSource(series="mast/direction")
    asked = Asked(effects=Effects(regressors=(source,)), options={})
    with transaction() as session:
        (target,) = series.resolve(session, [SeriesKey(sensor="mast", measure="temperature")])
        spec = ForecastSpec("pool", target, asked, 120)
        found = regressors.regressors(session, spec, Options(window_days=3), NOW)
    assert len(found) == 2
    cosines, sines = (np.array(each.values, dtype=float) for each in found)
    assert np.hypot(cosines, sines) == pytest.approx(1)
    assert cosines.min() > 0.9
