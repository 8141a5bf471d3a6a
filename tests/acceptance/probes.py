"""A sensor of one's own beside the demo's, which reports when a test says so."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from dtbase.client import Client
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import AlreadyExists
from dtbase.local.ports import HOST
from tests.acceptance.conftest import EMAIL, Site
from tests.people import PASSWORD

HOUR = timedelta(hours=1)


def client_of(site: Site) -> Client:
    """Return a client that Ada has logged in with."""
    client = Client(f"http://{HOST}:{site.api_port}")
    client.log_in(EMAIL, PASSWORD)
    return client


def add_probe(site: Site, name: str) -> None:
    """Register a probe that fell silent between three and four hours ago."""
    with client_of(site) as client:
        with suppress(AlreadyExists):
            level = Measure(name="level", unit="m")
            client.sensor_types.add(SensorType(name="probe", measures=(level,)))
        client.sensors.add(NewSensor(identifier=name, type="probe", name=f"Well {name}"))
        last = datetime.now(UTC) - 3.5 * HOUR
        for place in range(24):
            push(client, 2.0 + place % 5 / 10, last - place * HOUR, name)


def push(client: Client, value: float, time: datetime, name: str) -> None:
    """Store one reading of the probe."""
    client.readings.push_values(f"{name}/level", [time], [value])
