"""One parent for all processes: starts them, starts them again, stops them in order."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dtbase.errors import Unavailable
from dtbase.local.children import Child, Recipe
from dtbase.local.faults import FULL
from dtbase.local.processes import Roll, Started
from dtbase.local.progress import Silence, say
from dtbase.local.space import is_full
from dtbase.local.stopping import Stopping
from dtbase.local.vitals import PAUSE, Vitals

TRIES = 5
STEADY_SECONDS = 60.0
LONGEST_WAIT = 30.0


@dataclass
class Watched:
    """A child, how often it fell lately, and when it is due again."""

    child: Child
    vitals: Vitals | None = None
    falls: int = 0
    excused: int = 0
    due: float | None = None

    def fell(self, first: float, *, excused: bool = False) -> float:
        """Count one more fall and return the seconds to wait before the next try."""
        if time.monotonic() - self.child.since > STEADY_SECONDS:
            self.falls = self.excused = 0
        if excused:
            self.excused += 1
        else:
            self.falls += 1
        wait = min(first * 2.0 ** (self.falls + self.excused - 1), LONGEST_WAIT)
        self.due = time.monotonic() + wait
        return wait


@dataclass
class Supervisor:
    """The processes of one twin, in the order in which they were started."""

    roll_file: Path
    stopping: Stopping
    first_wait: float = 1.0
    watched: list[Watched] = field(default_factory=list)
    roll: Roll = field(default_factory=lambda: Roll(parent=Started.now("dtbase", os.getpid())))
    unwritten: bool = False
    """Whether the roll has changed since it could last be written."""

    def start(self, recipe: Recipe) -> Child:
        """Start a process that shall run as long as the twin does."""
        child = self._begin(recipe)
        self.watched.append(Watched(child))
        return child

    def expect(self, child: Child, answers: Callable[[], bool], pause: float = PAUSE) -> None:
        """Start a child anew also when it no longer answers; it does so now."""
        watched = next(each for each in self.watched if each.child is child)
        watched.vitals = Vitals(answers, pause)
        watched.vitals.watch()

    def _begin(self, recipe: Recipe) -> Child:
        self.stopping.check()
        child = recipe.start()
        self.roll = self.roll.with_child(child.started)
        self.unwritten = True
        self._write_roll()
        return child

    def _write_roll(self) -> None:
        """Write down who runs; on a full disk later."""
        try:
            self.roll.write(self.roll_file)
            self.unwritten = False
        except OSError as error:
            if error.errno not in FULL:
                raise

    def run(self, recipe: Recipe) -> None:
        """Run a process to its end, telling what it tells; refuse to go on when it fails."""
        child = self._begin(recipe)
        silence = Silence(f"{recipe.name} goes on")
        try:
            while child.alive():
                self.stopping.pause(0.1)
                tell(child)
                silence.mind()
        finally:
            child.stop()
        tell(child)
        if child.process.returncode:
            raise Unavailable(f"{recipe.name} failed: {child.reason()}")

    def watch(self) -> None:
        """Start again what ends or hangs, until we are asked to stop or it keeps ending."""
        while True:
            for watched in self.watched:
                self._tend(watched)
            if self.unwritten:
                self._write_roll()
            self.stopping.pause(min(0.2, self.first_wait))

    def _tend(self, watched: Watched) -> None:
        if watched.due is None:
            self._look_after(watched)
        elif time.monotonic() >= watched.due:
            watched.due = None
            self._start_again(watched)

    def _look_after(self, watched: Watched) -> None:
        if not watched.child.alive():
            self._report(watched)
        elif watched.vitals is not None and watched.vitals.hung:
            say(f"  {watched.child.recipe.name} runs but does not answer; ending it")
            watched.child.stop()

    def _start_again(self, watched: Watched) -> None:
        try:
            watched.child = self._begin(watched.child.recipe)
        except OSError as error:
            if error.errno not in FULL:
                raise
            watched.fell(self.first_wait, excused=True)
        if watched.vitals is not None:
            watched.vitals.misses = 0

    def _report(self, watched: Watched) -> None:
        name, code = watched.child.recipe.name, watched.child.process.returncode
        full = self.lacks_space(watched.child)
        wait = watched.fell(self.first_wait, excused=full)
        if watched.falls > TRIES:
            raise Unavailable(
                f"{name} ended {watched.falls} times in a row, so the twin stops: "
                f"{watched.child.reason()}"
            )
        cause = "because the disk is full" if full else "by itself"
        say(f"  {name} ended {cause} (code {code}); starting it again in {wait:.0f} s")

    def lacks_space(self, child: Child) -> bool:
        """Tell whether a child ended for want of space, which is no fault of its own."""
        return is_full(self.roll_file.parent) or "No space left on device" in child.last_words(50)

    def stop(self) -> None:
        """Stop everything, last started first."""
        for watched in self.watched:
            if watched.vitals is not None:
                watched.vitals.stop()
        for watched in reversed(self.watched):
            if watched.child.alive():
                say(f"  stopping {watched.child.recipe.name}")
                watched.child.stop()
        self.watched.clear()
        self.roll = self.roll.without_children()
        self.roll_file.unlink(missing_ok=True)


def tell(child: Child) -> None:
    """Print what a child wrote since the last time."""
    for line in child.new_lines():
        say(f"  {line}")
