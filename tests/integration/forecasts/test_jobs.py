"""A real worker on a real queue makes forecasts, and no crash leaves a run in the air."""

import os
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rq.job import Job as Queued
from rq.job import JobStatus
from sqlalchemy import text

from dtbase import queue
from dtbase.domain.forecasts.backtests import BacktestQuery
from dtbase.domain.forecasts.runs import RunFilter, RunStatus, Scenario
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.twin import Twin
from dtbase.domain.services.service_runs import (
    Delivery,
    ServiceRun,
    ServiceRunQuery,
)
from dtbase.storage import values
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.forecasts import backtests, run_series, runs, scenarios
from dtbase.storage.registry import series, twin
from dtbase.storage.services import schedules, service_run_states, service_runs
from jobs import recovery, tasks
from jobs.demo import load, replay, stations
from jobs.services import forecast
from tests.conftest import Servers
from tests.forks import Program, running
from tests.integration.forecasts.asked import (
    NOW,
    ask_for,
    carry_out,
    maker_of,
    new_run,
    now_of,
    readings_stored,
    recovered,
    send,
    values_of,
)
from tests.service_runs import lines_of, run_now
from tests.twins import child_of, eventually, own_twin

BREAK = """
CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'we are broken'; END $$;
CREATE TRIGGER break BEFORE INSERT ON prediction FOR EACH ROW EXECUTE FUNCTION break()
"""
WAITS = "SELECT count(*) FROM pg_locks WHERE relation = 'reading'::regclass AND NOT granted"


@pytest.fixture(scope="module", autouse=True)
def said(servers: Servers) -> Iterator[list[str]]:
    """Load the demo twin once for this module; gives what the loading said."""
    lines: list[str] = []
    with own_twin(servers):
        load.load(NOW, lines.append)
        yield lines


