"""The scheduler: `python -m jobs.scheduler`; several may run, each tick is queued once."""

import logging
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from dtbase import queue
from dtbase.domain.schedules import NewSchedule, Schedule
from dtbase.errors import DTBaseError
from dtbase.queue import QUEUE_OF, REPEATABLE, Job, QueueName
from dtbase.storage import schedules
from dtbase.storage.database import transaction
from jobs.recovery import recover

logger = logging.getLogger("jobs.scheduler")

TICK = 10.0
NIGHT = 3
"""The hour, in UTC, at which storage is maintained."""

AWAY = (DTBaseError, RedisError, SQLAlchemyError)


def tick() -> None:
    """Do what is due now; what cannot be done for want of a service waits for the next tick."""
    for step in (ensure_own_schedules, queue_due, recover):
        attempt(step)


def attempt(step: Callable[[], None]) -> None:
    """Do one step; when the database or Redis is away, say so and go on."""
    try:
        step()
    except AWAY as error:
        logger.warning("%s: %s", step.__name__, error)
    except Exception:
        logger.exception("%s failed", step.__name__)


def ensure_own_schedules() -> None:
    """Make the schedules that every twin needs: aggregates each minute, upkeep at night."""
    now = datetime.now(UTC)
    night = now.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    with transaction() as session:
        for name, job, every, first in (
            ("refresh-aggregates", Job.REFRESH_AGGREGATES, timedelta(minutes=1), now),
            (
                "maintain-storage",
                Job.MAINTAIN_STORAGE,
                timedelta(days=1),
                night + timedelta(days=1),
            ),
        ):
            schedules.ensure(session, NewSchedule(name=name, job=job, every=every, next_at=first))


def queue_due() -> None:
    """Queue each due job once, the most urgent first.

    The schedules move on only when all are queued: if Redis fails half-way, the next tick tries
    again, and the jobs that made it are refused by their ids.
    """
    with transaction() as session:
        due = schedules.take_due(session, datetime.now(UTC))
        for schedule in sorted(due, key=urgency):
            queue_one(schedule)


def urgency(schedule: Schedule) -> int:
    """Return the place of a schedule's queue."""
    if schedule.job not in set(Job):
        return len(QueueName)
    return list(QueueName).index(QUEUE_OF[Job(schedule.job)])


def queue_one(schedule: Schedule) -> None:
    """Queue the job of a schedule, under an id that names the schedule and its tick."""
    if schedule.job not in set(Job):
        logger.error("schedule %s names an unknown job %s", schedule.name, schedule.job)
        return
    queue.enqueue(
        Job(schedule.job),
        job_id=f"schedule-{schedule.id}-{int(schedule.next_at.timestamp())}",
        retries=1 if schedule.job in REPEATABLE else 0,
        arguments=schedule.parameters,
    )


def main() -> None:
    """Tick until a signal comes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stop = Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    logger.info("started, one tick every %g seconds", TICK)
    while not stop.is_set():
        tick()
        stop.wait(TICK)
    logger.info("stopped")


if __name__ == "__main__":
    main()
