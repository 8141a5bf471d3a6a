"""What a model learns of a meter is its use, of a level its mean over time, of states nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from dtbase.domain.registry.measures import Datatype, Measure, Options, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage import values
from dtbase.storage.readings import readings
from dtbase.storage.registry import sensor_types, sensors, series
from dtbase.storage.registry.series import Resolved
from jobs.runs import refuse_impossible
from tests.factories import batch_of

START = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def of_kind(session: Session, **measure: object) -> Resolved:
    """Register a series of some kind."""
    one = Measure.model_validate({"name": "stand", **measure})
    sensor_types.add(session, SensorType(name="kind", measures=(one,)))
    sensors.add(session, NewSensor(identifier="m", type="kind"))
    return series.find(session, [("m", "stand")])["m", "stand"]


@pytest.mark.parametrize(("statistic", "sign"), [(Statistic.COUNTER, 1.0), (Statistic.NET, -1.0)])
def test_of_a_meter_the_use_of_each_hour_is_learnt(
    session: Session, statistic: Statistic, sign: float
) -> None:
    meter = of_kind(session, unit="kWh", statistic=statistic)
    times = [START + n * HOUR + timedelta(seconds=13) for n in range(72)]
    readings.write(session, batch_of(meter, times, [500 + sign * 2.0 * n for n in range(72)]))
    span = TimeRange.of(START, START + 72 * HOUR)
    found = values.minutes_of(session, meter, span)
    assert len(found) == 71
    assert found.values["value"][1:].tolist() == pytest.approx([sign * 2.0] * 70)
    assert (found.times[1] - found.times[0]).astype("m8[s]").astype(int) == 3600


def test_of_a_level_the_mean_over_time_is_learnt(session: Session) -> None:
    level = of_kind(session, unit="W", statistic=Statistic.LEVEL, options=Options(holds="12h"))
    times = [START + n * 6 * HOUR + (n % 2) * timedelta(minutes=17) for n in range(20)]
    readings.write(session, batch_of(level, times, [20.0 + 100 * (n % 2) for n in range(20)]))
    found = values.minutes_of(session, level, TimeRange.of(START, START + 114 * HOUR))
    assert len(found)
    learnt = found.values["value"]
    assert learnt.min() == pytest.approx(20)
    assert learnt.max() < 120
    assert learnt.mean() == pytest.approx(70, abs=6)


def test_states_are_not_forecast_and_it_is_said(session: Session) -> None:
    door = of_kind(session, datatype=Datatype.BOOLEAN, statistic=Statistic.STATE)
    with pytest.raises(Invalid, match="no model here forecasts states"):
        refuse_impossible("arima", door)
