"""The processes of a twin: what each one runs, under `make up`, in a container, in the cloud."""

import shlex
import sys

from dtbase.domain.frozen import Frozen
from dtbase.domain.services.services import QueueName

URGENT = (QueueName.INGEST, QueueName.MAINTENANCE)
"""What a worker does that is never busy with a model."""

SHARED = ("jobs.services.runner", "jobs.recovery", "rq", "psycopg", "dtbase.client")
"""What two processes or more import, and what starts no thread (as Arrow does)."""

OURS = ("api", "dtbase")
"""The folders with the code of the API."""


class Process(Frozen):
    """A Python module to run, and what it is told."""

    module: str
    arguments: tuple[str, ...] = ()

    def command(self) -> list[str]:
        """Return the command line, for this interpreter."""
        return [sys.executable, "-m", self.module, *self.arguments]


MIGRATIONS = Process(module="alembic", arguments=("upgrade", "head"))
SCHEDULER = Process(module="jobs.scheduler")
DEMO = Process(module="jobs.demo", arguments=("load",))


def worker(*queues: str) -> Process:
    """Return a worker for some queues, or for all, the most urgent first."""
    return Process(module="jobs.worker", arguments=queues)


def api(host: str, port: int, *, reload: bool = False) -> Process:
    """Return the API, which starts anew when its code changes if that is wanted."""
    process = Process(module="api", arguments=("--host", host, "--port", str(port)))
    if not reload:
        return process
    watched = ("--filter", "python", shlex.join(process.command()), *OURS)
    return Process(module="watchfiles", arguments=watched)


def dashboard(host: str, port: int, *, reload: bool = False) -> Process:
    """Return the dashboard, which starts anew when its code changes if that is wanted."""
    watched = ("--reload",) if reload else ()
    bound = ("--bind", f"{host}:{port}")
    threads = ("--worker-class", "gthread", "--threads", "16", "--graceful-timeout", "5")
    quiet = ("--no-control-socket", "dash_app.app:create_server()")
    return Process(module="gunicorn", arguments=(*watched, *bound, *threads, *quiet))
