"""Schedules in the database have one run for each tick, whatever dies in between."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rq import Queue
from sqlalchemy import delete, update

from dtbase import queue
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.schedules import Missed, NewSchedule, Schedule
from dtbase.domain.services.service_runs import ServiceRun, ServiceRunQuery
from dtbase.domain.services.services import QueueName
from dtbase.settings import get_settings
from dtbase.storage import tables
from dtbase.storage.database import transaction
from dtbase.storage.services import schedules, service_runs
from jobs import scheduler
from jobs.recovery import deliver_waiting
from jobs.services import catalogue
from tests.conftest import Servers
from tests.forks import running
from tests.twins import eventually, own_twin

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPLAY = "replay-demo"


@pytest.fixture(scope="module", autouse=True)
def own(servers: Servers) -> Iterator[None]:
    with own_twin(servers):
        catalogue.register()
        yield


@pytest.fixture(autouse=True)
def nothing_planned() -> None:
    queue.connect().flushdb()
    with transaction() as session:
        session.execute(delete(tables.ServiceRun))
        session.execute(delete(tables.Schedule))


def plan(
    name: str, late: timedelta = timedelta(0), service: str = REPLAY, missed: Missed = Missed.ONCE
) -> datetime:
    """Store a schedule that is due, or overdue; return its tick."""
    due = datetime.now(UTC) - late
    new = NewSchedule(name=name, service=service, every=HOUR, start=due, missed=missed)
    with transaction() as session:
        schedules.ensure(session, new, due - HOUR)
    return due


def stored(name: str) -> Schedule:
    with transaction() as session:
        return next(one for one in schedules.list(session) if one.name == name)


def made() -> list[ServiceRun]:
    with transaction() as session:
        query = ServiceRunQuery(sort="id", limit=1_000)
        return list(service_runs.page(session, query).items)


def queued(name: QueueName = QueueName.INGEST) -> list[str]:
    return Queue(name.value, connection=queue.connect()).get_job_ids()


def test_a_due_schedule_has_one_run_and_moves_on() -> None:
    tick = plan("once")
    scheduler.queue_due()
    scheduler.queue_due()
    (run,) = made()
    assert (run.schedule, run.tick, run.asked_by) == ("once", tick, "schedule once")
    assert queued() == [f"service-run-{run.id}"]
    due = stored("once")
    assert (due.next_at, due.last_run) == (tick + HOUR, run.id)
    assert due.last_at is not None


def test_missed_ticks_have_one_run_for_the_newest() -> None:
    tick = plan("missed", late=timedelta(days=3, minutes=5))
    scheduler.queue_due()
    (run,) = made()
    assert run.tick == tick + timedelta(days=3)
    assert stored("missed").next_at == tick + timedelta(days=3) + HOUR


def test_missed_ticks_are_skipped_where_that_is_wanted() -> None:
    tick = plan("skipping", late=timedelta(minutes=65), missed=Missed.SKIP)
    scheduler.queue_due()
    assert made() == []
    assert stored("skipping").next_at == tick + 2 * HOUR


def test_a_tick_that_is_a_little_late_is_no_missed_one() -> None:
    plan("late", late=timedelta(seconds=60), missed=Missed.SKIP)
    scheduler.queue_due()
    assert len(made()) == 1


def test_a_run_that_has_not_begun_stands_for_later_ticks_too() -> None:
    plan("slow", late=3 * HOUR)
    scheduler.queue_due()
    with transaction() as session:
        session.execute(update(tables.Schedule).values(due_at=NOW, next_at=NOW))
    scheduler.queue_due()
    assert len(made()) == 1
    with transaction() as session:
        ended = {"status": RunStatus.SUCCEEDED, "tick": NOW - timedelta(days=9)}
        session.execute(update(tables.ServiceRun).values(ended))
        session.execute(update(tables.Schedule).values(due_at=NOW, next_at=NOW))
    scheduler.queue_due()
    assert len(made()) == 2


def test_a_schedule_that_is_not_due_waits() -> None:
    plan("later", late=-HOUR)
    scheduler.queue_due()
    assert queued() == []


def test_several_schedulers_make_one_run_for_each_tick() -> None:
    for number in range(20):
        plan(f"many-{number}")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: scheduler.queue_due(), range(8)))
    assert len(made()) == 20
    assert len(set(queued())) == len(queued()) == 20


def test_without_redis_runs_wait_in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    plan("patient")
    with monkeypatch.context() as patch:
        patch.setenv("DTBASE_REDIS_URL", "redis://127.0.0.1:1/0")
        get_settings.cache_clear()
        scheduler.queue_due()
        scheduler.tick()
    get_settings.cache_clear()
    patient = next(run for run in made() if run.schedule == "patient")
    assert patient.status is RunStatus.QUEUED
    deliver_waiting(grace=timedelta(0))
    assert f"service-run-{patient.id}" in queued()


def test_schedulers_side_by_side_go_through_spring_and_autumn_without_losing_a_tick() -> None:
    zones = ["Europe/London", "America/New_York", "Australia/Lord_Howe"]
    starts = [datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)]
    starts += [datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)]
    for start in starts:
        wanted = simulate(zones, start, start + timedelta(days=4))
        seen = sorted((run.schedule, run.tick) for run in made())
        assert seen == sorted(wanted)
        nothing_left()


def nothing_left() -> None:
    with transaction() as session:
        session.execute(delete(tables.ServiceRun))
        session.execute(delete(tables.Schedule))


def simulate(zones: list[str], start: datetime, end: datetime) -> list[tuple[str, datetime]]:
    """Let two schedulers go from tick to tick; return the ticks that there should be."""
    new = [
        NewSchedule(name=f"{zone.split('/')[1]}-{place}", service=REPLAY, cron=cron, timezone=zone)
        for zone in zones
        for place, cron in enumerate(("30 1 * * *", "0 2 * * *", "0 */4 * * *"))
    ]
    with transaction() as session:
        for schedule in new:
            schedules.ensure(session, schedule, start)
    wanted = [(one.name, tick) for one in new for tick in until(one, start, end)]
    with ThreadPoolExecutor(2) as threads:
        for now in sorted({tick for _, tick in wanted}):
            list(threads.map(take, [now, now]))
            with transaction() as session:
                session.execute(update(tables.ServiceRun).values(status=RunStatus.SUCCEEDED))
    return wanted


def until(schedule: NewSchedule, start: datetime, end: datetime) -> Iterator[datetime]:
    for tick in schedule.ticks(start):
        if tick >= end:
            return
        yield tick


def take(now: datetime) -> None:
    with transaction() as session:
        schedules.take_due(session, now)


def test_the_process_refreshes_aggregates_and_ends_on_sigterm(tmp_path: Path) -> None:
    log = tmp_path / "scheduler.log"
    with running("jobs.scheduler", log) as process:
        eventually(refreshed)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    assert "stopped" in log.read_text()
    assert stored("refresh-aggregates").every == timedelta(minutes=1)
    assert stored("maintain-storage").cron == "0 3 * * *"


def refreshed() -> bool:
    """Tell whether the aggregates' tick has a run; bring it forward until then."""
    with transaction() as session:
        session.execute(
            update(tables.Schedule)
            .where(tables.Schedule.name == "refresh-aggregates")
            .values(due_at=NOW, next_at=NOW)
        )
    return any(run.service == "refresh-aggregates" for run in made())
