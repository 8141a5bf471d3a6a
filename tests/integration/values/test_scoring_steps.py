"""Levels and meters are scored by what they mean: the mean over time, and what was used."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Forecast, Interval, Model, NewRun
from dtbase.domain.registry.measures import Datatype, Measure, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.storage.forecasts import models, predictions, runs
from dtbase.storage.readings import readings
from dtbase.storage.registry import measures, sensor_types, sensors, series
from dtbase.storage.registry.series import Resolved
from dtbase.storage.services import asking
from dtbase.storage.values import scoring
from tests.factories import batch_of

ISSUED = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = 10
USE = [1.0 + (hour % 24) / 10 for hour in range(24 * (DAYS + 2))]
"""What is used in each hour from ten days before the issue on; it is the same every day."""


def of_kind(session: Session, statistic: Statistic, **measure: object) -> Resolved:
    """Register a series of some kind, and a model that knows all."""
    models.ensure(session, Model(name="oracle"))
    one = Measure.model_validate({"name": "stand", "statistic": statistic, **measure})
    sensor_types.add(session, SensorType(name="kind", measures=(one,)))
    sensors.add(session, NewSensor(identifier="m", type="kind"))
    return series.find(session, [("m", "stand")])["m", "stand"]


def push(session: Session, one: Resolved, first: int, last: int, late: timedelta) -> None:
    """Read a meter some time after each of the hours from one to another; a level as it changes."""
    start = ISSUED - DAYS * 24 * HOUR
    level = one.statistic is Statistic.LEVEL
    times = [start + hour * HOUR + (timedelta(0) if level else late) for hour in range(first, last)]
    stands = [USE[hour] if level else 500.0 + sum(USE[:hour]) for hour in range(first, last)]
    readings.write(session, batch_of(one, times, stands))
    session.execute(text("DELETE FROM reading_pending"))  # which notes the hours for scores
    measures.log_hours(session, [one.id])


def predict(session: Session, one: Resolved, wrong: Sequence[float]) -> int:
    """Store a run that is off by so much in each of the hours after the issue."""
    values = [USE[DAYS * 24 + hour] + off for hour, off in enumerate(wrong)]
    bounds = Interval(level=80.0, lower=[v - 0.5 for v in values], upper=[v + 0.5 for v in values])
    forecast = Forecast(
        issued_at=ISSUED,
        times=[ISSUED + hour * HOUR for hour in range(len(wrong))],
        values=values,
        intervals=[bounds],
    )
    run = asking.forecast(session, "oracle", NewRun(sensor="m", measure="stand"))
    predictions.write(session, run.id, one.id, forecast)
    runs.finish(session, run.id, ISSUED, {})
    return run.id


def score_all(session: Session) -> None:
    scoring.enrol(session, 100)
    scoring.mark(session, 1000)
    scoring.score(session, 100)


KINDS = [Statistic.COUNTER, Statistic.NET, Statistic.LEVEL]


@pytest.mark.parametrize("statistic", KINDS)
def test_a_forecast_is_scored_by_what_its_hours_came_to(
    api: TestClient, session: Session, statistic: Statistic
) -> None:
    one = of_kind(session, statistic)
    push(session, one, 0, 24 * (DAYS + 1) + 1, timedelta(0))
    run = predict(session, one, [0.25, -0.75] * 12)
    score_all(session)
    (found,) = api.get(f"/v1/runs/{run}/scores").json()
    total = found["total"]
    assert total["scored"] == 24
    assert total["mae"] == pytest.approx(0.5)
    assert total["rmse"] == pytest.approx(((0.25**2 + 0.75**2) / 2) ** 0.5)
    assert total["coverage"]["80"] == pytest.approx(50.0)


@pytest.mark.parametrize("statistic", [Statistic.COUNTER, Statistic.NET])
def test_a_meter_that_is_read_past_the_hour_is_scored_by_the_use_of_each_hour(
    api: TestClient, session: Session, statistic: Statistic
) -> None:
    one = of_kind(session, statistic)
    push(session, one, 0, 24 * (DAYS + 1) + 2, timedelta(seconds=13))
    run = predict(session, one, [0.5] * 24)
    score_all(session)
    (found,) = api.get(f"/v1/runs/{run}/scores").json()
    assert found["total"]["mae"] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("statistic", KINDS)
def test_what_the_next_reading_can_change_is_scored_once_it_is_there(
    api: TestClient, session: Session, statistic: Statistic
) -> None:
    one = of_kind(session, statistic)
    run = predict(session, one, [0.5] * 24)
    push(session, one, 0, 24 * DAYS + 3, timedelta(0))
    score_all(session)
    (found,) = api.get(f"/v1/runs/{run}/scores").json()
    assert found["total"]["scored"] == 2
    push(session, one, 24 * (DAYS + 1) + 6, 24 * (DAYS + 1) + 7, timedelta(0))
    score_all(session)
    (found,) = api.get(f"/v1/runs/{run}/scores").json()
    assert found["total"]["scored"] == 24


def test_states_are_neither_forecast_nor_scored(api: TestClient, session: Session) -> None:
    one = of_kind(session, Statistic.STATE, datatype=Datatype.BOOLEAN)
    run = predict(session, one, [0.5] * 3)
    score_all(session)
    (found,) = api.get(f"/v1/runs/{run}/scores").json()
    assert found["total"]["scored"] == 0
