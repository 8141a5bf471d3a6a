"""Parameter sets: parameters of a service under a name."""

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
from dtbase.domain.names import Identifier
from dtbase.domain.services.services import (
    ParameterSet,
    ParameterSetChange,
    ParameterSetQuery,
    SetOfService,
    SetsQuery,
)
from dtbase.errors import AlreadyExists, InUse, NotFound, Stale
from dtbase.storage.services import parameter_sets

router = APIRouter(prefix="/services/{service}/parameter-sets", tags=["services"])

of_all = APIRouter(prefix="/parameter-sets", tags=["services"])


@of_all.get("", responses=PAGED, summary="List the parameter sets of all services")
def list_all_parameter_sets(
    wanted: Annotated[SetsQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[SetOfService]:
    """List the parameter sets of all services that fit, each with its service, a page at a time."""
    return linked(request, response, parameter_sets.page_of_all(session, wanted))


@router.get("", responses=PAGED | answers(NotFound), summary="List parameter sets")
def list_parameter_sets(
    service: Identifier,
    wanted: Annotated[ParameterSetQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[ParameterSet]:
    """List the parameter sets of a service that fit, a page at a time."""
    return linked(request, response, parameter_sets.page(session, service, wanted))


@router.post(
    "",
    status_code=201,
    responses=ADDED | answers(NotFound, AlreadyExists),
    summary="Add a parameter set",
)
def add_parameter_set(
    service: Identifier,
    _writes: WritesRegistry,
    new: ParameterSet,
    response: Response,
    session: SessionDep,
) -> ParameterSet:
    """Add a parameter set, held against the service's JSON Schema."""
    response.headers["Location"] = f"/v1/services/{service}/parameter-sets/{new.name}"
    return tagged(response, parameter_sets.add(session, service, new))


@router.post(
    "/bulk",
    status_code=201,
    responses=answers(NotFound, AlreadyExists),
    summary="Add many parameter sets",
)
def add_parameter_sets(
    service: Identifier, _writes: WritesRegistry, new: Many[ParameterSet], session: SessionDep
) -> Sequence[ParameterSet]:
    """Add many parameter sets, all or none; refusals name each row, field and rule."""
    return parameter_sets.add_many(session, service, new)


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show a parameter set")
def get_parameter_set(
    service: Identifier,
    name: Identifier,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> ParameterSet:
    """Show one parameter set."""
    return tagged(response, parameter_sets.get(session, service, name))


@router.patch(
    "/{name}",
    responses=SHOWN | answers(NotFound, AlreadyExists, Stale),
    summary="Change a parameter set",
)
def update_parameter_set(
    service: Identifier,
    _writes: WritesRegistry,
    name: Identifier,
    change: ParameterSetChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> ParameterSet:
    """Change what is given; runs that are queued keep the parameters that they were given."""
    return tagged(response, parameter_sets.update(session, service, name, change, expected))


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, InUse, Stale),
    summary="Delete a parameter set",
)
def delete_parameter_set(
    service: Identifier,
    _deletes: DeletesRegistry,
    name: Identifier,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a parameter set; schedules that use it stand in the way without cascade."""
    parameter_sets.delete(session, service, name, expected, cascade=cascade)
