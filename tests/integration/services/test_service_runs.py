"""Runs of services on real workers: each ends truly, whatever dies, and writes nothing twice."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rq import Queue
from rq.job import Job, JobStatus
from sqlalchemy import text

from dtbase import queue
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.schedules import NewSchedule
from dtbase.domain.services.services import ServiceChange
from dtbase.storage.database import transaction
from dtbase.storage.services import (
    run_locks,
    schedules,
    service_run_states,
    service_runs,
    services,
)
from jobs import tasks
from jobs.services import catalogue
from tests.conftest import Servers
from tests.forks import Program, running
from tests.own_redis import OwnRedis
from tests.service_packages import probes
from tests.service_runs import (
    ask,
    at_work,
    cancel,
    is_now,
    lines_of,
    recover,
    recovered,
    run_now,
    send,
    tick_until,
)
from tests.twins import child_of, own_twin, soon

STORED = text("SELECT count(*), sum(value) FROM reading")
RUNS = text("SELECT count(*), count(DISTINCT origin) FROM run")


@pytest.fixture(scope="module")
def redis() -> Iterator[OwnRedis]:
    with OwnRedis() as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="module", autouse=True)
def own(servers: Servers, redis: OwnRedis, folder: Path) -> Iterator[None]:
    """Give the module a database, a Redis that it may kill, and services that it steers."""
    with own_twin(Servers(servers.database_url, redis.url)), probes(folder):
        catalogue.register()
        yield


@pytest.fixture(autouse=True)
def clean() -> None:
    with transaction() as session:
        session.execute(text("TRUNCATE service_run, schedule, run CASCADE"))
        session.execute(text("DELETE FROM reading"))


@pytest.fixture
def worker(folder: Path) -> Iterator[Program]:
    """Run a worker."""
    with running("jobs.worker", folder / "worker.log", "ingest") as process:
        yield process


def stored() -> tuple[tuple[int, float | None], tuple[int, int]]:
    """Return the readings and their sum, and the model runs and their origins."""
    with transaction() as session:
        readings, total = session.execute(STORED).one()
        runs, origins = session.execute(RUNS).one()
        return (readings, total), (runs, origins)


COUNTED = ((5, 10.0), (4, 4))
"""What the service `count` writes for five."""


def test_a_run_stores_what_it_yields_and_tells_of_it() -> None:
    run = ask("count", count=5)
    tasks.run_service(run.id)
    done = run_now(run.id)
    assert (done.status, done.reason, done.attempt) == (RunStatus.SUCCEEDED, None, 1)
    assert (done.done, done.total, done.message) == (5, 5, "counting")
    assert (done.written.readings, done.written.runs) == (5, 4)
    assert lines_of(run.id) == ["counted to 5"]
    assert done.seconds is not None
    assert stored() == COUNTED


def test_repeating_a_service_writes_no_reading_twice_and_keyed_outcomes_once() -> None:
    for _ in range(2):
        run = ask("count", count=5)
        tasks.run_service(run.id)
    again = run_now(run.id).written
    assert (again.readings, again.unchanged, again.runs, again.things) == (0, 5, 3, 0)
    assert stored() == ((5, 10.0), (7, 7))


@pytest.mark.parametrize("lost", ["status", "data"])
def test_half_a_job_does_not_keep_a_waiting_run_from_being_queued(lost: str) -> None:
    run = send(ask("count", count=1))
    with transaction() as session:
        (delivery,) = service_runs.deliveries(session, [run.id])
    redis = queue.connect()
    job = Job.fetch(delivery.job_id, connection=redis)
    Queue(job.origin, connection=redis).empty()  # type: ignore[no-untyped-call]
    job.save()
    redis.hdel(job.key, lost)
    recover()
    assert Job.fetch(delivery.job_id, connection=redis).get_status() is JobStatus.QUEUED


def test_a_run_that_fails_is_tried_again_and_writes_nothing_twice(tmp_path: Path) -> None:
    stumble = tmp_path / "stumble"
    stumble.touch()
    run = ask("count", count=5, stumble=str(stumble))
    tasks.run_service(run.id)
    waiting = run_now(run.id)
    assert (waiting.status, waiting.reason) == (RunStatus.QUEUED, "RuntimeError: stumbled")
    assert waiting.not_before is not None
    assert stored() == ((5, 10.0), (3, 3))
    tasks.run_service(run.id)
    done = run_now(run.id)
    assert (done.status, done.attempt, done.reason) == (RunStatus.SUCCEEDED, 2, None)
    first, *trace, reason, last = lines_of(run.id)
    assert (first, reason) == ("counted to 5", "try 1 failed: RuntimeError: stumbled")
    assert (trace[0], trace[-1]) == ("Traceback (most recent call last):", "RuntimeError: stumbled")
    assert last == "counted to 5"
    assert stored() == COUNTED


def test_a_refusal_is_final(tmp_path: Path) -> None:
    stumble = tmp_path / "stumble"
    stumble.touch()
    run = ask("count", count=1, stumble=str(stumble), how="refuse")
    tasks.run_service(run.id)
    assert (run_now(run.id).status, run_now(run.id).reason) == (
        RunStatus.FAILED,
        "the tank is gone",
    )
    assert lines_of(run.id) == ["counted to 1", "try 1 failed: the tank is gone"]


def test_what_is_registered_before_a_failure_leaves_no_ghost() -> None:
    run = ask("ghost")
    tasks.run_service(run.id)
    assert (run_now(run.id).status, run_now(run.id).reason) == (
        RunStatus.FAILED,
        "seen 1, then gave up",
    )
    with transaction() as session:
        ghosts = text("SELECT count(*) FROM sensor WHERE identifier = 'ghost'")
        assert session.scalar(ghosts) == 0


@pytest.mark.parametrize("kind", ["dict", "str", "set", "int", "Series", "ndarray", "empty dict"])
def test_what_a_service_returns_and_nobody_knows_is_refused(kind: str) -> None:
    run = ask("strange", kind=kind)
    tasks.run_service(run.id)
    done = run_now(run.id)
    assert done.status is RunStatus.FAILED
    assert str(done.reason).startswith("a service cannot yield a ")
    assert "understood are Readings" in str(done.reason)


def test_what_the_schema_cannot_say_is_refused_by_the_worker() -> None:
    run = ask("count", count=5)
    with transaction() as session:
        session.execute(text('UPDATE service_run SET parameters = \'{"count": "x"}\''))
    tasks.run_service(run.id)
    assert run_now(run.id).status is RunStatus.FAILED
    assert str(run_now(run.id).reason).startswith("parameters.count: ")


def test_each_try_waits_twice_as_long() -> None:
    with transaction() as session:
        limits = services.get(session, "wait").model_copy(update={"backoff": 30})
    pauses = [limits.pause_after(attempt).total_seconds() for attempt in (1, 2, 3, 12)]
    assert pauses == [30, 60, 120, 3600]


def test_a_job_delivered_twice_runs_once_and_a_held_run_is_left_alone() -> None:
    run = ask("count", count=1)
    with run_locks.holding(run.id):
        tasks.run_service(run.id)
        assert run_now(run.id).status is RunStatus.QUEUED
    tasks.run_service(run.id)
    first = run_now(run.id)
    tasks.run_service(run.id)
    assert run_now(run.id) == first


def test_a_run_that_takes_too_long_is_stopped(worker: Program) -> None:
    run = send(ask("slow"))
    soon(is_now(run, RunStatus.FAILED))
    assert run_now(run.id).reason == "it took longer than 1 s"


def test_a_run_under_way_ends_when_it_is_cancelled(worker: Program) -> None:
    run = send(ask("wait"))
    soon(lambda: lines_of(run.id) == ["waiting"])
    cancel(run)
    soon(is_now(run, RunStatus.CANCELLED))


def test_a_run_that_heeds_nobody_is_stopped_and_the_worker_goes_on(worker: Program) -> None:
    run, after = send(ask("stubborn")), send(ask("nothing"))
    soon(is_now(run, RunStatus.RUNNING))
    cancel(run)
    soon(recovered(run, RunStatus.CANCELLED))
    soon(is_now(after, RunStatus.SUCCEEDED))


def test_a_service_has_no_more_runs_at_once_than_it_allows(folder: Path) -> None:
    with (
        running("jobs.worker", folder / "one.log", "ingest"),
        running("jobs.worker", folder / "two.log", "ingest"),
    ):
        runs = [send(ask("alone")) for _ in range(3)]
        soon(lambda: len(at_work(runs)) == 1)  # of two that begin at once either one gives way
        after = send(ask("nothing"))
        soon(is_now(after, RunStatus.SUCCEEDED))
        (first,) = at_work(runs)
        waiting = [run for run in runs if run.id != first.id]
        assert {run_now(run.id).status for run in waiting} == {RunStatus.QUEUED}
        cancel(first)
        soon(lambda: len(at_work(waiting)) == 1)
        assert run_now(first.id).status is RunStatus.CANCELLED
        (second,) = at_work(waiting)
        (third,) = (run for run in waiting if run.id != second.id)
        cancel(third)
        cancel(second)
        soon(is_now(second, RunStatus.CANCELLED))
        assert run_now(third.id).status is RunStatus.CANCELLED


def test_a_killed_work_horse_is_tried_again_and_writes_nothing_twice(
    worker: Program, tmp_path: Path
) -> None:
    stumble = tmp_path / "stumble"
    stumble.touch()
    run = send(ask("count", count=5, stumble=str(stumble), how="kill"))
    soon(lambda: not stumble.exists())
    soon(recovered(run, RunStatus.SUCCEEDED))
    assert run_now(run.id).attempt == 2
    assert stored() == COUNTED


def test_a_killed_worker_ends_its_run(folder: Path) -> None:
    with running("jobs.worker", folder / "killed.log", "ingest") as worker:
        run = send(ask("wait"))
        soon(is_now(run, RunStatus.RUNNING))
        horse = child_of(worker.pid)
        assert horse is not None
        for pid in (worker.pid, horse):
            os.kill(pid, signal.SIGKILL)
    soon(recovered(run, RunStatus.FAILED))
    assert run_now(run.id).reason == service_run_states.DIED


def test_a_work_horse_that_outlives_its_worker_is_not_run_twice(folder: Path) -> None:
    with running("jobs.worker", folder / "orphan.log", "ingest") as worker:
        run = send(ask("wait"))
        soon(is_now(run, RunStatus.RUNNING))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(120)
    with running("jobs.worker", folder / "other.log", "ingest"):
        recover()
        after = send(ask("nothing"))
        soon(is_now(after, RunStatus.SUCCEEDED))
        assert (run_now(run.id).status, run_now(run.id).attempt) == (RunStatus.RUNNING, 1)
        cancel(run)
        soon(is_now(run, RunStatus.CANCELLED))


def test_runs_outlive_a_redis_that_is_killed_and_comes_back_empty(
    worker: Program, redis: OwnRedis
) -> None:
    running_ = send(ask("wait"))
    soon(lambda: lines_of(running_.id) == ["waiting"])
    queued = [send(ask("nothing")) for _ in range(3)]
    redis.kill()
    redis.start()
    recover()
    assert run_now(running_.id).status is RunStatus.RUNNING
    cancel(running_)
    soon(is_now(running_, RunStatus.CANCELLED))
    for run in queued:
        soon(recovered(run, RunStatus.SUCCEEDED))
        assert run_now(run.id).attempt == 1


def test_a_killed_scheduler_loses_no_tick(folder: Path) -> None:
    due = datetime.now(UTC)
    new = NewSchedule(name="s", service="nothing", every=timedelta(hours=1), start=due)
    with transaction() as session:
        schedules.ensure(session, new, due - timedelta(hours=1))
    with transaction() as session:
        (lost,) = schedules.take_due(session, datetime.now(UTC))
    with running("jobs.scheduler", folder / "dead.log") as process:
        process.send_signal(signal.SIGKILL)
    with running("jobs.worker", folder / "late.log", "ingest"):
        soon(tick_until(lost))
    with transaction() as session:
        assert schedules.get(session, "s").last_run == lost


def test_a_job_that_fails_before_its_run_begins_ends_the_run(worker: Program) -> None:
    run = ask("nothing")
    Queue("ingest", connection=queue.connect()).enqueue(
        "jobs.tasks.missing", job_id=f"service-run-{run.id}"
    )
    soon(recovered(run, RunStatus.FAILED))
    assert "missing" in str(run_now(run.id).reason)


def test_a_service_that_no_worker_has_ends_with_a_reason() -> None:
    run = ask("nothing")
    with transaction() as session:
        session.execute(text("UPDATE service SET name = 'gone' WHERE name = 'nothing'"))
    try:
        tasks.run_service(run.id)
        assert "no worker here has the service 'gone'" in str(run_now(run.id).reason)
    finally:
        with transaction() as session:
            session.execute(text("UPDATE service SET name = 'nothing' WHERE name = 'gone'"))


def test_held_runs_go_on_when_a_limit_is_lifted(worker: Program) -> None:
    runs = [ask("alone") for _ in range(2)]
    with transaction() as session:
        service_run_states.start(session, send(runs[0]).id)
    with run_locks.holding(runs[0].id):
        send(runs[1])
        after = send(ask("nothing"))
        soon(is_now(after, RunStatus.SUCCEEDED))
        assert run_now(runs[1].id).status is RunStatus.QUEUED
        with transaction() as session:
            services.update(session, "alone", ServiceChange(concurrency=2))
        soon(recovered(runs[1], RunStatus.RUNNING))
        cancel(runs[1])
        soon(is_now(runs[1], RunStatus.CANCELLED))
    soon(recovered(runs[0], RunStatus.FAILED))
