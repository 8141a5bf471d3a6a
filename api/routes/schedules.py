"""Schedules: when services run without anyone asking."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from api.bulk import Many
from api.delivering import hand_over
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import DeletesRuns, ReadsRegistry, WritesRuns
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.names import Identifier
from dtbase.domain.services.schedules import NewSchedule, Schedule, ScheduleChange, ScheduleQuery
from dtbase.domain.services.service_runs import ServiceRun
from dtbase.errors import AlreadyExists, NotFound, Stale
from dtbase.storage.services import schedules

router = APIRouter(prefix="/schedules", tags=["services"])


@router.get("", responses=PAGED, summary="List schedules")
def list_schedules(
    wanted: Annotated[ScheduleQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Schedule]:
    """List the schedules that fit, with their next tick and their last run, a page at a time."""
    return linked(request, response, schedules.page(session, wanted))


@router.post(
    "", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add a schedule"
)
def add_schedule(
    _writes: WritesRuns, new: NewSchedule, response: Response, session: SessionDep
) -> Schedule:
    """Have a service run by cron or every so often."""
    response.headers["Location"] = f"/v1/schedules/{new.name}"
    return tagged(response, schedules.add(session, new))


@router.post(
    "/bulk", status_code=201, responses=answers(AlreadyExists), summary="Add many schedules"
)
def add_schedules(
    _writes: WritesRuns, new: Many[NewSchedule], session: SessionDep
) -> Sequence[Schedule]:
    """Add many schedules, all or none; refusals name each row, field and rule."""
    return schedules.add_many(session, new)


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show a schedule")
def get_schedule(
    name: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> Schedule:
    """Show one schedule."""
    return tagged(response, schedules.get(session, name))


@router.patch(
    "/{name}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Stale),
    summary="Change a schedule",
)
def update_schedule(
    _writes: WritesRuns,
    name: Identifier,
    change: ScheduleChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Schedule:
    """Change what is given; the next tick is found anew, from now on."""
    return tagged(response, schedules.update(session, name, change, expected))


@router.delete(
    "/{name}", status_code=204, responses=answers(NotFound, Stale), summary="Delete a schedule"
)
def delete_schedule(
    _deletes: DeletesRuns, name: Identifier, expected: IfMatch, session: SessionDep
) -> None:
    """Delete a schedule; what it has run stays in the history."""
    schedules.delete(session, name, expected)


@router.post(
    "/{name}/runs",
    status_code=202,
    responses=answers(NotFound),
    summary="Run what a schedule runs, now",
)
def run_now(
    _writes: WritesRuns,
    name: Identifier,
    response: Response,
    background: BackgroundTasks,
    session: SessionDep,
) -> ServiceRun:
    """Queue a run with the schedule's parameters; its ticks stay as they are."""
    run = schedules.run_now(session, name)
    hand_over(session, run.id, background)
    response.headers["Location"] = f"/v1/service-runs/{run.id}"
    return run
