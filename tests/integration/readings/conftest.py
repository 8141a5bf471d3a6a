"""What several tests of readings begin with."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from api.callers import identify
from api.key_uses import Uses
from api.remembered import Remembered
from dtbase.domain.people.keys import NewKey, Scope
from dtbase.domain.people.users import Role
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.storage.database import transaction
from dtbase.storage.people import keys
from dtbase.storage.registry import sensor_types, sensors, series
from tests.factories import add_sensor
from tests.integration.readings.pole import MEASURES
from tests.integration.readings.remembering import Device, Pushes
from tests.people import add_user, log_in


@pytest.fixture
def pole(session: Session) -> str:
    """Register a sensor of whose measures nothing is said."""
    sensor_types.add(session, SensorType(name="pole", measures=MEASURES))
    sensors.add(session, NewSensor(identifier="pole", type="pole"))
    return "pole"


@pytest.fixture
def device(own_environment: str) -> Device:
    """Register a sensor, a key that may push to it, and its owner."""
    with transaction() as session:
        add_sensor(session, "roof")
        add_user(session, "admin@example.org")
        user = add_user(session, "ed@example.org", Role.EDITOR)
        scopes = (Scope.READINGS_WRITE,)
        new = NewKey(name="roof", scopes=scopes, sensors=("roof",))
        key = keys.add(session, new, user, datetime.now(UTC)).secret
        return Device(user, log_in(session, user).access_token, key)


@pytest.fixture
def pushes(device: Device) -> Pushes:
    """Remember the device and its series."""
    remembered = Remembered()
    with transaction() as session:
        known = identify(session, [device.session, device.key], Uses())
        remembered.keep_callers(known)
        remembered.keep_series(series.find(session, [("roof", "temperature")]).values())
    return Pushes(remembered)
