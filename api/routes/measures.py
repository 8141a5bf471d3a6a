"""Measures: what is measured, in which unit."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.bulk import Many
from api.cascading import Cascade
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.rebuilding import CHANGED, RebuildingDep
from api.security import DeletesRegistry, ReadsRegistry, WritesRegistry
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.names import Identifier
from dtbase.domain.registry.measures import Measure, MeasureChange, MeasureKey, MeasureQuery
from dtbase.errors import AlreadyExists, Conflict, InUse, NotFound, Stale
from dtbase.storage.registry import measure_deletion, measures

router = APIRouter(prefix="/measures", tags=["measures"])

SEVERAL = "Which measure of that name, if it is measured in several units; empty is no unit."


async def key(
    name: Identifier,
    unit: Annotated[
        str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description=SEVERAL)
    ] = None,
) -> MeasureKey:
    """Return which measure a request means."""
    return MeasureKey(name=name, unit=unit)


Key = Annotated[MeasureKey, Depends(key)]


@router.get("", responses=PAGED, summary="List measures")
def list_measures(
    wanted: Annotated[MeasureQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Measure]:
    """List the measures that fit, a page at a time; the Link header leads to the next page."""
    return linked(request, response, measures.page(session, wanted))


@router.post("", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add a measure")
def add_measure(
    _writes: WritesRegistry, new: Measure, response: Response, session: SessionDep
) -> Measure:
    """Add a measure; name and unit together are unique."""
    response.headers["Location"] = f"/v1/measures/{new.name}"
    return tagged(response, measures.add(session, new))


@router.post(
    "/bulk", status_code=201, responses=answers(AlreadyExists), summary="Add many measures"
)
def add_measures(
    _writes: WritesRegistry, new: Many[Measure], session: SessionDep
) -> Sequence[Measure]:
    """Add many measures, all or none; refusals name each row, field and rule."""
    return measures.add_many(session, new)


@router.get("/{name}", responses=SHOWN | answers(NotFound, Conflict), summary="Show a measure")
def get_measure(
    _reads: ReadsRegistry, which: Key, response: Response, session: SessionDep
) -> Measure:
    """Show one measure; one that is measured in several units needs the unit named."""
    return tagged(response, measures.get(session, which))


@router.patch(
    "/{name}",
    responses=CHANGED | answers(NotFound, AlreadyExists, Conflict, Stale),
    summary="Change a measure",
)
def update_measure(
    _writes: WritesRegistry,
    which: Key,
    change: MeasureChange,
    expected: IfMatch,
    session: SessionDep,
    rebuild: RebuildingDep,
    relabel: Annotated[
        bool,
        Query(description="The unit was wrong: change it and keep the stored values."),
    ] = False,
) -> Measure:
    """Change what is given; renaming keeps all data.

    With readings stored the datatype stays, and the unit unless relabel=true. A new statistic
    holds for the past too: reads are exact at once, and a run of the service `rebuild`, which the
    header Rebuild-Run names, stores the aggregates anew.
    """
    measure = measures.update(session, which, change, expected, relabel=relabel)
    return rebuild.told(measure)


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, InUse, Conflict, Stale),
    summary="Delete a measure",
)
def delete_measure(
    _deletes: DeletesRegistry,
    which: Key,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a measure; sensor types that take it and runs stand in the way without cascade."""
    measure_deletion.delete(session, which, expected, cascade=cascade)
