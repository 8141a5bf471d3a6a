"""Sensors: what is measured, and where."""

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
from dtbase.domain.registry.installations import Installation, Replacement
from dtbase.domain.registry.sensors import NewSensor, Sensor, SensorChange, SensorQuery
from dtbase.errors import AlreadyExists, InUse, NotFound, Stale
from dtbase.storage.registry import replacing, sensors

router = APIRouter(prefix="/sensors", tags=["sensors"])


@router.get("", responses=PAGED, summary="List sensors")
def list_sensors(
    wanted: Annotated[SensorQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Sensor]:
    """List the sensors that fit, a page at a time; the Link header leads to the next page."""
    return linked(request, response, sensors.page(session, wanted))


@router.post("", status_code=201, responses=ADDED | answers(AlreadyExists), summary="Add a sensor")
def add_sensor(
    _writes: WritesRegistry, new: NewSensor, response: Response, session: SessionDep
) -> Sensor:
    """Add a sensor, with one series for each measure of its type."""
    response.headers["Location"] = f"/v1/sensors/{new.identifier}"
    return tagged(response, sensors.add(session, new))


@router.post("/bulk", status_code=201, responses=answers(AlreadyExists), summary="Add many sensors")
def add_sensors(
    _writes: WritesRegistry, new: Many[NewSensor], session: SessionDep
) -> Sequence[Sensor]:
    """Add many sensors, all or none; refusals name each row, field and rule."""
    return sensors.add_many(session, new)


@router.get("/{identifier}", responses=SHOWN | answers(NotFound), summary="Show a sensor")
def get_sensor(
    identifier: Identifier, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> Sensor:
    """Show one sensor and where it stands now."""
    return tagged(response, sensors.get(session, identifier))


@router.patch(
    "/{identifier}",
    responses=CHANGED | answers(NotFound, AlreadyExists, Stale),
    summary="Change a sensor",
)
def update_sensor(
    _writes: WritesRegistry,
    identifier: Identifier,
    change: SensorChange,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
    rebuild: RebuildingDep,
) -> Sensor:
    """Change what is given; renaming keeps all data.

    Another type adds the series that are missing. Those that it does not have are removed if
    they are empty; with readings they are in the way, unless an admin says cascade=true.
    """
    sensor = sensors.update(session, identifier, change, expected, cascade=cascade)
    return rebuild.told(sensor)


@router.post(
    "/{identifier}/replace",
    status_code=201,
    responses=answers(NotFound, AlreadyExists),
    summary="Replace a sensor",
)
def replace_sensor(
    _writes: WritesRegistry,
    identifier: Identifier,
    replacement: Replacement,
    session: SessionDep,
) -> Sequence[Installation]:
    """Let another sensor take this one's place from a time on; the place's series go on as one.

    Both installations are answered. Series of the place are called `location/measure`; of meters
    the stand with which the new one begins is no use.
    """
    return replacing.replace(session, identifier, replacement)


@router.delete(
    "/{identifier}",
    status_code=204,
    responses=answers(NotFound, InUse, Stale),
    summary="Delete a sensor",
)
def delete_sensor(
    _deletes: DeletesRegistry,
    identifier: Identifier,
    expected: IfMatch,
    cascade: Cascade,
    session: SessionDep,
) -> None:
    """Delete a sensor; its readings, predictions and runs stand in the way without cascade."""
    sensors.delete(session, identifier, expected, cascade=cascade)
