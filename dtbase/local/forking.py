"""What processes share, imported once: `python -m dtbase.local.forking FD MODULES…` forks them.

It is asked over a socket. A request, with a log beside it, is forked and answered by the fork's id,
with a file that tells its end; an id is answered by the code with which that fork ended. It ends
with whoever asks it.
"""

import gc
import json
import os
import runpy
import signal
import socket
import sys
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Self

from dtbase.domain.frozen import Frozen
from dtbase.processes import Process
from dtbase.threads import keep_to_one

READY = b"ready"
LONGEST = 2**18
"""Bytes of a request, most of which is its environment."""


class Request(Frozen):
    """What a fork is to become."""

    name: str
    process: Process
    environment: dict[str, str]
    nice: int = 0
    typed: str = ""
    """What it reads, as if somebody typed it."""

    @classmethod
    def read(cls, written: bytes) -> Self:
        """Read a request."""
        return cls.model_validate(json.loads(written))

    def write(self) -> bytes:
        """Write it, whatever its environment holds: bytes that are no UTF-8 stay as they are."""
        return json.dumps(self.model_dump()).encode()

    def become(self) -> None:
        """Become it, as if it had been started by itself."""
        os.environ.clear()  # noqa: TID251 - it has one of its own
        os.environ.update(self.environment)  # noqa: TID251
        os.nice(self.nice)
        Path("/proc/self/comm").write_text(self.name)
        if self.typed:
            sys.stdin = StringIO(self.typed)
        sys.argv = [self.process.module, *self.process.arguments]
        runpy.run_module(self.process.module, run_name="__main__", alter_sys=True)


def prepare(modules: list[str]) -> None:
    """Import what is shared, and let the collector leave it alone.

    No thread and no connection may come of it: a fork would have halves of them. To look for what
    could be collected, while nearly everything is kept, would take a quarter of the time.
    """
    keep_to_one()
    gc.disable()
    for module in modules:
        import_module(module)
    gc.collect()
    gc.freeze()
    gc.enable()


def serve(connection: socket.socket) -> Request | None:
    """Answer until nobody asks any more; each fork returns with its request."""
    while True:
        asked, logs, _, _ = socket.recv_fds(connection, LONGEST, 1)
        if not asked:
            return None
        if not logs:
            connection.send(b"%d" % code_of(int(asked)))
        elif fork(connection, logs[0]):
            return Request.read(asked)


def fork(connection: socket.socket, log: int) -> bool:
    """Fork, tell the fork's id, and answer whether we are the fork."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.dup2(log, sys.stdout.fileno())
        os.dup2(log, sys.stderr.fileno())
    else:
        tell(connection, pid)
    os.close(log)
    return pid == 0


def tell(connection: socket.socket, pid: int) -> None:
    """Tell a fork's id, with a file that tells its end; one that nobody hears of is ended."""
    life = os.pidfd_open(pid)
    try:
        socket.send_fds(connection, [b"%d" % pid], [life])
    except OSError:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(life)


def code_of(pid: int) -> int:
    """Return the code with which a fork ended."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> None:
    """Prepare, and serve whoever has the other end of a socket of ours."""
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        os.close(os.pidfd_open(os.getpid()))  # refused by an old kernel: nobody forks then
        prepare(sys.argv[2:])
        connection.send(READY)
        request = serve(connection)
    if request is not None:
        request.become()


if __name__ == "__main__":
    main()