@pytest.fixture(scope="module")
def worker(said: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Run a worker on two of the three queues."""
    with running(
        "jobs.worker", tmp_path_factory.mktemp("jobs") / "worker.log", "ingest", "forecast"
    ) as process:
        yield process


def test_the_demo_holds_a_year_of_three_stations_and_a_band_for_the_first_page(
    said: list[str],
) -> None:
    with transaction() as session:
        latest = values.latest(session)
        done = runs.list(session, RunFilter(status=RunStatus.SUCCEEDED), 100)
        (band,) = values.predictions_of(session, done[0].id)
        named = twin.get(session)
        planned = {schedule.name: schedule.every for schedule in schedules.list(session)}
    assert {(key.sensor) for key in latest} == {"EWR", "JFK", "LGA"}
    assert len(latest) == 27
    assert {str(run.target) for run in done} >= {"EWR/temperature", "LGA/wind_speed"}
    assert (band.count, band.step) == (48, 3600)
    assert set(band.values) == {"value", "lower_80", "upper_80", "lower_95", "upper_95"}
    assert named == Twin(
        name="New York stations", timezone="America/New_York", notice=replay.notice(NOW)
    )
    hour = timedelta(hours=1)
    assert planned == {"demo-replay": hour, "demo-forecasts": 6 * hour}
    assert any("forecast EWR/temperature: succeeded" in line for line in said)
    ((count, _, first, last),) = readings_stored()
    assert count == 211_061
    assert isinstance(last, datetime)
    assert isinstance(first, datetime)
    assert last <= NOW
    assert last - first <= replay.LAP


def test_the_demo_tries_a_month_of_each_series_that_it_forecasts(said: list[str]) -> None:
    with transaction() as session:
        queued = backtests.page(session, BacktestQuery(sort="id")).items
    assert {str(one.target) for one in queued} == set(stations.FORECASTS)
    assert any("6 backtests are queued" in line for line in said)
    (first,) = (one for one in queued if str(one.target) == "JFK/temperature")
    assert first.service_run is not None
    tasks.run_service(first.service_run, NOW)
    with transaction() as session:
        report = backtests.get(session, first.id).report
    assert report is not None
    assert report.total is not None
    measured = times_of(first.target)
    points = sum(
        first.start + origin * timedelta(days=1) + lead * replay.HOUR in measured
        for origin in range(30)
        for lead in range(1, 49)
    )  # some hours of the demo's year were not measured
    assert points > 1_300
    assert (report.origins, report.total.points) == (30, points)


def times_of(key: SeriesKey) -> set[datetime]:
    """Return when a series was measured."""
    with transaction() as session:
        (found,) = series.resolve(session, [key])
        times = text("SELECT time FROM reading WHERE series_id = :id")
        return {time.astimezone(UTC) for time in session.scalars(times, {"id": found.id})}


def test_loading_and_replaying_again_changes_nothing() -> None:
    before = readings_stored()
    with transaction() as session:
        asked = len(runs.list(session, RunFilter(), 1000))
        tried = len(backtests.page(session, BacktestQuery()).items)
    load.load(NOW, print)
    for _ in load.catch_up(NOW):
        pass
    assert readings_stored() == before
    with transaction() as session:
        assert len(runs.list(session, RunFilter(), 1000)) == asked
        assert len(backtests.page(session, BacktestQuery()).items) == tried


def test_missed_hours_are_caught_up_across_the_wrap_and_the_notice_follows() -> None:
    wrap = replay.ORIGIN + (NOW - replay.ORIGIN) // replay.LAP * replay.LAP
    whole = ((_, _, first, _),) = readings_stored()
    assert isinstance(first, datetime)
    off = max(wrap - timedelta(hours=30), first + timedelta(hours=48))
    back = min(off + timedelta(hours=60), NOW)
    with transaction() as session:
        session.execute(text("DELETE FROM reading WHERE time >= :off"), {"off": off})
    ((before, *_),) = readings_stored()
    for _ in load.catch_up(back):
        pass
    ((after, *_),) = readings_stored()
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after - before > (back - off) / replay.HOUR * 20
    with transaction() as session:
        assert twin.get(session).notice == replay.notice(back)
    for _ in load.catch_up(NOW):
        pass
    assert readings_stored() == whole
    with transaction() as session:
        assert twin.get(session).notice == replay.notice(NOW)


def test_a_correction_by_a_person_outlives_the_replay() -> None:
    with transaction() as session:
        (one,) = series.resolve(session, [SeriesKey(sensor="JFK", measure="humidity")])
        changed = session.execute(
            text(
                "UPDATE reading SET value = 12.5 WHERE series_id = :id AND time ="
                " (SELECT max(time) FROM reading WHERE series_id = :id) RETURNING time"
            ),
            {"id": one.id},
        ).scalar_one()
    for _ in load.catch_up(NOW):
        pass
    with transaction() as session:
        last = next(
            found
            for found in values.latest(session)
            if (found.sensor, found.measure) == ("JFK", "humidity")
        )
    assert (last.time, last.value) == (changed, 12.5)


def test_a_queued_run_becomes_a_forecast_with_its_diagnostics(worker: Program) -> None:
    run = new_run("pressure")
    send(run)
    eventually(lambda: now_of(run).status.ended)
    done = now_of(run)
    assert (done.status, done.reason) == (RunStatus.SUCCEEDED, None)
    assert done.issued_at is not None
    assert done.details["status"] == "ok"
    assert done.details["cadence"] == 3600
    assert done.details["converged"] is True
    assert isinstance(done.details["backtest"], dict)
    with transaction() as session:
        (found,) = values.predictions_of(session, done.id)
    assert found.start is not None
    assert found.start > done.issued_at


@pytest.mark.parametrize(
    ("measure", "parameters", "words"),
    [
        ("temperature", {"ordre": 2}, "parameter ordre"),
        ("temperature", {"inputs": {"EWR/temperature": "2"}}, "inputs.EWR/temperature: must be"),
        ("temperature", {"inputs": {"EWR/humidity": "+2"}}, "does not read it"),
        ("temperature", {"regressors": ["EWR"]}, "parameter regressors.0.series"),
        ("temperature", {"regressors": [{"series": "EWR/x"}]}, "no series EWR/x"),
        ("temperature", {"window_days": 0.5}, "parameter window_days"),
    ],
)
def test_a_run_that_cannot_be_made_ends_failed_with_a_reason(
    measure: str, parameters: dict[str, Any], words: str
) -> None:
    run = new_run(measure, **parameters)
    carry_out(run)
    done = now_of(run)
    assert done.status is RunStatus.FAILED
    assert words in str(done.reason)


def test_a_try_after_an_outage_ends_as_the_one_before_would_have() -> None:
    run = new_run(ordre=2)
    carry_out(run)
    first = now_of(run)
    again = text("UPDATE service_run SET status = 'queued', ended_at = NULL WHERE id = :id")
    with transaction() as session:
        session.execute(again, {"id": maker_of(run)})
    carry_out(run)
    with transaction() as session:
        made_by = service_runs.get(session, maker_of(run))
    assert (made_by.status, made_by.reason) == (RunStatus.FAILED, first.reason)
    assert now_of(run) == first


def test_a_job_delivered_twice_runs_once() -> None:
    run = new_run()
    carry_out(run)
    first = now_of(run)
    carry_out(run, NOW + timedelta(hours=1))
    assert now_of(run) == first


def test_a_failure_of_ours_is_tried_again_and_then_ends_the_run() -> None:
    run = new_run()
    with transaction() as session:
        session.execute(text(BREAK))
    try:
        carry_out(run)
        waiting = now_of(run)
        assert waiting.status is RunStatus.QUEUED
        assert "we are broken" in str(waiting.reason)
        carry_out(run)
    finally:
        with transaction() as session:
            session.execute(text("DROP FUNCTION break() CASCADE"))
    assert now_of(run).status is RunStatus.FAILED
    assert "we are broken" in str(now_of(run).reason)


def test_a_killed_work_horse_costs_a_try_and_the_worker_goes_on(worker: Program) -> None:
    run, after = new_run(), new_run("humidity")
    send(run)
    with get_engine().begin() as blocker:
        blocker.execute(text("LOCK TABLE reading IN ACCESS EXCLUSIVE MODE"))
        for _ in range(2):
            eventually(lambda: now_of(run).status is RunStatus.RUNNING)
            eventually(waits_for_readings)
            horse = child_of(worker.pid)
            assert horse is not None
            os.kill(horse, signal.SIGKILL)
            eventually(lambda: recovered(run))
            send(run)
    send(after)
    assert (now_of(run).status, now_of(run).reason) == (RunStatus.FAILED, service_run_states.DIED)
    eventually(lambda: now_of(after).status is RunStatus.SUCCEEDED)


def waits_for_readings() -> bool:
    """Tell whether a statement waits for the lock on the readings."""
    with transaction() as session:
        return bool(session.scalar(text(WAITS)))


def test_sigterm_lets_the_running_job_finish(tmp_path: Path) -> None:
    delivery = ask_for("refresh-aggregates")
    with running("jobs.worker", tmp_path / "worker.log", "maintenance") as polite:
        with get_engine().begin() as blocker:
            blocker.execute(text("LOCK TABLE reading_pending IN ACCESS EXCLUSIVE MODE"))
            queue.put(delivery)
            job = Queued.fetch(delivery.job_id, connection=queue.connect())
            eventually(lambda: job.get_status() is JobStatus.STARTED)
            polite.send_signal(signal.SIGTERM)
        assert polite.wait(120) == 0
    assert run_now(delivery.run).status is RunStatus.SUCCEEDED


def test_a_service_forecasts_many_series_with_all_workers_and_none_waits_for_them(
    worker: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "PIECE", 2)
    with transaction() as session:
        scenarios.add(session, "arima", Scenario(name="warm", parameters={"shift": 2}))
    delivery = ask_for(
        "forecast",
        model="arima",
        location="laguardia-airport",
        measures=["visibility", "wind_direction", "humidity"],
        horizon=12,
        scenarios=["default", "warm"],
    )
    tasks.run_service(delivery.run)
    with transaction() as session:
        parts = service_runs.page(session, ServiceRunQuery(parent=delivery.run)).items
        assert service_runs.get(session, delivery.run).total == 6
    assert len(parts) == 3
    eventually(lambda: run_now(delivery.run).status.ended)
    done = run_now(delivery.run)
    assert (done.status, done.done, done.total) == (RunStatus.SUCCEEDED, 6, 6), done.reason
    assert "3 parts: 3 succeeded" in lines_of(delivery.run)
    with transaction() as session:
        ended = runs.list(session, RunFilter(sensor="LGA", status=RunStatus.SUCCEEDED), 100)
    found = {
        (run.scenario, run.target.measure): run
        for run in ended
        if run.target is not None and run.horizon == 12
    }
    assert len(found) == 6
    as_it_is, warmer = (
        values_of(found[name, "visibility"], "value") for name in ("default", "warm")
    )
    expected = [value + 2 for value in as_it_is]
    assert warmer == pytest.approx(expected, abs=1e-6)


def planned(monkeypatch: pytest.MonkeyPatch) -> tuple[Delivery, Sequence[ServiceRun]]:
    """Ask for a forecast in two parts, which no worker knows of."""
    monkeypatch.setattr(forecast, "PIECE", 1)
    series = ["EWR/temperature", "JFK/temperature"]
    delivery = ask_for("forecast", model="arima", series=series, horizon=3)
    with monkeypatch.context() as patch:
        patch.setattr(queue, "offer", list)
        tasks.run_service(delivery.run)
    with transaction() as session:
        return delivery, service_runs.page(session, ServiceRunQuery(parent=delivery.run)).items


def test_a_forecast_that_waits_for_its_parts_is_not_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery, parts = planned(monkeypatch)
    recovery.bury_dead()
    assert run_now(delivery.run).status is RunStatus.RUNNING
    for part in parts:
        tasks.run_service(part.id)
    assert run_now(delivery.run).status is RunStatus.SUCCEEDED


def test_a_forecast_is_called_off_with_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery, (first, second) = planned(monkeypatch)
    tasks.run_service(first.id)
    with transaction() as session:
        service_run_states.cancel(session, delivery.run)
        assert service_runs.get(session, second.id).status is RunStatus.CANCELLED
    assert run_now(delivery.run).status is RunStatus.CANCELLED
    with transaction() as session:
        (left,) = run_series.of_service_run(session, second.id)
        assert left.status is RunStatus.CANCELLED


def test_a_forecast_fails_when_all_of_its_parts_do(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery, parts = planned(monkeypatch)
    with transaction() as session:
        session.execute(text("UPDATE run SET parameters = '{\"ordre\": 1}' WHERE status IS NULL"))
    for part in parts:
        tasks.run_service(part.id)
    done = run_now(delivery.run)
    assert done.status is RunStatus.FAILED
    assert str(done.reason).startswith("none of its 2 parts succeeded: parameter ordre")


def test_a_forecast_of_what_is_not_there_is_refused() -> None:
    for parameters, words in (
        ({"series": ["EWR/temperature"], "location": "x"}, "name series, or a sensor_type"),
        ({"location": "nowhere"}, "nowhere"),
        ({"sensor_type": "nothing"}, "no series of numbers"),
        ({"series": ["EWR/temperature"], "model": "oracle"}, "no model 'oracle'"),
        ({"series": ["EWR/temperature"], "parameters": {"ordre": 1}}, "parameter ordre"),
    ):
        delivery = ask_for("forecast", **{"model": "arima", **parameters})
        tasks.run_service(delivery.run)
        done = run_now(delivery.run)
        assert done.status is RunStatus.FAILED
        assert words in str(done.reason)
