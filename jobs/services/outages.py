"""Going on where the database went away: nobody waits for long, and nothing is lost by waiting."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

from dtbase.errors import Unavailable

PATIENCE = 30.0
"""Seconds for which a run keeps its worker while the database is away."""

PAUSE = 0.5

T = TypeVar("T")


def outlast(step: Callable[[], T]) -> T:
    """Do what needs the database, again and again for a while if it is away."""
    deadline = monotonic() + PATIENCE
    while True:
        try:
            return step()
        except Unavailable:
            if monotonic() > deadline:
                raise
            Event().wait(PAUSE)
