"""Services: what can be run, with which parameters; and asking for a run."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from api.cascading import Cascade
from api.delivering import hand_over
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import ReadsRegistry, TendsServices, WritesRuns
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.names import Identifier
from dtbase.domain.services.service_runs import NewServiceRun, ServiceRun
from dtbase.domain.services.services import NewHttpService, Service, ServiceChange, ServiceQuery
from dtbase.errors import AlreadyExists, InUse, NotFound, Stale
from dtbase.storage.services import service_runs, services

router = APIRouter(prefix="/services", tags=["services"])


@router.get("", responses=PAGED, summary="List services")
def list_services(
    wanted: Annotated[ServiceQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Service]:
    """List the services that fit, a page at a time; workers write down those of their packages."""
    return linked(request, response, services.page(session, wanted))


@router.post(
    "", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add an HTTP service"
)
def add_service(
    _tends: TendsServices, new: NewHttpService, response: Response, session: SessionDep
) -> Service:
    """Add a service behind a URL; its secret headers are stored encrypted and never shown."""
    response.headers["Location"] = f"/v1/services/{new.name}"
    return tagged(response, services.add(session, new))


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show a service")
def get_service(
    name: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> Service:
    """Show one service, with the JSON Schema of its parameters."""
    return tagged(response, services.get(session, name))


@router.patch(
    "/{name}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Stale),
    summary="Change a service",
)
def update_service(
    _tends: TendsServices,
    name: Identifier,
    change: ServiceChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Service:
    """Change an HTTP service, or the limits of one that a package brings."""
    return tagged(response, services.update(session, name, change, expected))


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, InUse, Stale),
    summary="Delete a service",
)
def delete_service(
    _tends: TendsServices,
    name: Identifier,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a service with its parameter sets and its history.

    Its schedules, and runs that have not ended, stand in the way without cascade. A worker that
    still has the package of a Python service writes it down again when it starts.
    """
    services.delete(session, name, expected, cascade=cascade)


@router.post(
    "/{name}/runs",
    status_code=202,
    responses=answers(NotFound),
    summary="Run a service",
)
def start_run(
    _writes: WritesRuns,
    name: Identifier,
    new: NewServiceRun,
    response: Response,
    background: BackgroundTasks,
    session: SessionDep,
) -> ServiceRun:
    """Queue a run; follow it at the Location."""
    run = service_runs.create(session, name, new)
    hand_over(session, run.id, background)
    response.headers["Location"] = f"/v1/service-runs/{run.id}"
    return run
