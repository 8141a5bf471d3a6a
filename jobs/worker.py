"""A worker: `python -m jobs.worker [queues…]`; any number may run, on any number of machines."""

import gc
import logging
import multiprocessing
import signal
import sys
from functools import cache
from importlib import import_module
from threading import Event
from types import FrameType

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job

from dtbase.domain.services.services import QueueName
from dtbase.errors import Invalid
from dtbase.queue import SERVICE
from dtbase.settings import get_settings
from dtbase.storage.database import get_engine
from dtbase.threads import keep_to_one
from jobs.services import catalogue
from jobs.services.runner import rehearse

logger = logging.getLogger("jobs.worker")

HEARTBEAT = 10
ALIVE = 30
"""Seconds, and a minute more, after which a worker that says nothing counts as dead."""
LONGEST_PAUSE = 5.0
NEEDED = ("jobs.tasks", "jobs.services.runner", "psycopg")
HEAVY = {QueueName.FORECAST: ("jobs.runs", "jobs.backtests", "scipy.optimize", "scipy.linalg")}
"""What the runs of a queue import besides their service."""

BY_HTTP = ("jobs.services.http", "jobs.services.answers")

FORK = multiprocessing.get_context("fork")
TOLD = Event()
"""Set once our services are written down."""


class QuickWorker(Worker):
    """A worker that imports what a run needs before it forks, and once: forks start at once."""

    max_connection_wait_time = LONGEST_PAUSE
    log_result_lifespan = False
    stopping: Event

    def run_maintenance_tasks(self) -> None:
        """Do what RQ does now and then, and tell of our services if that has failed so far."""
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        tell_services()

    def _install_signal_handlers(self) -> None:
        """Let RQ have the signals, and heed one that came before."""
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        self._stop_requested = self.stopping.is_set()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Note the signal where it outlasts this worker: to end asks Redis, which may be away."""
        self.stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Fork for a job once what it imports is here: the next fork finds it there."""
        load_for(QueueName(job.origin), str(job.meta.get(SERVICE, "")))
        super().execute_job(job, queue)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run a job and say goodbye to the database afterwards."""
        try:
            return bool(super().perform_job(job, queue, execution))
        finally:
            get_engine().dispose()


@cache
def load_for(queue: QueueName, service: str) -> None:
    """Import what the runs of a service need, when the first of them comes."""
    modules: tuple[str, ...] = HEAVY.get(queue, ())
    try:
        catalogue.get(service)
    except Invalid:  # a service elsewhere, or one that is gone: its run will tell
        modules += BY_HTTP
    for module in modules:
        import_module(module)
    settle()


def settle() -> None:
    """Let the collector leave alone what all forks share."""
    gc.collect()
    gc.freeze()


def tell_services() -> None:
    """Write down which services there are, unless that is done.

    A process of its own does: to describe them, all have to be loaded.
    """
    if TOLD.is_set():
        return
    teller = FORK.Process(target=tell)
    teller.start()
    teller.join()
    if teller.exitcode == 0:
        TOLD.set()
        rehearse()
        get_engine().dispose()


def tell() -> None:
    """Load every service and write it down, or end in failure, to be tried again."""
    if not catalogue.try_to_register():
        raise SystemExit(1)


def work(names: list[QueueName], stopping: Event) -> None:
    """Work until a signal comes; the running job is finished first. Outlasts Redis's absence."""
    while not stopping.is_set():
        work_while_redis_lasts(names, stopping)
        heed_signals(stopping)
        stopping.wait(LONGEST_PAUSE)


def work_while_redis_lasts(names: list[QueueName], stopping: Event) -> None:
    """Work until Redis goes away, or a signal comes."""
    try:
        worker = QuickWorker(
            [name.value for name in names],
            connection=Redis.from_url(str(get_settings().redis_url)),
            job_monitoring_interval=HEARTBEAT,
            worker_ttl=ALIVE,
            log_job_description=False,
        )
        worker.stopping = stopping
        worker.work(logging_level="INFO")
    except RedisError as error:
        logger.warning("Redis does not answer (%s)", error)


def heed_signals(stopping: Event) -> None:
    """Note a signal to end; the worker has its own way while it works."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())


def main() -> None:
    """Work on the queues that are named, or on all, most urgent first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stopping = Event()
    heed_signals(stopping)
    keep_to_one()
    names = [QueueName(name) for name in sys.argv[1:]] or list(QueueName)
    for module in NEEDED:
        import_module(module)
    settle()
    tell_services()
    work(names, stopping)


if __name__ == "__main__":
    main()
