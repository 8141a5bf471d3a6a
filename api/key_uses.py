"""Writing down when keys were used, off the request's path."""

import logging
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from api.threads import BackgroundThread
from dtbase.errors import Unavailable
from dtbase.storage.database import transaction
from dtbase.storage.people import keys

logger = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds in which further uses may come, so that one write serves many."""


class Uses:
    """Stores which keys were used lately."""

    def __init__(self) -> None:
        """Prepare the thread, which the application starts."""
        self._used: set[int] = set()
        self._lock = Lock()
        self.thread = BackgroundThread("key uses", self.store, pause=PAUSE)

    def note(self, key_id: int) -> None:
        """Note that a key was used."""
        with self._lock:
            self._used.add(key_id)
        self.thread.wake()

    def taken(self) -> list[int]:
        """Return what was noted, and start again from nothing."""
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
