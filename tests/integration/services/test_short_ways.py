"""Most runs are taken, begun and ended by a statement each, and nothing is left behind."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rq import Queue
from rq.job import Job
from sqlalchemy import event, literal, select, text
from sqlalchemy.exc import DBAPIError

from dtbase import queue
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.service_runs import Written
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.services import assignments, run_locks, service_run_states
from dtbase.storage.services.assignments import Progress, Try
from jobs import tasks
from jobs.services import catalogue, sharing
from tests.conftest import Servers
from tests.service_packages import probes
from tests.service_runs import ask, run_now, send
from tests.twins import own_twin, soon

LOCKED = text("""
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
 WHERE locktype = 'advisory' AND datname = current_database()
   AND classid = 'service_run'::regclass
""")


@pytest.fixture(scope="module", autouse=True)
def own(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the module a database and services of its own."""
    with own_twin(servers), probes(tmp_path_factory.mktemp("services")):
        catalogue.register()
        yield


def nobody_is_at_a_run() -> bool:
    with transaction() as session:
        return not session.scalar(LOCKED)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what is asked of the database."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(get_engine(), "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(get_engine(), "before_cursor_execute", hear)


def test_a_run_that_only_succeeds_takes_two_statements() -> None:
    run = ask("nothing")
    with statements() as said:
        tasks.run_service(run.id)
    done = run_now(run.id)
    assert (done.status, done.attempt, done.reason) == (RunStatus.SUCCEEDED, 1, None)
    assert done.started_at is not None
    assert done.ended_at is not None
    assert len(said) == 2
    assert nobody_is_at_a_run()


def test_a_statement_that_fails_once_it_has_the_lock_keeps_none() -> None:
    run = ask("nothing")
    taken = select(run_locks.HOLDER).cte("taken")
    fails = select(taken.c.holder, literal(1) / (taken.c.holder - taken.c.holder))
    with pytest.raises(DBAPIError), run_locks.holding(run.id, fails):
        pass
    soon(nobody_is_at_a_run)
    tasks.run_service(run.id)
    assert run_now(run.id).status is RunStatus.SUCCEEDED


def test_another_try_is_not_ended_and_keeps_its_lock() -> None:
    run = ask("nothing")
    with service_run_states.begun(run.id) as assigned:
        assert assigned is not None
        assert not assignments.succeed(Try(run.id, assigned.attempt + 1), Written())
        assert run_now(run.id).status is RunStatus.RUNNING
        assert not nobody_is_at_a_run()
        assert assignments.succeed(assigned.present, Written())
    assert run_now(run.id).status is RunStatus.SUCCEEDED
    assert nobody_is_at_a_run()


@pytest.mark.parametrize("last", [(4, 4, None), None])
def test_the_end_tells_how_far_a_run_came_last(last: Progress | None) -> None:
    run, before = ask("nothing"), (3, 4, "nearly")
    with service_run_states.begun(run.id) as assigned:
        assert assigned is not None
        with transaction() as session:
            service_run_states.pulse(session, assigned.present, *before)
        assert assignments.succeed(assigned.present, Written(readings=2), last)
    done = run_now(run.id)
    assert (done.done, done.total, done.message) == (last or before)
    assert (done.status, done.written.readings) == (RunStatus.SUCCEEDED, 2)


def test_a_process_takes_the_first_job_if_that_may_not_last_longer_than_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = Queue("ingest", connection=queue.connect())
    waiting.empty()  # type: ignore[no-untyped-call]
    run = send(ask("nothing"))
    (waits,) = waiting.get_jobs()
    assert waits.timeout is not None
    own = Job.create(tasks.run_service, connection=queue.connect(), origin=waiting.name)
    monkeypatch.setattr(sharing, "get_current_job", lambda: own)
    own.timeout = int(waits.timeout) - 1
    assert list(sharing.further_runs()) == []
    assert waiting.get_job_ids() == [waits.id]
    own.timeout = int(waits.timeout)
    assert list(sharing.further_runs()) == [run.id]
    assert waiting.get_job_ids() == []
    assert not Job.exists(waits.id, connection=queue.connect())


def test_a_process_takes_no_job_that_is_not_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Queue("ingest", connection=queue.connect())
    waiting.empty()  # type: ignore[no-untyped-call]
    other = waiting.enqueue("elsewhere.work", job_timeout=1)
    own = Job.create(tasks.run_service, connection=queue.connect(), origin=waiting.name)
    own.timeout = 60
    monkeypatch.setattr(sharing, "get_current_job", lambda: own)
    assert list(sharing.further_runs()) == []
    assert waiting.get_job_ids() == [other.id]
    waiting.empty()  # type: ignore[no-untyped-call]
