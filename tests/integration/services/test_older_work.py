"""An upgrade takes work along that an older version had queued, begun or ended."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from dtbase.domain.forecasts.backtests import NewBacktest
from dtbase.domain.forecasts.runs import Model, NewRun, RunStatus
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.forecasts import backtests, models, runs
from dtbase.storage.services import asking, service_runs
from jobs import tasks
from jobs.services import catalogue
from tests.factories import add_sensor

OLD = "0011"
STATUSES = ("queued", "running", "succeeded", "failed", "cancelled")

RUN = text("""
INSERT INTO run (scenario_id, target_id, horizon, parameters, status, reason, job)
SELECT scenario.id, series.id, 24, '{"levels": [80]}', :status, :reason, :job
  FROM scenario, series JOIN measure ON measure.id = measure_id WHERE measure.name = 'temperature'
RETURNING id
""")
BACKTEST = text("""
INSERT INTO backtest (scenario_id, series_id, start, "end", horizon, every, status, done, total)
SELECT scenario.id, series.id, '2026-01-01Z', '2026-01-02Z', 24, '6 hours', :status, 1, 4
  FROM scenario, series JOIN measure ON measure.id = measure_id WHERE measure.name = 'temperature'
RETURNING id
""")
SHARED = text("""
INSERT INTO service_run (service_id, asked_by, status, attempt, started_at, parameters)
SELECT id, 'ann', 'running', 1, now(), '{"model": "arima", "series": ["one/temperature"]}'
  FROM service WHERE name = 'forecast' RETURNING id
""")


@pytest.fixture
def engine(own_environment: str) -> Engine:
    """Give each test a database of its own."""
    return get_engine()


def move(engine: Engine, step: str) -> None:
    """Bring the schema to the old revision, or to the newest one."""
    config = Config("alembic.ini")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        (command.upgrade if step == "head" else command.downgrade)(config, step)
        connection.commit()
    engine.dispose()


def populate() -> None:
    catalogue.register()
    with transaction() as session:
        add_sensor(session, "one")
        models.ensure(session, Model(name="arima"))


def test_runs_and_backtests_of_an_older_version_go_on_or_stay_as_they_ended(
    engine: Engine,
) -> None:
    populate()
    move(engine, OLD)
    with transaction() as session:
        shared = session.execute(SHARED).scalar_one()
        given = [{"status": status, "reason": f"was {status}", "job": None} for status in STATUSES]
        given.append({"status": "queued", "reason": None, "job": f"runs-{shared}-0"})
        alone = [session.execute(RUN, each).scalar_one() for each in given]
        tried = [session.execute(BACKTEST, {"status": each}).scalar_one() for each in STATUSES]
    move(engine, "head")
    with transaction() as session:
        found = [runs.get(session, each) for each in alone]
        searched = [backtests.get(session, each) for each in tried]
        assert found[-1].service_run == shared
    made_by = [
        [(each.status, each.service_run is not None) for each in found[:-1]],
        [(each.status, each.service_run is not None) for each in searched],
    ]
    stand = [("queued", True), ("queued", True), *((status, False) for status in STATUSES[2:])]
    assert made_by == [stand, stand]
    assert found[3].reason == "was failed"
    makers = [each.service_run for each in (*found[:2], found[-1])]
    for maker in [*makers, *(each.service_run for each in searched[:2])]:
        assert maker is not None
        tasks.run_service(maker)
    with transaction() as session:
        for each in (*alone[:2], alone[-1]):
            made = runs.get(session, each)
            assert (made.status, bool(made.reason)) == (RunStatus.FAILED, True)  # nothing was read
        for each in tried[:2]:
            assert "nothing was read" in str(backtests.get(session, each).reason)


def test_open_work_is_queued_in_an_older_version_after_a_downgrade(engine: Engine) -> None:
    populate()
    with transaction() as session:
        new = NewRun(sensor="one", measure="temperature")
        run = asking.forecast(session, "arima", new)
        window = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
        asked = {"sensor": "one", "measure": "temperature", **window}
        backtest = asking.backtest(session, "arima", NewBacktest.model_validate(asked))
    move(engine, OLD)
    with engine.connect() as connection:
        for table, row in (("run", run.id), ("backtest", backtest.id)):
            found = text(f"SELECT status FROM {table} WHERE id = :id")  # noqa: S608 - our tables
            assert connection.scalar(found, {"id": row}) == RunStatus.QUEUED
        assert connection.scalar(text("SELECT count(*) FROM service_run")) == 0
    move(engine, "head")
    with transaction() as session:
        again = runs.get(session, run.id)
        assert again.status is RunStatus.QUEUED
        assert again.service_run is not None
        assert service_runs.get(session, again.service_run).service == "forecast"
