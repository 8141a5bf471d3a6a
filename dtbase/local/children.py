"""Starting processes of ours, each in a session of its own, with a log of its own."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dtbase.errors import Unavailable
from dtbase.local.accounts import Account
from dtbase.local.faults import FULL_DISK
from dtbase.local.fork_server import Forked
from dtbase.local.places import rotate
from dtbase.local.processes import Started, end
from dtbase.local.progress import Silence


@dataclass(frozen=True)
class Recipe:
    """How to start one process: what to run, as whom, with which surroundings."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    account: Account | None = None
    folder: Path = Path("/")
    stop: signal.Signals = signal.SIGTERM
    patience: float = 10
    fork: Callable[[IO[bytes]], Forked] | None = None
    """How to fork it with a log from what processes share; where that fails, the command runs."""

    def start(self) -> "Child":
        """Start it, deaf to the terminal's Ctrl-C."""
        with rotate(self.log).open("ab") as log:
            offset = log.tell()
            process = self._begin(log)
        started = Started.now(self.name, process.pid, self.stop)
        return Child(self, process, started, offset)

    def _begin(self, log: IO[bytes]) -> "subprocess.Popen[bytes] | Forked":
        if self.fork is not None:
            with suppress(OSError):
                return self.fork(log)
        return subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=self.environment,
            cwd=self.folder,
            start_new_session=True,
            **(self.account.drop() if self.account else {}),
        )


@dataclass
class Child:
    """A process that was started from a recipe."""

    recipe: Recipe
    process: "subprocess.Popen[bytes] | Forked"
    started: Started
    offset: int
    since: float = field(default_factory=time.monotonic)
    told: int = field(init=False)

    def __post_init__(self) -> None:
        """Tell only its own lines, not those that its log had before."""
        self.told = self.offset

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it gently, and its whole session if that does not help."""
        if self.alive():
            end(self.started, self.recipe.patience)
            self.process.wait()

    def new_lines(self) -> list[str]:
        """Return the whole lines that it wrote since they were last asked for."""
        with self.recipe.log.open("rb") as log:
            log.seek(self.told)
            whole = log.read().rpartition(b"\n")[0]
        self.told += len(whole) + 1 if whole else 0
        return whole.decode(errors="replace").splitlines()

    def last_words(self, lines: int = 5) -> str:
        """Return the end of what it wrote since it started."""
        with self.recipe.log.open("rb") as log:
            log.seek(self.offset)
            text = log.read().decode(errors="replace")
        return "\n".join(text.strip().splitlines()[-lines:])

    def wait_until(
        self,
        ready: Callable[[], bool],
        seconds: float = 60,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Wait until it is ready; say why when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        silence = Silence(f"waiting for {self.recipe.name}")
        while not ready():
            silence.mind()
            if not self.alive():
                raise Unavailable(f"{self.recipe.name} ended while starting: {self.reason()}")
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"{self.recipe.name} did not answer within {seconds:.0f} s; "
                    f"see {self.recipe.log}"
                )
            pause(0.02)

    def reason(self) -> str:
        """Return why it ended, as far as its log tells."""
        words = self.last_words(50)
        if "No space left on device" in words:
            return f"{FULL_DISK}; free some space and run this again (see {self.recipe.log})"
        last = " ".join(self.last_words(2).split())
        return f"{last or 'it wrote nothing'} (see {self.recipe.log})"
