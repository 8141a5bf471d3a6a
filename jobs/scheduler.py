"""The scheduler: `python -m jobs.scheduler`; several may run, each tick has one run."""

import logging
import signal
from datetime import UTC, datetime
from threading import Event

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from dtbase import heartbeats, queue
from dtbase.domain.owners import Owner
from dtbase.domain.services.schedules import OWN
from dtbase.errors import DTBaseError
from dtbase.storage.database import transaction
from dtbase.storage.owners import register_as
from dtbase.storage.services import schedules, service_runs
from jobs.recovery import bury_dead, deliver_waiting, stop_cancelled

logger = logging.getLogger("jobs.scheduler")

TICK = 10.0

AWAY = (DTBaseError, RedisError, SQLAlchemyError)


def tick() -> None:
    """Do what is due now; what cannot be done for want of a service waits for the next tick."""
    for step in (
        say_alive,
        ensure_own_schedules,
        queue_due,
        bury_dead,
        stop_cancelled,
        deliver_waiting,
    ):
        try:
            step()
        except AWAY as error:
            logger.warning("%s: %s", step.__name__, error)
        except Exception:
            logger.exception("%s failed", step.__name__)


def say_alive() -> None:
    """Give a sign of life, which `dtbase healthy scheduler` looks for."""
    heartbeats.beat("scheduler")


def ensure_own_schedules() -> None:
    """Make the schedules that every twin needs, unless they are there."""
    with transaction() as session:
        register_as(session, Owner.SERVICE)
        for schedule in OWN:
            schedules.ensure(session, schedule, datetime.now(UTC))


def queue_due() -> None:
    """Make a run for each schedule that is due, and queue them once they are committed."""
    with transaction() as session:
        made = schedules.take_due(session, datetime.now(UTC))
        due = service_runs.deliveries(session, made)
    queue.offer(due)


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
