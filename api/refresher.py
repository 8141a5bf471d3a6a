"""Bringing aggregates up to date soon after readings were written, off the request's path."""

import logging
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from dtbase.errors import Unavailable
from dtbase.storage.database import get_engine
from dtbase.storage.readings import rollups

logger = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds to let further writes gather, so that one refresh serves many."""


class Refresher:
    """A thread that refreshes the aggregates when told that readings were written."""

    def __init__(self) -> None:
        """Prepare the thread; start() sets it going."""
        self._written = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="refresher", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; what is still pending stays in the log for the scheduler."""
        self._stopping.set()
        self._written.set()
        self._thread.join(timeout=10)

    def note(self) -> None:
        """Note that readings were written."""
        self._written.set()

    def _run(self) -> None:
        while self._written.wait() and not self._stopping.wait(PAUSE):
            self._written.clear()
            try:
                rollups.refresh(get_engine())
            except (SQLAlchemyError, Unavailable) as error:
                logger.warning("aggregates stay pending: %s", error)
