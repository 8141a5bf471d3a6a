"""`dtbase up`, `down` and `clean`: the twin of this checkout, on this machine."""

import signal
import sys
from typing import Annotated

import typer

from dtbase.errors import Invalid
from dtbase.local import down as downing
from dtbase.local import up as starting
from dtbase.local.places import open_state

app = typer.Typer()

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Reload = Annotated[
    bool, typer.Option("--reload", help="Start API and dashboard anew when their code changes.")
]


def heed_ctrl_c() -> None:
    """Hear Ctrl-C from now on: `make` holds it back while modules are imported."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@app.command()
def up(reload: Reload = False) -> None:
    """Run the twin in the foreground: database, API, dashboard, workers."""
    heed_ctrl_c()
    starting.up(reload=reload)


@app.command()
def down() -> None:
    """Stop a twin that was left running."""
    heed_ctrl_c()
    downing.down()


@app.command()
def clean(yes: Yes = False) -> None:
    """Remove the twin's data, after asking."""
    heed_ctrl_c()
    state = open_state()
    if not yes:
        if not sys.stdin.isatty():
            raise Invalid("nobody can be asked here: say `make clean ARGS=--yes` to remove it")
        typer.confirm(f"Remove {downing.contents(state)}?", abort=True)
    downing.clean(state)
