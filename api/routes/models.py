"""Models, and asking one for a forecast."""

import logging
from collections.abc import Sequence

from fastapi import APIRouter, BackgroundTasks, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import ReadsRegistry, WritesRuns
from dtbase import queue
from dtbase.domain.runs import Model, NewRun, Run
from dtbase.errors import NotFound, Unavailable
from dtbase.storage import models, runs

logger = logging.getLogger(__name__)

router = APIRouter(prefix="/models", tags=["models"])


@router.get("", summary="List models")
def list_models(_reads: ReadsRegistry, session: SessionDep) -> Sequence[Model]:
    """List every model by name."""
    return models.list(session)


@router.post(
    "/{name}/runs",
    status_code=202,
    responses=answers(NotFound, Unavailable),
    summary="Ask for a run",
)
def start_run(
    name: str,
    new: NewRun,
    response: Response,
    background: BackgroundTasks,
    _writes: WritesRuns,
    session: SessionDep,
) -> Run:
    """Queue a forecast of one series; follow it at the Location."""
    queue.check()
    run = runs.create(session, name, new)
    # After the commit, since a worker must never look for a run that is not there yet.
    background.add_task(enqueue, run.id)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


def enqueue(run_id: int) -> None:
    """Queue a committed run; if Redis has just gone away, the scheduler does it later."""
    try:
        queue.enqueue_run(run_id)
    except Unavailable as error:
        logger.warning("run %s waits for the scheduler: %s", run_id, error)
