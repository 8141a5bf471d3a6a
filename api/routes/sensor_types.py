"""Kinds of sensors and the measures they take."""

from collections.abc import Sequence

from fastapi import APIRouter, Response

from api.dependencies import SessionDep
from api.security import Editor, Viewer
from dtbase.domain.sensors import SensorType
from dtbase.storage import sensor_types

router = APIRouter(prefix="/sensor-types", tags=["sensor types"])


@router.get("", summary="List sensor types")
def list_sensor_types(_viewer: Viewer, session: SessionDep) -> Sequence[SensorType]:
    """List every sensor type with its measures, by name."""
    return sensor_types.list(session)


@router.post("", status_code=201, summary="Add a sensor type")
def add_sensor_type(
    new: SensorType, response: Response, _editor: Editor, session: SessionDep
) -> SensorType:
    """Add a sensor type; those of its measures that are new are added with it."""
    response.headers["Location"] = f"/v1/sensor-types/{new.name}"
    return sensor_types.add(session, new)


@router.get("/{name}", summary="Show a sensor type")
def get_sensor_type(name: str, _viewer: Viewer, session: SessionDep) -> SensorType:
    """Show one sensor type with its measures."""
    return sensor_types.get(session, name)
