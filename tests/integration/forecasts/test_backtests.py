"""A backtest on demand: asked for, followed, carried out, read."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fastapi.testclient import TestClient
from rq import Queue
from sqlalchemy.orm import Session

from dtbase import queue
from dtbase.client import Client
from dtbase.domain.forecasts.backtests import NewBacktest
from dtbase.domain.forecasts.runs import Model, RunStatus, Scenario
from dtbase.domain.services.service_runs import NewServiceRun
from dtbase.errors import Invalid, NotFound
from dtbase.settings import get_settings
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import backtests, models, scenarios
from dtbase.storage.readings import readings
from dtbase.storage.services import asking, service_runs
from jobs import tasks
from jobs.services import catalogue
from tests.conftest import Servers
from tests.factories import add_sensor, batch_of
from tests.twins import own_redis_url, own_twin
from tests.wire import client_of

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def wanted(**given: object) -> NewBacktest:
    usual = {
        "sensor": "one",
        "measure": "temperature",
        "start": START,
        "end": START + 3 * DAY,
        "every_hours": 12,
        "horizon": 24,
    }
    return NewBacktest.model_validate(usual | given)


def populate(session: Session) -> None:
    """Read a daily cycle with noise for 40 days before and a week after the start."""
    found = add_sensor(session, "one")
    models.ensure(session, Model(name="pool"))
    scenarios.add(session, "pool", Scenario(name="warm", parameters={"shift": 100}))
    times = [START + place * HOUR for place in range(-24 * 40, 24 * 7)]
    chance = np.random.default_rng(1)
    cycle = 10 + 5 * np.sin(np.arange(len(times)) * np.pi / 12)
    values = cycle + chance.normal(0, 0.5, len(times))
    readings.write(session, batch_of(found["temperature"], times, values.tolist()))


@pytest.fixture
def client(
    api: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> Client:
    monkeypatch.setenv("DTBASE_REDIS_URL", own_redis_url(redis_url))
    get_settings.cache_clear()
    queue.connect().flushdb()
    populate(session)
    return client_of(api)


def test_a_backtest_is_queued_and_can_be_followed(client: Client) -> None:
    asked = client.backtests.start("pool", wanted())
    assert (asked.status, asked.done, asked.total) == (RunStatus.QUEUED, 0, 6)
    assert (asked.model, str(asked.target), asked.every_hours) == ("pool", "one/temperature", 12)
    assert client.backtests.get(asked.id) == asked
    assert client.backtests.list(model="pool", sensor="one") == [asked]
    assert client.backtests.list(model="arima") == []
    assert Queue("forecast", connection=queue.connect()).job_ids == [
        f"service-run-{asked.service_run}"
    ]


def test_a_backtest_that_cannot_be_is_refused(client: Client, api: TestClient) -> None:
    with pytest.raises(NotFound):
        client.backtests.start("oracle", wanted())
    with pytest.raises(Invalid):
        client.backtests.start("pool", wanted(sensor="nobody"))
    with pytest.raises(Invalid):
        client.backtests.start("pool", wanted(scenario="cold"))
    body = wanted().model_dump(mode="json")
    for wrong in ({"end": body["start"]}, {"every_hours": 0.1, "end": "2026-06-01T00:00:00Z"}):
        assert api.post("/v1/models/pool/backtests", json=body | wrong).status_code == 422
    with pytest.raises(NotFound):
        client.backtests.get(999_999)


def test_a_backtest_finds_how_good_a_model_would_have_been(servers: Servers) -> None:
    with own_twin(servers):
        with transaction() as session:
            populate(session)
            empty = {"start": START - 400 * DAY, "end": START - 390 * DAY}
            news = [wanted(scenario="default"), wanted(scenario="warm"), wanted(**empty)]
            asked = [asking.backtest(session, "pool", new) for new in news]
        for each in asked:
            assert each.service_run is not None
            tasks.run_service(each.service_run)
            tasks.run_service(each.service_run)
        with transaction() as session:
            plain, warm, nothing = (backtests.get(session, each.id) for each in asked)
    assert (plain.status, plain.done, plain.total) == (RunStatus.SUCCEEDED, 6, 6), plain.reason
    assert plain.report is not None
    assert plain.report.total is not None
    assert (plain.report.origins, plain.report.without, plain.report.total.points) == (6, 0, 144)
    assert 0.2 < (plain.report.total.mae or 0) < 1
    assert (plain.report.total.skill or 0) > 0.1
    assert set(plain.report.total.coverage) == {"80", "95"}
    assert plain.report.leads[0].after_hours == 0
    assert warm.report is not None
    assert warm.report.total is not None
    assert (warm.report.total.mae or 0) == pytest.approx(100, abs=1)
    assert nothing.status is RunStatus.FAILED
    assert "nothing was read" in str(nothing.reason)


def test_a_backtest_is_called_off_with_its_run(client: Client) -> None:
    asked = client.backtests.start("pool", wanted())
    assert asked.service_run is not None
    client.service_runs.cancel(asked.service_run)
    after = client.backtests.get(asked.id)
    assert (after.status, after.reason) == (RunStatus.CANCELLED, "cancelled")


def test_a_backtest_is_asked_for_as_any_service_is(servers: Servers) -> None:
    with own_twin(servers):
        catalogue.register()
        with transaction() as session:
            populate(session)
            parameters = {"model": "pool", **wanted().model_dump(mode="json")}
            new = NewServiceRun(parameters=parameters)
            run = service_runs.create(session, "backtest", new)
        tasks.run_service(run.id)
        with transaction() as session:
            done = service_runs.get(session, run.id)
            found = backtests.of_service_run(session, run.id)
    assert (done.status, done.done, done.total) == (RunStatus.SUCCEEDED, 6, 6), done.reason
    assert found is not None
    assert (found.status, found.done) == (RunStatus.SUCCEEDED, 6)
