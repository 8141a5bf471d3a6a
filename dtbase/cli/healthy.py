"""`dtbase healthy`: whether a process on this machine does its work; ends with 1 if not."""

from collections.abc import Callable
from enum import StrEnum

import typer

from dtbase.local.health import serves

app = typer.Typer()


class Checked(StrEnum):
    """The processes whose health can be told."""

    API = "api"
    DASH = "dash"
    WORKER = "worker"
    SCHEDULER = "scheduler"


@app.command("healthy")
def healthy(process: Checked, port: int | None = None) -> None:
    """Tell whether a process on this machine does its work.

    It ends with 1 if not.
    """
    asked: dict[Checked, Callable[[], bool]] = {
        Checked.API: lambda: serves(port or 8000, "/v1/health"),
        Checked.DASH: lambda: serves(port or 8050, "/health"),
        Checked.WORKER: lambda: alive(process),
        Checked.SCHEDULER: lambda: alive(process),
    }
    well = asked[process]()
    typer.echo(f"{process} {'does its work' if well else 'does not do its work'}")
    raise typer.Exit(0 if well else 1)


def alive(process: Checked) -> bool:
    """Tell whether a process gives signs of life in Redis."""
    from redis.exceptions import RedisError  # two of four need no Redis

    from dtbase import heartbeats

    try:
        return heartbeats.works() if process is Checked.WORKER else heartbeats.beats(process.value)
    except RedisError:
        return False
