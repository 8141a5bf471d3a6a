"""Handing runs over to the workers."""

from fastapi import BackgroundTasks
from sqlalchemy.orm import Session

from dtbase import queue
from dtbase.storage.services import service_runs


def hand_over(session: Session, service_run: int | None, background: BackgroundTasks) -> None:
    """Queue a run of a service once it is committed: PostgreSQL is the truth.

    A worker must never look for a run that is not there yet; and while Redis is away the scheduler
    does it later, so that nobody who asks has to wait for that.
    """
    if service_run is not None:
        background.add_task(queue.offer, service_runs.deliveries(session, [service_run]))
