"""Schedules in the database are queued once each, whatever dies in between."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rq import Queue
from sqlalchemy import delete

from dtbase import queue
from dtbase.domain.schedules import NewSchedule, Schedule
from dtbase.errors import Unavailable
from dtbase.queue import QUEUE_OF, Job
from dtbase.settings import get_settings
from dtbase.storage import schedules, tables
from dtbase.storage.database import transaction
from jobs import scheduler
from tests.conftest import Services
from tests.twins import eventually, own_twin, running

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module", autouse=True)
def own(services: Services) -> Iterator[None]:
    with own_twin(services):
        yield


@pytest.fixture(autouse=True)
def nothing_planned() -> None:
    queue.connect().flushdb()
    with transaction() as session:
        session.execute(delete(tables.Schedule))


def plan(name: str, late: timedelta = timedelta(0), job: str = Job.REPLAY) -> NewSchedule:
    """Store a schedule that is due, or overdue."""
    new = NewSchedule(name=name, job=job, every=HOUR, next_at=datetime.now(UTC) - late)
    with transaction() as session:
        schedules.ensure(session, new)
    return new


def stored(name: str) -> Schedule:
    with transaction() as session:
        return next(one for one in schedules.list(session) if one.name == name)


def queued(job: Job = Job.REPLAY) -> list[str]:
    return Queue(QUEUE_OF[job].value, connection=queue.connect()).get_job_ids()


def test_a_due_schedule_is_queued_once_and_moves_on() -> None:
    new = plan("once")
    scheduler.queue_due()
    scheduler.queue_due()
    due = stored("once")
    assert queued() == [f"schedule-{due.id}-{int(new.next_at.timestamp())}"]
    assert due.next_at == new.next_at + HOUR
    assert due.last_at is not None


def test_missed_ticks_are_queued_once() -> None:
    new = plan("missed", late=timedelta(days=3, minutes=5))
    scheduler.queue_due()
    assert len(queued()) == 1
    assert stored("missed").next_at == new.next_at + timedelta(days=3) + HOUR


def test_a_schedule_that_is_not_due_waits() -> None:
    plan("later", late=-HOUR)
    scheduler.queue_due()
    assert queued() == []


def test_several_schedulers_queue_each_tick_once() -> None:
    for number in range(20):
        plan(f"many-{number}")
    with ThreadPoolExecutor(8) as threads:
        for _ in range(8):
            threads.submit(scheduler.queue_due)
    assert len(queued()) == 20
    assert len(set(queued())) == 20


def test_without_redis_nothing_moves_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    new = plan("patient")
    with monkeypatch.context() as patch:
        patch.setenv("DTBASE_REDIS_URL", "redis://127.0.0.1:1/0")
        get_settings.cache_clear()
        with pytest.raises(Unavailable):
            scheduler.queue_due()
        scheduler.tick()
    get_settings.cache_clear()
    assert stored("patient").next_at == new.next_at
    scheduler.queue_due()
    assert len(queued()) == 1


def test_what_was_queued_before_redis_failed_is_not_queued_again() -> None:
    plan("halfway")
    before = stored("halfway")
    scheduler.queue_one(before)
    scheduler.queue_due()
    assert len(queued()) == 1
    assert stored("halfway").next_at > before.next_at


def test_an_unknown_job_does_not_stop_the_others() -> None:
    plan("from-another-version", job="jobs.tasks.gone")
    plan("known")
    scheduler.queue_due()
    assert len(queued()) == 1
    assert stored("from-another-version").last_at is not None


def test_the_urgent_ones_are_queued_first() -> None:
    plan("forecasts", late=HOUR, job=Job.START_RUNS)
    plan("ingest")
    with transaction() as session:
        due = schedules.take_due(session, datetime.now(UTC))
    assert [one.name for one in sorted(due, key=scheduler.urgency)] == ["ingest", "forecasts"]


def test_the_process_refreshes_aggregates_and_ends_on_sigterm(tmp_path: Path) -> None:
    log = tmp_path / "scheduler.log"
    with running("jobs.scheduler", log) as process:
        eventually(lambda: queued(Job.REFRESH_AGGREGATES))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert "stopped" in log.read_text()
    assert stored("refresh-aggregates").every == timedelta(minutes=1)
