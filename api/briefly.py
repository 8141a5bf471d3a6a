"""What hardly ever changes and every page asks for, kept for a moment."""

from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

MOMENT = 1.0
"""Seconds after which a change by another process shows; one of our own shows at once."""


class Briefly(Generic[T]):
    """Keeps one value of one event loop for a moment."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._kept: tuple[float, T] | None = None
        self._changing_until = 0.0

    def known(self) -> T | None:
        """Return what was kept a moment ago."""
        if self._kept is None or self._kept[0] + MOMENT < self._clock():
            return None
        return self._kept[1]

    def keep(self, value: T, read_at: float) -> None:
        """Keep a value whose reading began then, unless it may have changed since."""
        if read_at >= self._changing_until:
            self._kept = read_at, value

    def forget(self) -> None:
        """Keep nothing for a moment: a change of it may not be committed yet."""
        self._kept = None
        self._changing_until = self._clock() + MOMENT

    def now(self) -> float:
        """Return the time of its clock."""
        return self._clock()
