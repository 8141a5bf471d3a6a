"""Whether a child that runs also answers: asked again and again, beside the one who watches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

MISSES = 6
"""So often in a row a child does not answer before it counts as hung."""

PAUSE = 5.0


@dataclass
class Vitals:
    """Whether one child answers, by how many questions in a row it missed."""

    answers: Callable[[], bool]
    pause: float = PAUSE
    misses: int = 0
    _stopping: Event = field(default_factory=Event)

    def watch(self) -> None:
        """Begin to ask, in a thread of its own: one question may take seconds."""
        Thread(target=self._run, name="vitals", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopping.set()

    @property
    def hung(self) -> bool:
        """Tell whether it has not answered for long."""
        return self.misses >= MISSES

    def _run(self) -> None:
        while not self._stopping.wait(self.pause):
            self.misses = 0 if self.answers() else self.misses + 1
