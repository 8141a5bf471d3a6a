"""What runs are made from: earlier runs, live coverage, scenarios, and other series."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from dtbase.domain.forecasts.drift import DriftEvidence, Judged, LevelEvidence
from dtbase.domain.forecasts.outcomes import NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Model, NewRun, Run, RunStatus, Scenario
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.twin import Twin
from dtbase.domain.services.service_runs import NewServiceRun
from dtbase.storage import values
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.forecasts import (
    drift,
    models,
    outcomes,
    run_series,
    runs,
    scenarios,
    scores,
)
from dtbase.storage.readings import readings, rollups
from dtbase.storage.registry import sensor_types, sensors, series, twin
from dtbase.storage.services import asking, service_runs
from jobs import tasks
from jobs.services import catalogue
from tests.conftest import Servers
from tests.factories import batch_of
from tests.twins import own_twin

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS = np.arange(-24 * 40, 24)
TIMES = [NOW + int(hour) * HOUR for hour in HOURS]
CHANCE = np.random.default_rng(3)
OUTSIDE = 10 + 6 * np.sin(HOURS * np.pi / 12) + np.cumsum(CHANCE.normal(0, 0.4, len(HOURS)))
VALUES = {
    "outside": OUTSIDE,
    "inside": 5 + 0.5 * OUTSIDE + CHANCE.normal(0, 0.1, len(HOURS)),
    "humidity": 90 + 9.9 * np.sin(HOURS * np.pi / 12),
    "direction": (350 + 30 * np.sin(HOURS * np.pi / 12) + CHANCE.normal(0, 3, len(HOURS))) % 360,
}


@pytest.fixture(scope="module", autouse=True)
def place(servers: Servers) -> Iterator[None]:
    """Make a twin of one sensor, whose inside follows the outside."""
    measures = (
        Measure(name="outside", unit="degC"),
        Measure(name="inside", unit="degC"),
        Measure(name="humidity", unit="percent"),
        Measure(name="direction", unit="degree", statistic="circular"),
    )
    with own_twin(servers):
        with transaction() as session:
            twin.put(session, Twin(name="Hut", timezone="Europe/Madrid"))
            sensor_types.add(session, SensorType(name="box", measures=measures))
            sensors.add(session, NewSensor(identifier="hut", type="box"))
            for name in ("pool", "arima", "weather"):
                models.ensure(session, Model(name=name))
            for measure, values in VALUES.items():
                (one,) = series.resolve(session, [SeriesKey(sensor="hut", measure=measure)])
                readings.write(session, batch_of(one, TIMES[:-24], values[:-24].tolist()))
        yield


def add_scenario(name: str, model: str = "pool", **parameters: Any) -> None:
    with transaction() as session:
        scenarios.add(session, model, Scenario(name=name, parameters=parameters))


def make(measure: str, scenario: str = "default", model: str = "pool", **parameters: Any) -> Run:
    """Ask for a run and make it as a worker does, at NOW."""
    new = NewRun(
        sensor="hut", measure=measure, horizon=24, scenario=scenario, parameters=parameters
    )
    with transaction() as session:
        run = asking.forecast(session, model, new)
    assert run.service_run is not None
    tasks.run_service(run.service_run, NOW)
    with transaction() as session:
        return runs.get(session, run.id)


def predicted(run: Run, column: str = "value") -> np.ndarray:
    assert run.status is RunStatus.SUCCEEDED, run.reason
    with transaction() as session:
        (found,) = values.predictions_of(session, run.id)
    return np.array(found.values[column], dtype=float)


def option(run: Run, name: str) -> Any:
    options = run.details["options"]
    assert isinstance(options, dict)
    return options[name]


def judge(coverage: float, reason: str | None) -> None:
    """Note how ARIMA stands on the series inside."""
    level = LevelEvidence(level=80, coverage=coverage, least=50, most=100)
    evidence = DriftEvidence(days=14, scored=600, mase=1, backtest_mase=1, levels=(level,))
    with transaction() as session:
        (one,) = series.resolve(session, [SeriesKey(sensor="hut", measure="inside")])
        scenario = models.scenario_id(session, "arima", "default")
        drift.store(
            session,
            [Judged(scenario_id=scenario, series_id=one.id, evidence=evidence, reason=reason)],
        )


def test_a_run_starts_from_the_last_one_unless_the_model_has_drifted() -> None:
    assert make("inside", model="arima").details["start"] == "cold"
    assert make("inside", model="arima").details["start"] == "warm"
    judge(80, "the live MASE is too high")
    with transaction() as session:
        session.execute(text("UPDATE run SET issued_at = :now"), {"now": NOW})
        session.execute(text("UPDATE drift SET since = :later"), {"later": NOW + HOUR})
    assert make("inside", model="arima").details["start"] == "cold"
    with transaction() as session:
        session.execute(text("UPDATE drift SET since = :before"), {"before": NOW - HOUR})
    assert make("inside", model="arima").details["start"] == "warm"


def test_intervals_are_as_wide_as_live_coverage_asks_for() -> None:
    judge(80, None)
    plain = make("inside", model="arima")
    judge(60, None)
    wider = make("inside", model="arima")
    assert option(wider, "level_adjustment") == [{"level": 80, "points": 10}]

    def width(run: Run) -> float:
        return float((predicted(run, "upper_80") - predicted(run, "lower_80")).mean())

    assert width(wider) > 1.1 * width(plain)


def test_a_run_knows_the_site_and_keeps_within_what_can_be() -> None:
    humid = make("humidity", levels=[50, 99])
    assert option(humid, "timezone") == "Europe/Madrid"
    assert (option(humid, "minimum"), option(humid, "maximum")) == (0, 100)
    assert predicted(humid, "upper_99").max() <= 100
    capped = make("humidity", maximum=90, minimum=85)
    assert predicted(capped).max() <= 90
    assert predicted(capped).min() >= 85
    around = make("direction")
    assert option(around, "circular") is True
    values = predicted(around)
    assert ((values > 300) | (values < 60)).all()


def test_a_scenario_changes_what_is_known_or_what_comes_of_it() -> None:
    as_it_is = predicted(make("inside"))
    add_scenario("warm", inputs={"hut/inside": "+2"})
    add_scenario("shifted", shift=-3)
    assert predicted(make("inside", "warm")) == pytest.approx(as_it_is + 2, abs=0.1)
    shifted = make("inside", "shifted")
    assert predicted(shifted) == pytest.approx(as_it_is - 3)
    assert shifted.details["effects"] == {"shift": -3}
    both = make("inside", "shifted", shift=1)
    assert predicted(both) == pytest.approx(as_it_is + 1)


def test_a_scenario_changes_the_future_of_a_series_that_helps() -> None:
    helped = predicted(make("inside", regressors=["hut/outside"]))
    add_scenario("heat", regressors=["hut/outside"], inputs={"hut/outside": "+8"})
    hot = predicted(make("inside", "heat"))
    assert hot[6:].mean() > helped[6:].mean() + 1


def test_a_weather_forecast_helps_as_it_was_known() -> None:
    refused = make("inside", regressors=[{"series": "hut/outside", "model": "weather"}])
    assert "has predicted nothing of hut/outside" in str(refused.reason)
    for hours, error in ((0, 0.0), (-240, 0.0), (1, 50.0)):
        issued_at = NOW + hours * HOUR
        first = int(np.searchsorted(HOURS, hours)) + 1
        values = (OUTSIDE[first : first + 240] + error).tolist()
        output = NewOutput(
            sensor="hut",
            measure="outside",
            times=TIMES[first : first + 240],
            values=values,
        )
        new = NewOutcome(model="weather", issued_at=issued_at, outputs=[output])
        with transaction() as session:
            outcomes.add(session, new)
    helped = make("inside", regressors=[{"series": "hut/outside", "model": "weather"}])
    truth = VALUES["inside"][-23:]
    plain = np.abs(predicted(make("inside"))[:23] - truth).mean()
    assert np.abs(predicted(helped)[:23] - truth).mean() < 0.7 * plain


def test_the_service_scores_what_came_and_what_was_corrected() -> None:
    run = make("outside")
    assert scored(run) == 0
    with transaction() as session:
        (one,) = series.resolve(session, [SeriesKey(sensor="hut", measure="outside")])
        readings.write(session, batch_of(one, TIMES[-24:], VALUES["outside"][-24:].tolist()))
    rollups.refresh(get_engine())
    assert scored(run) == 23
    with transaction() as session:
        (before,) = scores.of_run(session, run.id)
        readings.write(session, batch_of(one, TIMES[-1:], [500.0]))
    rollups.refresh(get_engine())
    assert scored(run) == 23
    with transaction() as session:
        (after,) = scores.of_run(session, run.id)
    assert (after.total.mae or 0) > (before.total.mae or 0) + 10
    kept, first = before.leads[0].model_dump(), after.leads[0].model_dump()
    assert first.pop("coverage") == kept.pop("coverage")
    assert first == pytest.approx(kept)  # sums, added up in whatever order they are found


def scored(run: Run) -> int:
    """Run the service, and return how many points of a run are scored."""
    catalogue.register()
    with transaction() as session:
        asked = service_runs.create(session, "score", NewServiceRun())
    tasks.run_service(asked.id)
    with transaction() as session:
        done = service_runs.get(session, asked.id)
        assert done.status is RunStatus.SUCCEEDED, done.reason
        (found,) = scores.of_run(session, run.id)
    return found.total.scored


def test_runs_of_a_type_of_sensors_are_those_of_its_numbers() -> None:
    with transaction() as session:
        every = run_series.of_type(session, "box", [])
        some = run_series.of_type(session, "box", ["inside"])
    assert [str(key) for key in every] == [f"hut/{name}" for name in VALUES]
    assert [str(key) for key in some] == ["hut/inside"]
