"""Threads that live as long as the application does."""

from collections.abc import Callable
from threading import Condition, Event, Thread


class BackgroundThread:
    """A thread, or several alike, that works each time it is told to, off the request's path."""

    def __init__(
        self, name: str, work: Callable[[], object], *, pause: float = 0, count: int = 1
    ) -> None:
        """Prepare; a pause, in seconds, lets more come, so that the work is done once for all."""
        self._name = name
        self._work = work
        self._pause = pause
        self._count = count
        self._changed = Condition()
        self._wanted = False
        self._stopping = Event()
        self._threads: list[Thread] = []

    @property
    def running(self) -> bool:
        """Tell whether anybody would do the work."""
        return bool(self._threads)

    def start(self) -> None:
        """Begin to wait for work."""
        self._threads = [
            Thread(target=self._run, name=self._name, daemon=True) for _ in range(self._count)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Do what was asked for, and end."""
        threads, self._threads = self._threads, []
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        for thread in threads:
            thread.join(timeout=10)

    def wake(self) -> None:
        """Ask for the work to be done; asked for often, it is done once."""
        with self._changed:
            self._wanted = True
            self._changed.notify()

    def _run(self) -> None:
        while self._is_wanted():
            if self._pause:
                self._stopping.wait(self._pause)
            self._work()

    def _is_wanted(self) -> bool:
        """Wait until there is work; False: nothing is left, and no more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._stopping.is_set())
            wanted, self._wanted = self._wanted, False
            return wanted
