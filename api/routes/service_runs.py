"""Runs of services: how far they are, what they have said, and calling them off."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import ReadsRuns, WritesRuns
from dtbase.domain.services.service_runs import (
    LogLine,
    LogQuery,
    ServiceRun,
    ServiceRunQuery,
)
from dtbase.errors import Conflict, NotFound
from dtbase.storage.services import service_run_states, service_runs

router = APIRouter(prefix="/service-runs", tags=["services"])

RunId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("", responses=PAGED, summary="List runs of services")
def list_service_runs(
    wanted: Annotated[ServiceRunQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRuns,
    session: SessionDep,
) -> Sequence[ServiceRun]:
    """List the runs that fit, newest first, a page at a time."""
    return linked(request, response, service_runs.page(session, wanted))


@router.get("/{run_id}", responses=answers(NotFound), summary="Show a run of a service")
def get_service_run(run_id: RunId, _reads: ReadsRuns, session: SessionDep) -> ServiceRun:
    """Show how a run stands: progress, what it has written, why it failed."""
    return service_runs.get(session, run_id)


@router.get(
    "/{run_id}/log", responses=PAGED | answers(NotFound), summary="Read the log of a service's run"
)
def get_log(
    run_id: RunId,
    wanted: Annotated[LogQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRuns,
    session: SessionDep,
) -> Sequence[LogLine]:
    """Read what a run has logged, oldest first, a page at a time."""
    return linked(request, response, service_runs.log_of(session, run_id, wanted))


@router.post(
    "/{run_id}/cancel",
    status_code=202,
    responses=answers(NotFound, Conflict),
    summary="Cancel a run of a service",
)
def cancel_run(run_id: RunId, _writes: WritesRuns, session: SessionDep) -> ServiceRun:
    """End a queued run at once; one under way ends at its next step, or is stopped soon."""
    service_run_states.cancel(session, run_id)
    return service_runs.get(session, run_id)
