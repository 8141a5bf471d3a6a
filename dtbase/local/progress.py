"""What the commands say while they work; standard library only."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

LONGEST_SILENCE = 2.5


@dataclass
class Voice:
    """When a line was said last, whoever said it."""

    last: float = field(default_factory=time.monotonic)


VOICE = Voice()


def say(line: str = "") -> None:
    """Write one line at once, wherever the output goes."""
    write(line + "\n")


def write(text: str) -> None:
    """Write at once; a terminal that was closed must not keep us from stopping what we started."""
    with suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()
    VOICE.last = time.monotonic()


@dataclass
class Silence:
    """Is broken every three seconds while something is waited for that says nothing itself."""

    doing: str
    beyond: float = 0.0
    """Seconds for which others, who know more, may go first."""
    began: float = field(default_factory=time.monotonic)

    def mind(self) -> None:
        """Say what is waited for, if nothing has been said for long."""
        now = time.monotonic()
        if now - max(VOICE.last, self.began) >= LONGEST_SILENCE + self.beyond:
            say(f"  {self.doing} ({now - self.began:.0f} s)")


@contextmanager
def silence_broken(doing: str, beyond: float = 0.0) -> Iterator[None]:
    """Say now and then what goes on while something works that says nothing itself."""
    silence, done = Silence(doing, beyond), Event()

    def mind() -> None:
        while not done.wait(0.1):
            silence.mind()

    thread = Thread(target=mind, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@dataclass
class Progress:
    """How far a long step is: redrawn in place on a terminal, now and then elsewhere."""

    label: str
    stride: int = 25
    shown: int = field(default=-1, init=False)

    def at(self, percent: float, detail: str = "") -> None:
        """Show the share done so far, in percent, and what is at hand."""
        live = sys.stdout.isatty()
        step = int(percent) if live else int(percent) // self.stride
        if step <= self.shown:
            return
        self.shown = step
        text = f"  {self.label}: {percent:3.0f} %  {detail}".rstrip()
        if live:
            end = "\n" if percent >= 100 else ""  # noqa: PLR2004 - it is per cent
            write("\r\x1b[K" + text + end)
        else:
            say(text)

    def finish(self) -> None:
        """Show that all is done, if anything was shown."""
        if self.shown >= 0:
            self.at(100)
