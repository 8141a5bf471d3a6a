"""Writing down when keys were used, off the request's path."""

import logging
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from dtbase.errors import Unavailable
from dtbase.storage.database import transaction
from dtbase.storage.people import keys

logger = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds to let further uses gather, so that one write serves many."""


class Uses:
    """A thread that stores which keys were used lately."""

    def __init__(self) -> None:
        """Prepare the thread; start() sets it going."""
        self._used: set[int] = set()
        self._lock = Lock()
        self._noted = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="key uses", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is still noted, and stop the thread."""
        self._stopping.set()
        self._noted.set()
        self._thread.join(timeout=10)

    def note(self, key_id: int) -> None:
        """Note that a key was used."""
        with self._lock:
            self._used.add(key_id)
        self._noted.set()

    def taken(self) -> list[int]:
        """Return what was noted, and start again from nothing."""
        self._noted.clear()
        with self._lock:
            used, self._used = self._used, set()
        return sorted(used)

    def store(self) -> None:
        """Write down what was noted; a database that is away loses it, which harms nobody."""
        used = self.taken()
        if not used:
            return
        try:
            with transaction() as session:
                keys.note_uses(session, used)
        except (SQLAlchemyError, Unavailable) as error:
            logger.warning("the last use of %s keys is lost: %s", len(used), error)

    def _run(self) -> None:
        while self._noted.wait():
            self._stopping.wait(PAUSE)
            self.store()
            if self._stopping.is_set():
                return
