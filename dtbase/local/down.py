"""`make down` and `make clean`: stopping a twin that was left running, and removing one."""

import os
import shutil
import signal

from dtbase.errors import Conflict, NotAllowed
from dtbase.local import alone
from dtbase.local.explained import explained
from dtbase.local.places import State, open_state
from dtbase.local.processes import Roll, wait_gone
from dtbase.local.progress import say, silence_broken

PATIENCE = 180


def down() -> None:
    """Stop this checkout's twin, or what is left of it."""
    state = open_state()
    roll = Roll.read(alone.roll_file(state))
    if roll is None or not roll.parent.runs():
        with alone.running_alone(state):
            alone.recover(state)
        say("No twin is running.")
        return
    say(f"Stopping the twin (process {roll.parent.pid})")
    try:
        os.kill(roll.parent.pid, signal.SIGTERM)
    except PermissionError:
        raise NotAllowed("the twin belongs to another user: stop it as that user") from None
    with silence_broken("waiting for its end"):
        gone = wait_gone(roll.parent, PATIENCE)
    if not gone:
        raise Conflict(f"the twin did not stop within {PATIENCE} s; its logs are in {state.logs}")
    say("Stopped; the data is kept.")


def contents(state: State) -> str:
    """Say what would be removed, in one line."""
    size = sum(path.lstat().st_size for path in state.folder.rglob("*"))
    return f"{state.folder} ({size // 2**20} MB: database, queue, logs, passwords, packages)"


def clean(state: State) -> None:
    """Remove everything that this checkout's twin keeps."""
    with explained(), alone.running_alone(state):
        alone.recover(state)
        alone.sweep(state.folder / "tests")
        shutil.rmtree(state.folder)
    say(f"Removed {state.folder}.")
