"""`dtbase run`: the processes of a twin, one at a time, as containers and the cloud start them."""

import os
from typing import Annotated

import typer

from dtbase import processes
from dtbase.domain.services.services import QueueName
from dtbase.processes import Process

app = typer.Typer(
    help="Run one process of a twin: api, dash, worker, scheduler, migrate.",
    no_args_is_help=True,
)

Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is every one.")]
Queues = Annotated[list[QueueName] | None, typer.Argument(help="Its queues; none means all.")]


@app.command("api")
def run_api(host: Host = "127.0.0.1", port: int = 8000) -> None:
    """Answer the API's requests."""
    become(processes.api(host, port))


@app.command("dash")
def run_dash(host: Host = "127.0.0.1", port: int = 8050) -> None:
    """Serve the dashboard."""
    become(processes.dashboard(host, port))


@app.command("worker")
def run_worker(queues: Queues = None) -> None:
    """Do jobs, the most urgent first."""
    become(processes.worker(*(queue.value for queue in queues or ())))


@app.command("scheduler")
def run_scheduler() -> None:
    """Start what is due."""
    become(processes.SCHEDULER)


@app.command("migrate")
def run_migrations() -> None:
    """Bring the database's schema up to date, and end."""
    become(processes.MIGRATIONS)


@app.command("demo")
def run_demo() -> None:
    """Load the demo twin, and end; what is there already stays."""
    become(processes.DEMO)


def become(process: Process) -> None:
    """Turn into the process, so that signals reach it."""
    command = process.command()
    os.execv(command[0], command)  # noqa: S606 - our own interpreter
