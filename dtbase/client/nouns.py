"""The things of the registry: list, get and add."""

from collections.abc import Sequence
from urllib.parse import quote

from dtbase.client.transport import Transport
from dtbase.domain.locations import Location
from dtbase.domain.runs import Model
from dtbase.domain.sensors import NewSensor, Sensor, SensorType
from dtbase.domain.series import LatestReading, Series


class SensorTypes:
    """Kinds of sensors."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
        self._transport = transport

    def list(self) -> Sequence[SensorType]:
        """Return every sensor type."""
        return self._transport.list_of("/v1/sensor-types", SensorType)

    def get(self, name: str) -> SensorType:
        """Return one sensor type, or raise NotFound."""
        return self._transport.get(f"/v1/sensor-types/{quote(name, safe='')}", SensorType)

    def add(self, new: SensorType) -> SensorType:
        """Add a sensor type."""
        return self._transport.post("/v1/sensor-types", SensorType, new.model_dump(mode="json"))


class Sensors:
    """Sensors."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
        self._transport = transport

    def list(self, type: str | None = None) -> Sequence[Sensor]:
        """Return every sensor, or those of one type."""
        return self._transport.list_of("/v1/sensors", Sensor, {"type": type} if type else None)

    def get(self, identifier: str) -> Sensor:
        """Return one sensor, or raise NotFound."""
        return self._transport.get(f"/v1/sensors/{quote(identifier, safe='')}", Sensor)

    def add(self, new: NewSensor) -> Sensor:
        """Add a sensor."""
        return self._transport.post("/v1/sensors", Sensor, new.model_dump(mode="json"))


class Locations:
    """Places where sensors stand."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
        self._transport = transport

    def list(self) -> Sequence[Location]:
        """Return every location."""
        return self._transport.list_of("/v1/locations", Location)

    def get(self, identifier: str) -> Location:
        """Return one location, or raise NotFound."""
        return self._transport.get(f"/v1/locations/{quote(identifier, safe='')}", Location)

    def add(self, new: Location) -> Location:
        """Add a location."""
        return self._transport.post("/v1/locations", Location, new.model_dump(mode="json"))


class SeriesCatalogue:
    """Which series there are, and the last value of each."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
        self._transport = transport

    def list(self) -> Sequence[Series]:
        """Return every series."""
        return self._transport.list_of("/v1/series", Series)

    def latest(self) -> Sequence[LatestReading]:
        """Return the last value of every series."""
        return self._transport.list_of("/v1/series/latest", LatestReading)


class Models:
    """Ways of predicting."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
        self._transport = transport

    def list(self) -> Sequence[Model]:
        """Return every model."""
        return self._transport.list_of("/v1/models", Model)
