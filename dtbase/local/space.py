"""A full disk while the twin starts: said, and waited for, since it is nobody's fault."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg

from dtbase.errors import DTBaseError
from dtbase.local.faults import FULL, FULL_DISK
from dtbase.local.progress import Silence, say
from dtbase.local.stopping import Stopping

T = TypeVar("T")

SPARE_BYTES = 16 * 2**20
"""A disk with less than this left is full: PostgreSQL takes so much for each piece of its log."""

LONGEST_WAIT = 30.0


def is_full(folder: Path) -> bool:
    """Tell whether there is too little space left."""
    return shutil.disk_usage(folder).free < SPARE_BYTES


@dataclass(frozen=True)
class Room:
    """The disk on which a twin keeps its data, and waiting until it has space."""

    folder: Path
    stopping: Stopping
    first_wait: float = 1.0

    def insist(self, phase: Callable[[], T], undo: Callable[[], object]) -> T:
        """Go through a phase; where the disk was full, undo it and go through it once more."""
        wait = self.first_wait
        while True:
            try:
                return phase()
            except (OSError, DTBaseError, psycopg.Error) as error:
                if not self.lacked(error):
                    raise
            undo()
            say("The disk is full: free some space, and the start goes on by itself")
            self.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def lacked(self, error: BaseException) -> bool:
        """Tell whether something failed for want of space."""
        return is_full(self.folder) or any(map(tells_of_full_disk, causes(error)))

    def wait(self, seconds: float) -> None:
        """Wait a while, and on until there is space."""
        silence = Silence("waiting for space on the disk")
        self.stopping.pause(seconds)
        while is_full(self.folder):
            silence.mind()
            self.stopping.pause(0.5)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Go from an error to what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def tells_of_full_disk(error: BaseException) -> bool:
    """Tell whether an error says that the disk is full."""
    if isinstance(error, OSError):
        return error.errno in FULL
    return isinstance(error, psycopg.errors.DiskFull) or FULL_DISK in str(error)
