"""The process that forks a twin's processes, as their parent reaches it.

Whatever is amiss with it is an OSError, upon which a process is started by itself: it takes more
memory then, and is none the worse.
"""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from dtbase.local.accounts import Account
from dtbase.local.forking import READY, Request
from dtbase.local.places import CHECKOUT, rotate
from dtbase.local.progress import Silence
from dtbase.processes import SHARED
from dtbase.settings import environment_with

PYTHON = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}
"""Lines are told as they come; threads share heaps, since one of its own keeps what it had."""

PATIENCE = 10.0
"""Seconds for an answer; forking takes milliseconds."""

UNKNOWN = 255
"""The code of a process that has outlived who forked it."""


@dataclass(frozen=True)
class ForkServer:
    """A process that has imported what others share, and the socket on which it is asked."""

    process: "subprocess.Popen[bytes]"
    ours: socket.socket

    @classmethod
    def open(
        cls,
        log: Path,
        environment: Mapping[str, str],
        account: Account | None = None,
        shared: Sequence[str] = SHARED,
    ) -> Self:
        """Start it; it imports what is shared while others go on."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, rotate(log).open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "dtbase.local.forking", str(theirs.fileno()), *shared],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=CHECKOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                **(account.drop() if account else {}),
            )
        ours.settimeout(PATIENCE)
        return cls(process, ours)

    @classmethod
    def try_to_open(cls, logs: Path, account: Account | None) -> Self | None:
        """Start it for a twin; not every system has such sockets, and none is needed."""
        try:
            return cls.open(logs / "fork-server.log", environment_with(PYTHON), account)
        except OSError:
            return None

    def wait_until_ready(self, pause: Callable[[float], None]) -> None:
        """Wait until it has imported everything, or has ended."""
        silence = Silence("importing what the processes share")
        while not readable(self.ours.fileno(), 0.05):
            silence.mind()
            pause(0)
        self.ours.recv(len(READY))

    def fork(self, request: Request, log: IO[bytes]) -> "Forked":
        """Fork a process that writes into a log."""
        pid, (life,) = self._ask(request.write(), [log.fileno()])
        return Forked(self, pid, life)

    def run(self, request: Request) -> tuple[int, str]:
        """Fork a process and wait for its end; return its code and what it said."""
        reading, writing = os.pipe()
        with os.fdopen(reading) as said:
            with os.fdopen(writing, "wb") as log:
                forked = self.fork(request, log)
            text = said.read()
        return forked.wait(), text

    def code(self, pid: int) -> int:
        """Return the code with which a fork has ended."""
        try:
            return self._ask(b"%d" % pid, [])[0]
        except OSError:
            return UNKNOWN

    def _ask(self, what: bytes, files: list[int]) -> tuple[int, list[int]]:
        """Return the number, and the files, that are answered; after a failure all fail."""
        try:
            socket.send_fds(self.ours, [what], files)
            told, given, _, _ = socket.recv_fds(self.ours, 64, 1)
            if not told:
                raise ConnectionResetError
        except OSError:
            self.ours.close()
            raise
        return int(told), given

    def close(self) -> None:
        """End it, which has nothing to finish."""
        self.ours.close()
        self.process.kill()
        self.process.wait()


@dataclass
class Forked:
    """A process that was forked, with as much of subprocess.Popen as is asked for."""

    fork_server: ForkServer
    pid: int
    life: int
    """A file that can be read once the process has ended."""
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return the code with which it has ended, or None while it runs."""
        if self.returncode is None and not readable(self.life, 0):
            return None
        return self.wait()

    def wait(self) -> int:
        """Return the code with which it ends."""
        if self.returncode is None:
            readable(self.life, None)
            os.close(self.life)
            self.returncode = self.fork_server.code(self.pid)
        return self.returncode


def readable(file: int, seconds: float | None) -> bool:
    """Tell whether a file has something to read, within a time or ever."""
    return bool(select.select([file], [], [], seconds)[0])
