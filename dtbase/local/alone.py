"""One twin per checkout: the lock, and the recovery from a start that ended abruptly."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dtbase.errors import Conflict
from dtbase.local.places import State
from dtbase.local.processes import Roll, Started, command_line, end, start_ticks
from dtbase.local.progress import say


def roll_file(state: State) -> Path:
    """Return where the running processes are written down."""
    return state.folder / "roll.json"


@contextmanager
def running_alone(state: State) -> Iterator[None]:
    """Hold the checkout's lock, or refuse because a twin runs already."""
    with (state.folder / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            roll = Roll.read(roll_file(state))
            who = f" (process {roll.parent.pid})" if roll else ""
            raise Conflict(
                f"a twin of this checkout is running or starting already{who}: "
                "use that one, or stop it with `make down`"
            ) from None
        yield


def recover(state: State) -> None:
    """End what a parent that was killed left running; strangers are never touched."""
    roll = Roll.read(roll_file(state))
    orphans = roll.end_children() if roll else []
    if _end_postmaster(state.folder / "postgres" / "data"):
        orphans.append("postgres")
    roll_file(state).unlink(missing_ok=True)
    if orphans:
        say(f"  an earlier start ended abruptly; ended what it left: {', '.join(orphans)}")


def sweep(folder: Path) -> None:
    """Remove what test runs left behind that could not clean up after themselves."""
    for path in folder.glob("*/roll.json"):
        roll = Roll.read(path)
        if roll is not None and not roll.parent.runs():
            roll.end_children()
            shutil.rmtree(path.parent, ignore_errors=True)


def _end_postmaster(data: Path) -> bool:
    """End a server that still serves our data folder; tell whether there was one."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return False
    pid = int(pid_file.read_text().split("\n", 1)[0] or 0)
    if start_ticks(pid) is None or str(data) not in command_line(pid):
        return False
    end(Started.now("postgres", pid), seconds=30)
    return True
