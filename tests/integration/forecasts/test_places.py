"""A place's measure is forecast as one series, though the meter there was replaced."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dtbase.domain.forecasts.backtests import NewBacktest
from dtbase.domain.forecasts.leaderboard import LeaderboardQuery
from dtbase.domain.forecasts.runs import NewRun, Run, RunFilter, RunStatus
from dtbase.domain.forecasts.scores import ScoreQuery
from dtbase.domain.forecasts.selections import OfModel
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.registry.installations import NewInstallation, Replacement
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Datatype, Measure, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.services.service_runs import NewServiceRun
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.domain.values.formulas import Formula
from dtbase.domain.values.queries import Predicted, ValuesQuery
from dtbase.errors import Invalid
from dtbase.storage import values
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.forecasts import backtests, leaderboard, runs, scores
from dtbase.storage.readings import readings, rollups
from dtbase.storage.registry import (
    installations,
    locations,
    placed_series,
    replacing,
    sensor_types,
    sensors,
    series,
)
from dtbase.storage.services import asking, service_runs
from dtbase.storage.values import FormulasQuery
from jobs import tasks
from jobs.services import catalogue
from tests.conftest import Servers
from tests.factories import batch_of
from tests.service_runs import run_now
from tests.twins import own_twin

HOUR = timedelta(hours=1)
START = datetime(2026, 5, 1, tzinfo=UTC)
SWAPPED, NOW, LATER = 24 * 20, 24 * 22, 24 * 23
PLACE = SeriesKey(sensor="bench", measure="energy")
USE = [1.0 + 0.5 * np.sin(2 * np.pi * hour / 24) for hour in range(LATER + 2)]
STANDS = np.cumsum([0.0, *USE])


def read(sensor: str, first: int, last: int, start: float) -> None:
    """Read the stands of a meter at each of some hours."""
    with transaction() as session:
        (one,) = series.find(session, [(sensor, "energy")]).values()
        times = [START + hour * HOUR for hour in range(first, last)]
        stands = [start + float(STANDS[hour] - STANDS[first]) for hour in range(first, last)]
        readings.write(session, batch_of(one, times, stands))
    rollups.refresh(get_engine())


@pytest.fixture(scope="module", autouse=True)
def own(servers: Servers) -> Iterator[None]:
    """Have a meter at a bench that is replaced by a used one after twenty days."""
    energy = Measure(name="energy", unit="kWh", statistic=Statistic.COUNTER)
    door = Measure(name="door", datatype=Datatype.BOOLEAN, statistic=Statistic.STATE)
    with own_twin(servers):
        catalogue.register()
        with transaction() as session:
            sensor_types.add(session, SensorType(name="meter", measures=(energy, door)))
            locations.add(session, Location(identifier="bench", name="Bench"))
            for name in ("old", "new"):
                sensors.add(session, NewSensor(identifier=name, type="meter"))
            there = NewInstallation(sensor="old", location="bench", since=START)
            installations.add(session, there)
            swap = Replacement(by="new", at=START + SWAPPED * HOUR)
            replacing.replace(session, "old", swap)
        read("old", 0, SWAPPED, 100.0)
        read("new", SWAPPED, NOW, 48_210.0)
        yield


def carry_out(service_run: int | None) -> None:
    assert service_run is not None
    tasks.run_service(service_run, START + NOW * HOUR)
    assert run_now(service_run).status is RunStatus.SUCCEEDED, run_now(service_run).reason


@pytest.fixture(scope="module")
def run(own: None) -> Run:
    """Forecast the place's measure by the service."""
    asked = {"series": [str(PLACE)], "horizon": 24}
    with transaction() as session:
        new = NewServiceRun.model_validate({"parameters": asked})
        made = service_runs.create(session, "forecast", new).id
    carry_out(made)
    with transaction() as session:
        (found,) = runs.list(session, RunFilter(sensor="bench", measure="energy"), 10)
    return found


