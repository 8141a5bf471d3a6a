"""Processes that we started: recognised for certain, stopped gently, never a stranger's."""

import os
import signal
import time
from pathlib import Path
from typing import Self

from dtbase.domain.frozen import Frozen

PROC = Path("/proc")


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
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; none if there is no such process."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in ticks since boot; None if it is gone or a zombie."""
    fields = stat_fields(pid)
    return int(fields[19]) if fields and fields[0] not in "ZX" else None


def command_line(pid: int) -> str:
    """Return how a process was called, as far as we may know."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def session_members(leader: int) -> list[int]:
    """Return the living processes of the session that a process leads, itself last."""
    pids = sorted((int(path.name) for path in PROC.iterdir() if path.name.isdigit()), reverse=True)
    members = [pid for pid in pids if _session(pid) == leader]
    return sorted(members, key=lambda pid: pid == leader)


def _session(pid: int) -> int | None:
    fields = stat_fields(pid)
    return int(fields[3]) if fields and fields[0] not in "ZX" else None


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
