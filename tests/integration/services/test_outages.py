"""PostgreSQL and Redis go away and come back: each run still ends by its own doing, and once."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from dtbase import queue
from dtbase.domain.forecasts.backtests import NewBacktest
from dtbase.domain.forecasts.runs import Model, NewRun, RunStatus
from dtbase.domain.services.service_runs import NewServiceRun, ServiceRun
from dtbase.errors import Unavailable
from dtbase.local import postgres
from dtbase.local.children import Child
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.forecasts import models
from dtbase.storage.readings import readings
from dtbase.storage.services import asking, run_locks, service_run_states, service_runs
from jobs import recovery
from jobs.demo import replay
from jobs.services import catalogue
from tests.conftest import Servers
from tests.factories import add_sensor, batch_of
from tests.forks import running
from tests.integration.servers import serve
from tests.own_redis import OwnRedis
from tests.service_packages import probes
from tests.twins import eventually, own_twin

START = replay.floor(datetime.now(UTC))
HOUR = timedelta(hours=1)
STEPS = 40
"""Readings that a steady run stores, one after the other."""

TWICE = text("SELECT count(*) FROM (SELECT FROM run_output GROUP BY run_id HAVING count(*) > 1) x")
READ = text("""
SELECT count(*), sum(value) FROM reading JOIN series ON series.id = series_id
  JOIN sensor ON sensor.id = sensor_id WHERE identifier = 'steady'
""")
OUTCOMES = text("SELECT count(*) FROM run WHERE origin IS NOT NULL")
POINTS = text("""
SELECT count(*) FROM prediction JOIN run_output ON run_output.id = output_id
  JOIN run ON run.id = run_id WHERE origin IS NULL
