"""Stopping what takes too long, from within its process."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

INSISTENCE = 5.0
"""Seconds after which a service that has swallowed the exception gets another one."""


class TookTooLong(Exception):
    """The time of a run is over."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TookTooLong within the block when its time is over; of the main thread only."""

    def stop(*_: object) -> None:
        raise TookTooLong(f"it took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, INSISTENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