def predicted(key: SeriesKey) -> Columns:
    with transaction() as session:
        subject = Predicted(OfModel(model="pool", scenario="default"), (key,))
        query = ValuesQuery(subject, None, None, None, START + NOW * HOUR)
        (found,) = values.read(session, values.plan(session, query))
        return found


def test_what_is_learnt_of_a_place_is_what_all_its_meters_used() -> None:
    span = TimeRange.of(START, START + NOW * HOUR)
    with transaction() as session:
        ((target, place),) = placed_series.targets(session, [PLACE])
        found = values.minutes_of(session, target, span, place)
    assert (target.sensor, place) == ("new", "bench")
    assert len(found) > NOW - 5
    assert found.values["value"].max() < 2
    assert found.values["value"].min() > 0.4


def test_a_forecast_of_a_place_is_one_of_its_meter_that_knows_the_one_before(run: Run) -> None:
    assert run.status is RunStatus.SUCCEEDED
    assert (str(run.target), run.details["place"]) == ("new/energy", "bench")
    found = predicted(PLACE)
    assert len(found) == 24
    assert found.values["value"].tolist() == pytest.approx(USE[NOW : NOW + 24], abs=0.25)
    assert predicted(SeriesKey(sensor="new", measure="energy")).times.tolist() == (
        found.times.tolist()
    )


def test_a_formula_takes_a_forecast_by_the_place_s_name(run: Run) -> None:
    start, end = START + NOW * HOUR, START + (NOW + 26) * HOUR
    formula, hourly = Formula.parse(f"{PLACE}~model=pool * 2"), Bucket.parse("1h")
    query = FormulasQuery((formula,), start, end, hourly, 1, zone("UTC"), Aggregate.MEAN, start)
    with transaction() as session:
        (found,) = values.evaluate(session, query).columns
    (doubled,) = found.values.values()
    expected = 2 * predicted(PLACE).values["value"]
    assert doubled[~np.isnan(doubled)].tolist() == pytest.approx(expected.tolist())


def test_scores_and_ranks_are_told_by_the_place_s_name(run: Run) -> None:
    read("new", NOW, LATER + 1, 48_210.0 + float(STANDS[NOW] - STANDS[SWAPPED]))
    for _ in values.score_all(get_engine()):
        pass
    with transaction() as session:
        (found,) = scores.page(session, ScoreQuery(sensor="bench", measure="energy")).items
        ranked = leaderboard.rank(
            session,
            LeaderboardQuery(series=str(PLACE), start=START, end=START + LATER * HOUR),
        )
    assert found.total.points == 24
    assert found.total.mae is not None
    assert found.total.mae < 0.25
    assert [each.model for each in ranked.contenders] == ["pool"]


def test_a_backtest_of_a_place_reaches_back_before_the_swap() -> None:
    new = NewBacktest(
        sensor="bench",
        measure="energy",
        start=START + (SWAPPED - 48) * HOUR,
        end=START + SWAPPED * HOUR,
        horizon=24,
    )
    with transaction() as session:
        asked = asking.backtest(session, "pool", new)
    carry_out(asked.service_run)
    with transaction() as session:
        done = backtests.get(session, asked.id)
    assert done.report is not None
    assert done.report.origins == 2
    assert done.report.total is not None
    assert done.report.total.points == 47  # nobody read the old meter at the end of its last hour


def test_what_stands_nowhere_and_states_are_refused_plainly() -> None:
    with transaction() as session, pytest.raises(Invalid, match="no series bench/nothing"):
        asking.forecast(session, "pool", NewRun(sensor="bench", measure="nothing"))
    asked = {"series": ["bench/door"]}
    with transaction() as session:
        new = NewServiceRun.model_validate({"parameters": asked})
        made = service_runs.create(session, "forecast", new).id
    tasks.run_service(made, START + NOW * HOUR)
    ended = run_now(made)
    assert ended.status is RunStatus.FAILED
    assert "holds states; no model here forecasts states" in str(ended.reason)
