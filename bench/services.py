"""Runs of services: how many two workers carry out, and what each costs beyond its own work."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from uuid import uuid4

from redis import Redis
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.engine import URL

from bench.stand import conninfo, migrate, run
from bench.table import Figure, Figures
from dtbase.services import Context, NoParameters, Service
from dtbase.settings import environment_with
from dtbase.storage.database import driver_url

RUNS = 2_000
WORKERS = 2
TARGET = 30
WORK = 0.02
"""Seconds that a run of the second kind takes."""

ASK = text("""
INSERT INTO service_run (service_id, asked_by)
SELECT id, 'bench' FROM service, generate_series(1, :runs) WHERE name = :name
""")
LEFT = text("SELECT count(*) FROM service_run WHERE status <> 'succeeded'")
SPENT = text("""
SELECT extract(epoch FROM max(ended_at) - min(started_at))::float8 FROM service_run
""")
FILL = "from bench.services import fill; fill()"


class Nothing(Service[NoParameters]):
    """Do nothing."""

    def run(self, parameters: NoParameters, context: Context) -> None:
        """Return at once."""


class Brief(Service[NoParameters]):
    """Wait for a moment, as for an answer."""

    def run(self, parameters: NoParameters, context: Context) -> None:
        """Take the time that the bench subtracts."""
        sleep(WORK)


def fill() -> None:
    """Queue every run that is queued in the database."""
    from dtbase import queue
    from dtbase.storage.database import transaction
    from dtbase.storage.services import service_runs

    with transaction() as session:
        ids = session.scalars(text("SELECT id FROM service_run WHERE status = 'queued'")).all()
        waiting = service_runs.deliveries(session, ids)
    queue.offer(waiting)


def measure(server: str, redis_url: str, figures: Figures) -> None:
    """Let two workers empty a full queue, of runs that do nothing and of brief ones."""
    with ExitStack() as stack:
        database = stack.enter_context(own_database(server))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        install(folder)
        variables = environment_with(
            {
                "DTBASE_DATABASE_URL": conninfo(database),
                "DTBASE_REDIS_URL": redis_url,
                "DTBASE_SECRET_KEY": uuid4().hex,
                "PYTHONPATH": f"{folder}:{Path.cwd()}",
            }
        )
        engine = create_engine(database, poolclass=NullPool)
        for name, work in (("bench-nothing", 0.0), ("bench-brief", WORK)):
            with Redis.from_url(redis_url) as redis:
                redis.flushdb()
            spent = emptied(engine, variables, name)
            tell(figures, name.removeprefix("bench-"), spent, work)


def tell(figures: Figures, name: str, spent: float, work: float) -> None:
    """Note how many runs that were in a second, and what each cost beyond its work."""
    overhead = (spent * WORKERS / RUNS - work) * 1e3
    what = f"{RUNS:,} runs by {WORKERS} workers, {name}"
    figures.add(Figure("services", f"{what}: throughput", RUNS / spent, "runs/s"))
    target = f"< {TARGET} ms"
    figures.add(Figure("services", f"{what}: overhead of one", overhead, "ms", target=target))


@contextmanager
def own_database(server: str) -> Iterator[URL]:
    """Make a migrated database, and take it away afterwards."""
    base = driver_url(server)
    database = base.set(database=f"dtbase_bench_{uuid4().hex[:8]}")
    run(conninfo(base), f'CREATE DATABASE "{database.database}"')
    try:
        migrate(database)
        yield database
    finally:
        run(conninfo(base), f'DROP DATABASE "{database.database}" WITH (FORCE)')


def install(folder: Path) -> None:
    """Let workers find our services, as they find those of any package."""
    metadata = folder / "dtbase_bench-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: dtbase-bench\nVersion: 1.0\n")
    lines = ["[dtbase.services]", *(f"bench-{n.lower()} = bench.services:{n}" for n in NAMES)]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")


NAMES = ("Nothing", "Brief")


def emptied(engine: Engine, variables: dict[str, str], name: str) -> float:
    """Return how long the workers take from the first run's start to the last one's end."""
    workers = [start(variables, "-m", "jobs.worker", "ingest")]
    try:
        wait_for(engine, text("SELECT count(*) = 0 FROM service WHERE name LIKE 'bench-%'"))
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE service_run CASCADE"))
            connection.execute(ASK, {"runs": RUNS, "name": name})
        stop(workers)
        subprocess.run([sys.executable, "-c", FILL], env=variables, check=True)
        workers = [start(variables, "-m", "jobs.worker", "ingest") for _ in range(WORKERS)]
        wait_for(engine, LEFT)
    finally:
        stop(workers)
    with engine.connect() as connection:
        return float(connection.execute(SPENT).scalar_one())


def start(variables: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """Start a process of ours."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """End processes and wait for them."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(30)


def wait_for(engine: Engine, left: object) -> None:
    """Wait until a query answers nothing or false."""
    deadline = perf_counter() + 600
    while perf_counter() < deadline:
        with engine.connect() as connection:
            if not connection.execute(left).scalar_one():  # type: ignore[call-overload]
                return
        sleep(0.2)
    raise TimeoutError("the workers did not come to an end")
