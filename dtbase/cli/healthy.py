"""`dtbase healthy`: whether a process on this machine does its work; ends with 1 if not."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dtbase.local.health import serves

app = typer.Typer()

FIRST = Path("/proc/1/cmdline")
"""The command that a container's first process was started with."""


class Checked(StrEnum):
    """The processes whose health can be told."""

    API = "api"
    DASH = "dash"
    WORKER = "worker"
    SCHEDULER = "scheduler"


@app.command("healthy")
def healthy(
    process: Annotated[Checked | None, typer.Argument()] = None, port: int | None = None
) -> None:
    """Tell whether a process on this machine does its work.

    It ends with 1 if not. Without a name it is what this container runs; what runs to its end is
    well while it runs.
    """
    if process is None and (process := checked(FIRST.read_bytes())) is None:
        return
    asked: dict[Checked, Callable[[], bool]] = {
        Checked.API: lambda: serves(port or 8000, "/v1/health"),
        Checked.DASH: lambda: serves(port or 8050, "/health"),
        Checked.WORKER: lambda: alive(process),
        Checked.SCHEDULER: lambda: alive(process),
    }
    well = asked[process]()
    typer.echo(f"{process} {'does its work' if well else 'does not do its work'}")
    raise typer.Exit(0 if well else 1)


def checked(command: bytes) -> Checked | None:
    """Return which process a command runs, such as `tini -- dtbase run api --host 0.0.0.0`."""
    _, _, after = command.decode(errors="replace").partition("\0run\0")
    name = after.partition("\0")[0]
    return Checked(name) if name in set(Checked) else None


def alive(process: Checked) -> bool:
    """Tell whether a process gives signs of life in Redis."""
    from redis.exceptions import RedisError  # two of four need no Redis

    from dtbase import heartbeats

    try:
        return heartbeats.works() if process is Checked.WORKER else heartbeats.beats(process.value)
    except RedisError:
        return False
