"""What numbers mean changes over stored data: a run stores it anew, whoever is killed meanwhile."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dtbase import queue
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.registry.measures import MeasureChange, MeasureKey, Options, Statistic
from dtbase.domain.services.service_runs import NewServiceRun
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import readings, rebuilding, rollups
from dtbase.storage.registry import measures, series
from dtbase.storage.services import asking, service_run_states, service_runs
from jobs import recovery, tasks
from jobs.services import catalogue
from tests.conftest import Servers
from tests.factories import add_sensor, batch_of
from tests.forks import running
from tests.own_redis import OwnRedis
from tests.service_runs import lines_of, run_now
from tests.twins import child_of, own_twin, soon

START = datetime(2026, 5, 4, tzinfo=UTC)
AT_ONCE = timedelta(0)
HOURS = 60
STORED_HOURS = text("SELECT sum(cardinality(first_at)) FROM reading_inside")


@pytest.fixture(autouse=True)
def own(servers: Servers) -> Iterator[None]:
    """Give each test a database with hours of a sensor, stored as the mean of its readings."""
    with OwnRedis() as redis, own_twin(Servers(servers.database_url, redis.url)):
        catalogue.register()
        with transaction() as session:
            add_sensor(session, "one")
            (one,) = series.find(session, [("one", "temperature")]).values()
            times = [START + timedelta(hours=hour) for hour in range(HOURS)]
            readings.write(session, batch_of(one, times, [float(hour) for hour in range(HOURS)]))
        rollups.refresh(get_engine())
        yield


def become_a_level() -> int:
    """Say that the numbers are a level's, and return the run that is asked for by it."""
    change = MeasureChange(statistic=Statistic.LEVEL, options=Options(holds="2h"))
    with transaction() as session:
        measures.update(session, MeasureKey(name="temperature"), change)
        run = asking.rebuild(session)
        delivery = service_runs.deliveries(session, [run or 0])
    assert run is not None
    queue.offer(delivery)
    return run


def stored_hours() -> int | None:
    with transaction() as session:
        found: int | None = session.scalar(STORED_HOURS)
        return found


def left() -> int:
    """Count the hours that are still to be stored."""
    return rebuilding.left_of(get_engine(), rebuilding.waiting(get_engine(), None))


@contextmanager
def nobody_refreshes() -> Iterator[None]:
    """Hold what a refresh needs, so that all runs stand in the middle of their work."""
    with get_engine().connect() as connection:
        held = "SELECT pg_advisory_xact_lock('reading'::regclass::oid::int, 7231)"
        connection.execute(text(held))
        yield
        connection.rollback()


def waits(run: int) -> bool:
    """Tell whether a run has told how much there is to do."""
    now = run_now(run)
    return (now.status, now.done, now.total) == (RunStatus.RUNNING, 0, HOURS)


def is_over(run: int, status: RunStatus) -> bool:
    """Do what the scheduler does at each tick, and tell whether a run has come to a status."""
    recovery.bury_dead()
    recovery.stop_cancelled(AT_ONCE)
    recovery.deliver_waiting(AT_ONCE)
    return run_now(run).status is status


def test_a_run_stores_anew_what_a_change_has_made_mean_something_else() -> None:
    assert not stored_hours()
    run = become_a_level()
    tasks.run_service(run)
    done = run_now(run)
    assert (done.status, done.done, done.total) == (RunStatus.SUCCEEDED, HOURS, HOURS)
    assert stored_hours() == HOURS
    said = lines_of(run)
    assert said[0] == f"{HOURS} hours of 1 series are to be stored anew"
    assert said[-1] == "All are stored"


def test_whoever_doubts_what_is_stored_has_all_of_it_stored_again() -> None:
    tasks.run_service(become_a_level())
    with transaction() as session:
        session.execute(text("DELETE FROM reading_inside"))
        asked = {"series": ["one/temperature"], "again": True}
        new = NewServiceRun.model_validate({"parameters": asked})
        run = service_runs.create(session, "rebuild", new).id
    tasks.run_service(run)
    assert run_now(run).done == HOURS
    assert stored_hours() == HOURS


def test_a_worker_that_is_killed_in_the_middle_leaves_the_rest_to_another_one(
    tmp_path: Path,
) -> None:
    with nobody_refreshes():
        with running("jobs.worker", tmp_path / "killed.log", "maintenance") as worker:
            run = become_a_level()
            soon(lambda: waits(run))
            horse = child_of(worker.pid)
            for pid in (worker.pid, horse):
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)
        assert not stored_hours()
    with running("jobs.worker", tmp_path / "other.log", "maintenance"):
        soon(lambda: is_over(run, RunStatus.SUCCEEDED))
    assert run_now(run).attempt == 2
    assert stored_hours() == HOURS
    assert left() == 0


def test_a_run_that_is_cancelled_leaves_the_rest_pending(tmp_path: Path) -> None:
    with (
        nobody_refreshes(),
        running("jobs.worker", tmp_path / "cancelled.log", "maintenance"),
    ):
        run = become_a_level()
        soon(lambda: waits(run))
        with transaction() as session:
            service_run_states.cancel(session, run)
        soon(lambda: is_over(run, RunStatus.CANCELLED))
    assert left() == HOURS
    rollups.refresh(get_engine())
    assert stored_hours() == HOURS
