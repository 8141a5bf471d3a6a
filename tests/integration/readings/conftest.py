"""What several tests of readings begin with."""

import pytest
from sqlalchemy.orm import Session

from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.storage.registry import sensor_types, sensors
from tests.integration.readings.pole import MEASURES


@pytest.fixture
def pole(session: Session) -> str:
    """Register a sensor of whose measures nothing is said."""
    sensor_types.add(session, SensorType(name="pole", measures=MEASURES))
    sensors.add(session, NewSensor(identifier="pole", type="pole"))
    return "pole"
