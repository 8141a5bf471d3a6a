"""Bringing aggregates up to date soon after readings were written, off the request's path."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from api.threads import BackgroundThread
from dtbase.errors import Unavailable
from dtbase.storage.database import get_engine
from dtbase.storage.readings import rollups

logger = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds in which further writes may come, so that one refresh serves many."""


class Refresher:
    """Refreshes the aggregates when told that readings were written."""

    def __init__(self) -> None:
        """Prepare the thread, which the application starts."""
        self.thread = BackgroundThread("refresher", refresh, pause=PAUSE)

    def note(self) -> None:
        """Note that readings were written."""
        self.thread.wake()


def refresh() -> None:
    """Refresh the aggregates; what stays pending is in the log for the scheduler."""
    try:
        rollups.refresh(get_engine())
    except (SQLAlchemyError, Unavailable) as error:
        logger.warning("aggregates stay pending: %s", error)
