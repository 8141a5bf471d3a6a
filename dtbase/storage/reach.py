"""Whether the database answers at all: one thread keeps asking, so that nobody waits in vain.

A server that hangs, or a network that swallows everything, tells nothing to whoever waits for it.
So when the one who asks hears nothing, the connections that others wait at are broken off, and
those who come are refused at once, until the database answers again.
"""

import os
import socket
from contextlib import closing, suppress
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any
from weakref import WeakSet

import psycopg

from dtbase.errors import Unavailable

LATELY = 60.0
"""Seconds for which a full disk is told after it was noticed."""

SILENT = "the database does not answer"

Connection = psycopg.Connection[Any]


class Reach:
    """What a process knows about its way to the database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: WeakSet[Connection] = WeakSet()
        self._silent = False
        self._full_at: float | None = None

    def note(self, connection: Connection, _: object) -> None:
        """Note a connection that somebody may come to wait at."""
        with self._lock:
            self._open.add(connection)

    def check(self) -> None:
        """Refuse what would wait for a database that is known not to answer."""
        if self._silent:
            raise Unavailable(SILENT)

    def note_full(self) -> None:
        """Note that the database had no space for something."""
        self._full_at = monotonic()

    @property
    def is_full(self) -> bool:
        """Tell whether it had no space lately."""
        return self._full_at is not None and monotonic() - self._full_at < LATELY

    def lost(self) -> None:
        """Let nobody wait any longer."""
        self._silent = True
        with self._lock:
            waiting, self._open = self._open, WeakSet()
        for connection in waiting:
            break_off(connection)

    def found(self) -> None:
        """Let everybody in again."""
        self._silent = False


def break_off(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """End a connection's socket under whoever waits at it, who then gets an error."""
    with (
        suppress(OSError, psycopg.Error),
        closing(socket.socket(fileno=os.dup(connection.fileno()))) as waited_at,
    ):
        waited_at.shutdown(socket.SHUT_RDWR)


@cache
def get_reach() -> Reach:
    """Return what this process knows."""
    return Reach()