""")


class Twin:
    """A twin whose PostgreSQL and Redis a test may take away."""

    def __init__(self, cluster: postgres.Cluster, redis: OwnRedis, stack: ExitStack) -> None:
        self.cluster = cluster
        self.redis = redis
        self.stack = stack
        self.server: Child | None = None

    def start(self) -> None:
        """Start PostgreSQL."""
        self.server = serve(self.cluster, self.stack)

    def stop(self) -> None:
        """Stop PostgreSQL; whoever is connected loses the connection."""
        assert self.server is not None
        self.server.stop()


@pytest.fixture
def twin(cluster: postgres.Cluster, stack: ExitStack, tmp_path: Path) -> Iterator[Twin]:
    """Start both servers, fill a database, and install services that a test steers."""
    redis = stack.enter_context(OwnRedis())
    twin = Twin(cluster, redis, stack)
    twin.start()
    cluster.furnish()
    cluster.let_databases_go()
    with own_twin(Servers(cluster.url, redis.url)), probes(tmp_path):
        catalogue.register()
        populate()
        yield twin


def populate() -> None:
    """Read a daily cycle for three weeks."""
    times = [START + place * HOUR for place in range(-24 * 21, 1)]
    chance = np.random.default_rng(1)
    values = 10 + 5 * np.sin(np.arange(len(times)) * np.pi / 12) + chance.normal(0, 1, len(times))
    with transaction() as session:
        found = add_sensor(session, "one")
        models.ensure(session, Model(name="dmd"))
        readings.write(session, batch_of(found["temperature"], times, values.tolist()))


def ask(count: int) -> list[int]:
    """Ask for so many runs of every class, without queueing them."""
    asked = list[int]()
    new = NewRun(sensor="one", measure="temperature", horizon=24)
    window = {"start": START - 72 * HOUR, "end": START - 24 * HOUR, "horizon": 24}
    backtest = NewBacktest.model_validate({"sensor": "one", "measure": "temperature", **window})
    with transaction() as session:
        for _ in range(count):
            for service, parameters in (
                ("steady", {"steps": STEPS}),
                ("nothing", {}),
                ("count", {"count": 2, "outcomes": 1}),
                ("refuse", {}),
            ):
                body = NewServiceRun.model_validate({"parameters": parameters})
                asked.append(service_runs.create(session, service, body).id)
            for result in (
                asking.forecast(session, "dmd", new),
                asking.backtest(session, "dmd", backtest),
            ):
                assert result.service_run is not None
                asked.append(result.service_run)
    return asked


def offer(asked: Sequence[int]) -> None:
    with transaction() as session:
        queue.offer(service_runs.deliveries(session, asked))


def all_of(asked: Sequence[int]) -> list[ServiceRun]:
    with transaction() as session:
        return [service_runs.get(session, run) for run in asked]


def ended(asked: Sequence[int], least: int) -> Callable[[], bool]:
    """Tell whether so many runs have ended; a connection that died just now is no answer."""

    def enough() -> bool:
        with suppress(Unavailable):
            return sum(run.status.ended for run in all_of(asked)) >= least
        return False

    return enough


def under_way(asked: Sequence[int]) -> bool:
    """Tell whether a run is in the middle of what it stores."""
    return any(
        run.status is RunStatus.RUNNING and run.service == "steady" and run.done
        for run in all_of(asked)
    )


def recovered(asked: Sequence[int]) -> Callable[[], bool]:
    """Tell whether all runs have ended, with ticks of the scheduler that have no patience.

    As the scheduler does, it goes on after a tick that met a connection of before an outage.
    """

    def tick() -> bool:
        try:
            recovery.bury_dead()
            recovery.deliver_waiting(timedelta(0))
            return ended(asked, len(asked))()
        except Unavailable:
            return False

    return tick


def check(asked: Sequence[int], count: int) -> None:
    """Hold each run against what it does by itself, and what is stored against one try of each."""
    for run in all_of(asked):
        own = (
            (RunStatus.FAILED, "never") if run.service == "refuse" else (RunStatus.SUCCEEDED, None)
        )
        assert (run.status, run.reason) == own, run
        assert run.attempt - run.outages == 1, run
    with transaction() as session:
        assert session.execute(READ).one() == (STEPS, STEPS * (STEPS - 1) / 2)
        assert session.scalar(OUTCOMES) == 2 * count + 1
        assert session.scalar(TWICE) == 0
        assert session.scalar(POINTS) == 24 * count
    with transaction() as session:
        open_ones = "SELECT count(*) FROM {} WHERE status IS DISTINCT FROM 'succeeded'"
        for table in ("run", "backtest"):
            assert session.scalar(text(open_ones.format(table))) == 0


def test_runs_outlive_a_restart_of_postgresql_and_cost_no_retry(twin: Twin, tmp_path: Path) -> None:
    asked = ask(3)
    offer(asked)
    with running("jobs.worker", tmp_path / "worker.log"):
        eventually(lambda: under_way(asked), within=240)
        twin.stop()
        twin.start()
        eventually(recovered(asked), within=240)
    check(asked, 3)
    assert sum(run.outages for run in all_of(asked)) > 0


def test_runs_asked_for_without_redis_are_delivered_when_it_is_back_and_empty(
    twin: Twin, tmp_path: Path
) -> None:
    before = ask(1)
    offer(before)
    with running("jobs.worker", tmp_path / "worker.log"):
        eventually(lambda: under_way(before), within=240)
        twin.redis.kill()
        asked = [*before, *ask(1)]
        offer(asked)
        twin.redis.start()
        eventually(recovered(asked), within=240)
    check(asked, 2)
    assert all(run.attempt == 1 for run in all_of(asked))


def test_a_worker_ends_when_told_to_while_redis_is_away(twin: Twin, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with running("jobs.worker", log) as worker:
        eventually(lambda: "Listening on" in log.read_text())
        twin.redis.kill()
        eventually(lambda: "could not connect" in log.read_text())
        worker.terminate()
        assert worker.wait(60) == 0
    twin.redis.start()


def test_a_crash_of_the_database_is_not_taken_for_a_death(twin: Twin) -> None:
    (run, *_) = ask(1)
    with run_locks.holding(run):
        with transaction() as session:
            service_run_states.start(session, run)
        crash()
        eventually(twin.cluster.answers)
        recovery.bury_dead()
        (found,) = all_of([run])
        assert (found.status, found.reason) == (RunStatus.QUEUED, service_run_states.OUTAGE)
        assert (found.attempt, found.outages) == (1, 1)
    with run_locks.holding(run), transaction() as session:
        service_run_states.start(session, run)
    recovery.bury_dead()
    (found,) = all_of([run])
    assert (found.status, found.reason) == (RunStatus.FAILED, service_run_states.DIED)


def crash() -> None:
    """Kill a process of PostgreSQL, upon which it drops all others and recovers.

    It notices a moment later: whoever asks before that is still answered, and dropped then.
    """
    with get_engine().connect() as other:
        with suppress(Unavailable), transaction() as session:
            own = session.scalar(text("SELECT pg_backend_pid()"))
            assert own is not None
            os.kill(own, signal.SIGKILL)
            session.scalar(text("SELECT pg_sleep(10)"))
        with pytest.raises(OperationalError):
            other.execute(text("SELECT pg_sleep(60)"))


def test_a_run_that_takes_the_database_along_is_not_tried_for_ever(twin: Twin) -> None:
    (run, *_) = ask(1)
    for outages in range(service_run_states.MOST_OUTAGES + 1):
        with transaction() as session:
            assigned = service_run_states.start(session, run)
            assert assigned is not None
            assert assigned.outages == outages
            service_run_states.lose(session, assigned)
    (found,) = all_of([run])
    assert found.status is RunStatus.FAILED
    assert str(found.reason).startswith(service_run_states.OUTAGE)


@pytest.mark.drill
@pytest.mark.timeout(3_600)
def test_two_hundred_runs_of_every_class_outlive_every_outage(twin: Twin, tmp_path: Path) -> None:
    asked = ask(34)
    offer(asked)
    minute = Event()
    with (
        running("jobs.worker", tmp_path / "one.log"),
        running("jobs.worker", tmp_path / "two.log"),
        running("jobs.scheduler", tmp_path / "scheduler.log"),
    ):
        eventually(lambda: under_way(asked), within=240)
        twin.stop()
        twin.start()
        eventually(ended(asked, 40), within=900)
        twin.stop()
        minute.wait(60)
        twin.start()
        eventually(ended(asked, 80), within=900)
        twin.redis.kill()
        twin.redis.start()
        eventually(ended(asked, 120), within=900)
        twin.redis.kill()
        late = ask(2)
        offer(late)
        minute.wait(60)
        twin.redis.start()
        asked += late
        eventually(ended(asked, len(asked)), within=1_800)
    check(asked, 36)
