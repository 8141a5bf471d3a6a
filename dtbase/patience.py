"""Asking again: how often, how long to wait in between, and what a server asks for."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_exponential_jitter,
)
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

from dtbase.domain.frozen import Frozen
from dtbase.errors import Unavailable

T = TypeVar("T")

Wait = Callable[[float], None]
"""Is given the seconds between two tries."""

Again = Callable[[T, float], float | None]
"""Is given an answer and the seconds of the back-off; returns those to wait, or None to take it."""


class Patience(Frozen):
    """How often to try, and how long to wait: each time twice as long, spread to spare a server."""

    first: float
    longest: float
    tries: int = 4

    def ask(self, once: Callable[[], T], again: Again[T], wait: Wait = time.sleep) -> T:
        """Return the first answer that is taken, or what the last try brought.

        A try that raises Unavailable is made again too.
        """
        backoff = wait_exponential_jitter(
            multiplier=self.first, max=self.longest, jitter=self.first
        )

        def pause(state: RetryCallState) -> float:
            assert state.outcome is not None
            if state.outcome.failed:
                return backoff(state)
            return again(state.outcome.result(), backoff(state)) or 0.0

        trying = Retrying(
            stop=stop_after_attempt(self.tries),
            retry=retry_if_result(lambda answer: again(answer, 0.0) is not None)
            | retry_if_exception_type(Unavailable),
            wait=pause,
            sleep=wait,
            retry_error_callback=last,
        )
        return trying(once)


def last(state: RetryCallState) -> object:
    """Return the answer of the last try, or raise its error."""
    assert state.outcome is not None
    return state.outcome.result()


def pause_asked(header: str) -> float | None:
    """Return the seconds that a Retry-After asks for, as a number or as a date (RFC 9110)."""
    try:
        return Retry(retry_after_max=sys.maxsize).parse_retry_after(header)
    except (InvalidHeader, ValueError, OverflowError):
        return None
