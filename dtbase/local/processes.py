"""Processes that we started: recognised for certain, stopped gently, never a stranger's."""

import os
import signal
import time
from pathlib import Path
from typing import Self

import psutil

from dtbase.domain.frozen import Frozen

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
ENDED = {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}


class Started(Frozen):
    """A process as it was started; the start time tells it from a later one of the same id."""

    name: str
    pid: int
    ticks: int
    boot: str
    stop: int = signal.SIGTERM

    @classmethod
    def now(cls, name: str, pid: int, stop: int = signal.SIGTERM) -> Self:
        """Describe a process that runs now."""
        return cls(name=name, pid=pid, ticks=start_ticks(pid) or 0, boot=boot_id(), stop=stop)

    def runs(self) -> bool:
        """Tell whether this very process still runs."""
        return self.boot == boot_id() and start_ticks(self.pid) == self.ticks


def boot_id() -> str:
    """Return what distinguishes this boot of the machine from others."""
    return BOOT_ID.read_text().strip()


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in hundredths of a second since the machine did.

    None if it is gone or a zombie. The clock may be set meanwhile, so no time of day serves.
    """
    try:
        process = psutil.Process(pid)
        if process.status() in ENDED:
            return None
        return round(100 * (process.create_time() - psutil.boot_time()))
    except psutil.NoSuchProcess:
        return None


def command_line(pid: int) -> str:
    """Return how a process was called, as far as we may know."""
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""


def session_members(leader: int) -> list[int]:
    """Return the living processes of the session that a process leads, itself last."""
    pids = [process.pid for process in psutil.process_iter() if start_ticks(process.pid)]
    members = [pid for pid in reversed(pids) if _session(pid) == leader]
    return sorted(members, key=lambda pid: pid == leader)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def send(pid: int, number: int) -> None:
    """Send a signal to a process that may have gone meanwhile."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_gone(process: Started, seconds: float) -> bool:
    """Wait until the process has ended; tell whether it has."""
    deadline = time.monotonic() + seconds
    while process.runs():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end(process: Started, seconds: float = 10) -> None:
    """Ask a process of ours to end, ask again, then kill its whole session."""
    for _ in range(2):
        if not process.runs():
            return
        send(process.pid, process.stop)
        if wait_gone(process, seconds):
            return
    for pid in session_members(process.pid):
        send(pid, signal.SIGKILL)
    wait_gone(process, seconds)


class Roll(Frozen):
    """The processes of one twin, written down so that a later start finds them."""

    parent: Started
    children: list[Started] = []

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return what an earlier start wrote, if it can be read."""
        try:
            return cls.model_validate_json(path.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def with_child(self, child: Started) -> Self:
        """Return the roll with one more child, in place of an earlier one of that name."""
        others = [known for known in self.children if known.name != child.name]
        return self.model_copy(update={"children": [*others, child]})

    def without_children(self) -> Self:
        """Return the roll of a parent that has ended all of them."""
        return self.model_copy(update={"children": []})

    def end_children(self) -> list[str]:
        """End the children that outlived their parent, last started first; return their names."""
        orphans = [child for child in reversed(self.children) if child.runs()]
        for orphan in orphans:
            end(orphan)
        return [orphan.name for orphan in orphans]

    def write(self, path: Path) -> None:
        """Write it in one step, so that a crash leaves the old or the new."""
        partial = path.with_suffix(".partial")
        partial.write_text(self.model_dump_json())
        partial.replace(path)
