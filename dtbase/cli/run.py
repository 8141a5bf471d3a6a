"""`dtbase run`: the processes of a twin, one at a time, as containers and the cloud start them.

What is no process is a service, which a worker runs for the API.
"""

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dtbase import processes
from dtbase.domain.services.services import QueueName
from dtbase.processes import Process


class ProcessOrService(TyperGroup):
    """The processes by name; every other name is a service's, which the API runs."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find what to run."""
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        from dtbase.cli import runs  # a process needs no client

        return "run", typer.main.get_group(runs.app).commands["run"], args


app = typer.Typer(
    cls=ProcessOrService,
    help="Run a service; or one process: api, dash, worker, scheduler, migrate.",
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
    """Carry out runs of services, the most urgent first."""
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
