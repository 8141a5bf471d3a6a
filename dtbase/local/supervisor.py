"""One parent for all processes: starts them, starts them again, stops them in order."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from dtbase.errors import Unavailable
from dtbase.local.children import Child, Recipe
from dtbase.local.processes import Roll, Started
from dtbase.local.progress import say
from dtbase.local.stopping import Stopping

TRIES = 5
STEADY_SECONDS = 60.0


@dataclass
class Watched:
    """A child, how often it fell lately, and when it is due again."""

    child: Child
    falls: int = 0
    due: float | None = None

    def fell(self, first: float) -> float:
        """Count one more fall and return the seconds to wait before the next try."""
        steady = time.monotonic() - self.child.since > STEADY_SECONDS
        self.falls = 1 if steady else self.falls + 1
        wait = first * float(2 ** (self.falls - 1))
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

    def start(self, recipe: Recipe) -> Child:
        """Start a process that shall run as long as the twin does."""
        child = self._begin(recipe)
        self.watched.append(Watched(child))
        return child

    def _begin(self, recipe: Recipe) -> Child:
        self.stopping.check()
        child = recipe.start()
        self.roll = self.roll.with_child(child.started)
        self.roll.write(self.roll_file)
        return child

    def run(self, recipe: Recipe) -> None:
        """Run a process to its end, telling what it tells; refuse to go on when it fails."""
        child = self._begin(recipe)
        try:
            while child.alive():
                self.stopping.pause(0.1)
                tell(child)
        finally:
            child.stop()
        tell(child)
        if child.process.returncode:
            raise Unavailable(f"{recipe.name} failed: {child.reason()}")

    def watch(self) -> None:
        """Start again what ends, until we are asked to stop or it keeps ending."""
        while True:
            for watched in self.watched:
                self._tend(watched)
            self.stopping.pause(min(0.2, self.first_wait))

    def _tend(self, watched: Watched) -> None:
        if watched.due is None:
            if not watched.child.alive():
                self._report(watched)
        elif time.monotonic() >= watched.due:
            watched.due = None
            watched.child = self._begin(watched.child.recipe)

    def _report(self, watched: Watched) -> None:
        name, code = watched.child.recipe.name, watched.child.process.returncode
        wait = watched.fell(self.first_wait)
        if watched.falls > TRIES:
            raise Unavailable(
                f"{name} ended {watched.falls} times in a row, so the twin stops: "
                f"{watched.child.reason()}"
            )
        say(f"  {name} ended by itself (code {code}); starting it again in {wait:.0f} s")

    def stop(self) -> None:
        """Stop everything, last started first."""
        for watched in reversed(self.watched):
            if watched.child.alive():
                say(f"  stopping {watched.child.recipe.name}")
                watched.child.stop()
        self.watched.clear()
        self.roll_file.unlink(missing_ok=True)


def tell(child: Child) -> None:
    """Print what a child wrote since the last time."""
    for line in child.new_lines():
        say(f"  {line}")
