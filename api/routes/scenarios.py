"""Scenarios: the circumstances under which a model is run."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.bulk import Many
from api.cascading import Cascade
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import DeletesRegistry, ReadsRegistry, WritesRegistry
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.forecasts.runs import (
    Scenario,
    ScenarioChange,
    ScenarioOfModel,
    ScenarioQuery,
    ScenariosQuery,
)
from dtbase.domain.names import Identifier
from dtbase.errors import AlreadyExists, Conflict, InUse, NotFound, Stale
from dtbase.storage.forecasts import scenarios

router = APIRouter(prefix="/models/{model}/scenarios", tags=["scenarios"])

of_all = APIRouter(prefix="/scenarios", tags=["scenarios"])


@of_all.get("", responses=PAGED, summary="List the scenarios of all models")
def list_all_scenarios(
    wanted: Annotated[ScenariosQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[ScenarioOfModel]:
    """List the scenarios of all models that fit, each with its model, a page at a time."""
    return linked(request, response, scenarios.page_of_all(session, wanted))


@router.get("", responses=PAGED | answers(NotFound), summary="List scenarios")
def list_scenarios(
    model: Identifier,
    wanted: Annotated[ScenarioQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Scenario]:
    """List the scenarios of a model that fit, a page at a time."""
    return linked(request, response, scenarios.page(session, model, wanted))


@router.post(
    "",
    status_code=201,
    responses=ADDED | answers(NotFound, AlreadyExists),
    summary="Add a scenario",
)
def add_scenario(
    model: Identifier,
    _writes: WritesRegistry,
    new: Scenario,
    response: Response,
    session: SessionDep,
) -> Scenario:
    """Add a scenario to a model."""
    response.headers["Location"] = f"/v1/models/{model}/scenarios/{new.name}"
    return tagged(response, scenarios.add(session, model, new))


@router.post(
    "/bulk",
    status_code=201,
    responses=answers(NotFound, AlreadyExists),
    summary="Add many scenarios",
)
def add_scenarios(
    model: Identifier, _writes: WritesRegistry, new: Many[Scenario], session: SessionDep
) -> Sequence[Scenario]:
    """Add many scenarios, all or none; refusals name each row, field and rule."""
    return scenarios.add_many(session, model, new)


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show a scenario")
def get_scenario(
    model: Identifier,
    name: Identifier,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Scenario:
    """Show one scenario."""
    return tagged(response, scenarios.get(session, model, name))


@router.patch(
    "/{name}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Conflict, Stale),
    summary="Change a scenario",
)
def update_scenario(
    model: Identifier,
    _writes: WritesRegistry,
    name: Identifier,
    change: ScenarioChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Scenario:
    """Change what is given; renaming keeps all data.

    The scenario `default` keeps its name, since every model has it.
    """
    scenario = scenarios.update(session, model, name, change, expected)
    return tagged(response, scenario)


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, InUse, Conflict, Stale),
    summary="Delete a scenario",
)
def delete_scenario(
    model: Identifier,
    _deletes: DeletesRegistry,
    name: Identifier,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a scenario; its runs stand in the way without cascade."""
    scenarios.delete(session, model, name, expected, cascade=cascade)
