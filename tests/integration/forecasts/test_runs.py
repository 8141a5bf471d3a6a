"""Runs are asked for, followed and read over the API."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from redis import Redis
from rq import Queue
from sqlalchemy.orm import Session

from dtbase import queue
from dtbase.domain.forecasts.runs import (
    Forecast,
    Interval,
    Model,
    NewRun,
    Run,
    RunFilter,
    RunStatus,
    ScenarioQuery,
)
from dtbase.domain.people.users import Role
from dtbase.domain.services.service_runs import ServiceRun
from dtbase.errors import Invalid
from dtbase.settings import get_settings
from dtbase.storage import values
from dtbase.storage.forecasts import models, predictions, runs, scenarios
from dtbase.storage.registry.series import Resolved
from dtbase.storage.services import asking, service_run_states, service_runs, services
from dtbase.storage.services.assignments import Try
from tests.factories import add_sensor
from tests.people import add_user, carry, log_in
from tests.twins import own_redis_url

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def own_redis(monkeypatch: pytest.MonkeyPatch, redis_url: str, environment: None) -> Redis:
    """Queue on an empty Redis database."""
    monkeypatch.setenv("DTBASE_REDIS_URL", own_redis_url(redis_url))
    get_settings.cache_clear()
    queue.connect().flushdb()
    return queue.connect()


@pytest.fixture
def series(session: Session, own_redis: Redis) -> dict[str, Resolved]:
    models.ensure(session, Model(name="arima"))
    return add_sensor(session, "S1")


@pytest.fixture
def run(session: Session, series: dict[str, Resolved]) -> Run:
    return asking.forecast(session, "arima", NewRun(sensor="S1", measure="temperature"))


def asked(sensor: str = "S1", measure: str = "temperature") -> dict[str, object]:
    return {"sensor": sensor, "measure": measure, "horizon": 24}


def two_steps(step: timedelta = timedelta(hours=1)) -> Forecast:
    return Forecast(
        issued_at=NOON,
        times=[NOON, NOON + step],
        values=[1.5, 2.5],
        intervals=[
            Interval(level=80, lower=[1, 2], upper=[2, 3]),
            Interval(level=99.5, lower=[0, 1], upper=[3, 4]),
        ],
    )


def test_a_run_is_queued_and_can_be_followed(
    api: TestClient, series: dict[str, Resolved], own_redis: Redis
) -> None:
    answer = api.post("/v1/models/arima/runs", json=asked())
    assert answer.status_code == 202
    run = Run.model_validate(answer.json())
    assert answer.headers["location"] == f"/v1/runs/{run.id}"
    assert Run.model_validate(api.get(answer.headers["location"]).json()) == run
    assert (run.status, run.horizon, str(run.target)) == ("queued", 24, "S1/temperature")
    job = f"service-run-{run.service_run}"
    assert Queue("forecast", connection=own_redis).get_job_ids() == [job]
    made_by = ServiceRun.model_validate(api.get(f"/v1/service-runs/{run.service_run}").json())
    assert (made_by.service, made_by.status) == ("forecast", "queued")
    assert made_by.parameters["series"] == ["S1/temperature"]


def test_a_queued_forecast_is_cancelled_with_its_run(
    api: TestClient, series: dict[str, Resolved]
) -> None:
    run = Run.model_validate(api.post("/v1/models/arima/runs", json=asked()).json())
    assert api.get("/v1/runs", params={"status": "queued"}).json()[0]["id"] == run.id
    assert api.post(f"/v1/service-runs/{run.service_run}/cancel").status_code == 202
    after = Run.model_validate(api.get(f"/v1/runs/{run.id}").json())
    assert (after.status, after.reason) == (RunStatus.CANCELLED, "cancelled")
    assert after.ended_at is not None


def test_what_a_run_leaves_outlives_the_history_of_services(
    session: Session, series: dict[str, Resolved], run: Run
) -> None:
    assert run.service_run is not None
    runs.finish(session, run.id, NOON, {})
    service_run_states.end(session, Try(run.service_run, 0), RunStatus.SUCCEEDED)
    assert service_runs.prune(session, datetime.now(UTC) + timedelta(days=1), 0) == 1
    kept = runs.get(session, run.id)
    assert (kept.status, kept.service_run) == (RunStatus.SUCCEEDED, None)


def test_deleting_the_service_ends_what_its_runs_were_to_leave(
    session: Session, series: dict[str, Resolved], run: Run
) -> None:
    services.delete(session, "forecast", cascade=True)
    kept = runs.get(session, run.id)
    assert (kept.status, kept.reason) == (RunStatus.CANCELLED, "its service was deleted")


@pytest.mark.parametrize(
    ("model", "body", "status", "words"),
    [
        ("oracle", asked(), 404, "no model 'oracle'"),
        ("arima", asked(sensor="nobody"), 422, "nobody/temperature"),
        ("arima", asked() | {"scenario": "wet"}, 422, "no scenario 'wet'"),
        ("arima", asked() | {"horizon": 0}, 422, "horizon"),
        ("arima", asked() | {"steps": 3}, 422, "steps"),
    ],
)
def test_a_run_that_cannot_be_is_refused(
    api: TestClient,
    series: dict[str, Resolved],
    model: str,
    body: dict[str, object],
    status: int,
    words: str,
) -> None:
    answer = api.post(f"/v1/models/{model}/runs", json=body)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_a_forecast_is_taken_while_redis_is_away(
    api: TestClient, series: dict[str, Resolved], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTBASE_REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    answer = api.post("/v1/models/arima/runs", json=asked())
    assert answer.status_code == 202
    assert [run["status"] for run in api.get("/v1/runs").json()] == ["queued"]


def test_a_viewer_reads_runs_but_starts_none(web: TestClient, session: Session, run: Run) -> None:
    carry(web, log_in(session, add_user(session, "v@example.org", Role.VIEWER)))
    assert web.get(f"/v1/runs/{run.id}").status_code == 200
    assert web.get("/v1/models").json() == [{"name": "arima", "description": None}]
    assert web.post("/v1/models/arima/runs", json=asked()).status_code == 403


def test_runs_are_listed_newest_first_and_filtered(
    api: TestClient, session: Session, series: dict[str, Resolved]
) -> None:
    first, second, third = (
        asking.forecast(session, "arima", NewRun(sensor="S1", measure=measure)).id
        for measure in ("temperature", "rain", "temperature")
    )
    runs.fail(session, first, "because")

    def listed(**wanted: str | int) -> list[int]:
        return [run["id"] for run in api.get("/v1/runs", params=wanted).json()]

    assert listed() == [third, second, first]
    assert listed(limit=1) == [third]
    assert listed(measure="temperature") == [third, first]
    assert listed(status="failed", model="arima", sensor="S1") == [first]
    assert listed(model="other") == []
    assert api.get("/v1/runs", params={"status": "lost"}).status_code == 422
    assert api.get("/v1/runs", params={"colour": "red"}).status_code == 422


def test_predictions_are_read_as_columns_with_start_and_step(
    api: TestClient, session: Session, series: dict[str, Resolved], run: Run
) -> None:
    predictions.write(session, run.id, series["temperature"].id, two_steps())
    runs.finish(session, run.id, NOON, {"status": "ok"})
    answer = api.get(f"/v1/runs/{run.id}/predictions").json()
    assert answer["run"]["status"] == "succeeded"
    assert answer["run"]["details"] == {"status": "ok"}
    (found,) = answer["series"]
    assert (found["sensor"], found["measure"], found["unit"]) == ("S1", "temperature", "degC")
    assert (found["start"], found["step"], found["times"]) == ("2026-11-23T12:00:00Z", 3600, None)
    assert found["values"] == {
        "value": [1.5, 2.5],
        "lower_80": [1, 2],
        "upper_80": [2, 3],
        "lower_99.5": [0, 1],
        "upper_99.5": [3, 4],
    }


def test_a_run_that_is_repeated_writes_nothing_twice(
    session: Session, series: dict[str, Resolved], run: Run
) -> None:
    for _ in range(2):
        assert predictions.write(session, run.id, series["temperature"].id, two_steps()) == 2
    (found,) = values.predictions_of(session, run.id)
    assert found.count == 2


def test_a_run_without_predictions_has_none_to_read(api: TestClient, run: Run) -> None:
    assert api.get(f"/v1/runs/{run.id}/predictions").json()["series"] == []
    assert api.get("/v1/runs/999999/predictions").status_code == 404


def test_a_run_that_has_ended_stays_as_it_ended(session: Session, run: Run) -> None:
    assert runs.fail(session, run.id, "no data")
    assert not runs.finish(session, run.id, NOON, {})
    ended = runs.get(session, run.id)
    assert (ended.status, ended.reason) == (RunStatus.FAILED, "no data")
    assert ended.ended_at is not None


def test_a_model_has_a_default_scenario_and_takes_others_by_name(session: Session) -> None:
    models.ensure(session, Model(name="arima"))
    models.ensure(session, Model(name="arima", description="another"))
    assert [model.name for model in models.list(session)] == ["arima"]
    known = scenarios.page(session, "arima", ScenarioQuery()).items
    assert [scenario.name for scenario in known] == ["default"]
    with pytest.raises(Invalid):
        models.scenario_id(session, "arima", "wet")
    assert runs.list(session, RunFilter(model="arima"), 5) == []
