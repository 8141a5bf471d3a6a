"""Sensors: what is measured, and where."""

from collections.abc import Sequence

from fastapi import APIRouter, Response

from api.dependencies import SessionDep
from api.security import Editor, Viewer
from dtbase.domain.sensors import NewSensor, Sensor
from dtbase.storage import sensors

router = APIRouter(prefix="/sensors", tags=["sensors"])


@router.get("", summary="List sensors")
def list_sensors(_viewer: Viewer, session: SessionDep, type: str | None = None) -> Sequence[Sensor]:
    """List every sensor, or those of one type, by identifier."""
    return sensors.list(session, type)


@router.post("", status_code=201, summary="Add a sensor")
def add_sensor(new: NewSensor, response: Response, _editor: Editor, session: SessionDep) -> Sensor:
    """Add a sensor, with one series for each measure of its type."""
    response.headers["Location"] = f"/v1/sensors/{new.identifier}"
    return sensors.add(session, new)


@router.get("/{identifier}", summary="Show a sensor")
def get_sensor(identifier: str, _viewer: Viewer, session: SessionDep) -> Sensor:
    """Show one sensor."""
    return sensors.get(session, identifier)
