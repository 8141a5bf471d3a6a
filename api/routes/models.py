"""Models, and asking one for a forecast."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from api.bulk import Many
from api.cascading import Cascade
from api.delivering import hand_over
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import DeletesRegistry, ReadsRegistry, WritesRegistry, WritesRuns
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.forecasts.runs import Model, ModelChange, ModelQuery, NewRun, Run
from dtbase.domain.names import Identifier
from dtbase.errors import AlreadyExists, InUse, NotFound, Stale
from dtbase.storage.forecasts import models
from dtbase.storage.services import asking

router = APIRouter(prefix="/models", tags=["models"])


@router.get("", responses=PAGED, summary="List models")
def list_models(
    wanted: Annotated[ModelQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Model]:
    """List the models that fit, a page at a time; the Link header leads to the next page."""
    return linked(request, response, models.page(session, wanted))


@router.post("", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add a model")
def add_model(
    _writes: WritesRegistry, new: Model, response: Response, session: SessionDep
) -> Model:
    """Add a model, with the scenario `default`."""
    response.headers["Location"] = f"/v1/models/{new.name}"
    return tagged(response, models.add(session, new))


@router.post("/bulk", status_code=201, responses=answers(AlreadyExists), summary="Add many models")
def add_models(_writes: WritesRegistry, new: Many[Model], session: SessionDep) -> Sequence[Model]:
    """Add many models, all or none; refusals name each row, field and rule."""
    return models.add_many(session, new)


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show a model")
def get_model(
    name: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> Model:
    """Show one model."""
    return tagged(response, models.get(session, name))


@router.patch(
    "/{name}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Stale),
    summary="Change a model",
)
def update_model(
    _writes: WritesRegistry,
    name: Identifier,
    change: ModelChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Model:
    """Change what is given; renaming keeps all data."""
    model = models.update(session, name, change, expected)
    return tagged(response, model)


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, InUse, Stale),
    summary="Delete a model",
)
def delete_model(
    _deletes: DeletesRegistry,
    name: Identifier,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a model with its scenarios; its runs stand in the way without cascade."""
    models.delete(session, name, expected, cascade=cascade)


@router.post(
    "/{name}/runs",
    status_code=202,
    responses=answers(NotFound),
    summary="Ask for a run",
)
def start_run(
    name: Identifier,
    new: NewRun,
    response: Response,
    background: BackgroundTasks,
    _writes: WritesRuns,
    session: SessionDep,
) -> Run:
    """Queue a forecast of one series; follow it at the Location.

    A run of the service `forecast` makes it: `service_run` leads to its log and its cancelling.
    """
    run = asking.forecast(session, name, new)
    hand_over(session, run.service_run, background)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run
