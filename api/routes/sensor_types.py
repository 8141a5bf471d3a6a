"""Kinds of sensors and the measures they take."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.bulk import Many
from api.cascading import Cascade
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.rebuilding import CHANGED, RebuildingDep
from api.security import DeletesRegistry, ReadsRegistry, WritesRegistry
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.names import Identifier
from dtbase.domain.registry.sensors import SensorType, SensorTypeChange, SensorTypeQuery
from dtbase.errors import AlreadyExists, InUse, NotFound, Stale
from dtbase.storage.registry import sensor_types

router = APIRouter(prefix="/sensor-types", tags=["sensor types"])


@router.get("", responses=PAGED, summary="List sensor types")
def list_sensor_types(
    wanted: Annotated[SensorTypeQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[SensorType]:
    """List the sensor types that fit, a page at a time; the Link header leads to the next page."""
    return linked(request, response, sensor_types.page(session, wanted))


@router.post(
    "", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add a sensor type"
)
def add_sensor_type(
    _writes: WritesRegistry, new: SensorType, response: Response, session: SessionDep
) -> SensorType:
    """Add a sensor type; those of its measures that are new are added with it."""
    response.headers["Location"] = f"/v1/sensor-types/{new.name}"
    return tagged(response, sensor_types.add(session, new))


@router.post(
    "/bulk", status_code=201, responses=answers(AlreadyExists), summary="Add many sensor types"
)
def add_sensor_types(
    _writes: WritesRegistry, new: Many[SensorType], session: SessionDep
) -> Sequence[SensorType]:
    """Add many sensor types, all or none; refusals name each row, field and rule."""
    return sensor_types.add_many(session, new)


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show a sensor type")
def get_sensor_type(
    name: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> SensorType:
    """Show one sensor type with its measures."""
    return tagged(response, sensor_types.get(session, name))


@router.patch(
    "/{name}",
    responses=CHANGED | answers(NotFound, AlreadyExists, Stale),
    summary="Change a sensor type",
)
def update_sensor_type(
    _writes: WritesRegistry,
    name: Identifier,
    change: SensorTypeChange,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
    rebuild: RebuildingDep,
) -> SensorType:
    """Change what is given; renaming keeps all data.

    Its sensors gain and lose series with its measures. Those with readings are in the way, unless
    an admin says cascade=true.
    """
    kind = sensor_types.update(session, name, change, expected, cascade=cascade)
    return rebuild.told(kind)


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, InUse, Stale),
    summary="Delete a sensor type",
)
def delete_sensor_type(
    _deletes: DeletesRegistry,
    name: Identifier,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a sensor type; its sensors stand in the way without cascade."""
    sensor_types.delete(session, name, expected, cascade=cascade)
