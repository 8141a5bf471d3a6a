"""The twin as an import reaches it: through the client, or on the worker itself."""

from collections.abc import Sequence
from typing import Protocol

from dtbase.client import Client
from dtbase.client.options import Saying
from dtbase.domain.imports.imports import NewImport
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.registry.sensors import SensorTypeChange
from dtbase.domain.registry.series import Series
from dtbase.errors import AlreadyExists
from dtbase.importing.bodies import ARROW, Body
from dtbase.importing.doubted import JSON, Doubted, content
from dtbase.importing.naming import Known, Registry
from dtbase.importing.reading import FileSeries
from dtbase.importing.registering import Additions, additions

FEW = 20
"""So many sensors are asked for one by one; for more, all series are listed."""


class Twin(Protocol):
    """What an import asks of a twin."""

    def known(self, wanted: Sequence[FileSeries]) -> Registry:
        """Return the series that there are among those that are wanted."""

    def missing(self, wanted: Sequence[FileSeries], profile: Profile) -> Additions:
        """Return what would have to be registered."""

    def register(self, new: Additions) -> None:
        """Register it."""

    def push(self, body: Body, on_conflict: str) -> IngestCounts:
        """Store readings; those whose times were moved to the start say so."""

    def set_aside(self, doubted: Sequence[Doubted]) -> IngestCounts:
        """Keep readings aside whose form is wrong."""


def registry_of(series: Sequence[Series]) -> Registry:
    return {str(each.key): Known(each.datatype, each.unit) for each in series}


class RemoteTwin:
    """A twin behind its API."""

    def __init__(self, client: Client, new: NewImport | None = None) -> None:
        """Reach it by a client; what is pushed is of an import that begins with it."""
        self._client, self._new = client, new
        self.import_id: int | None = None

    def known(self, wanted: Sequence[FileSeries]) -> Registry:
        names = sorted({each.name.partition("/")[0] for each in wanted})
        if len(names) > FEW:
            return registry_of(self._client.series.list())
        return {
            name: known
            for sensor in names
            for name, known in registry_of(self._client.series.list(sensor=sensor)).items()
        }

    def missing(self, wanted: Sequence[FileSeries], profile: Profile) -> Additions:
        client = self._client
        return additions(
            wanted,
            profile,
            client.sensors.list(),
            client.sensor_types.list(),
            client.measures.list(),
        )

    def register(self, new: Additions) -> None:
        for kind in new.types:
            self._client.sensor_types.add(kind)
        for name, more in new.wider.items():
            kind = self._client.sensor_types.get(name)
            change = SensorTypeChange(measures=(*kind.measures, *more))
            self._client.sensor_types.update(kind, change)
        for sensor in new.sensors:
            try:
                self._client.sensors.add(sensor)
            except AlreadyExists:
                continue  # somebody was faster

    def push(self, body: Body, on_conflict: str) -> IngestCounts:
        said = self._of_import()
        if body.starts:
            said["stamps"] = "start"
        return self._client.readings.push_body(body.content(), ARROW, on_conflict, **said)

    def set_aside(self, doubted: Sequence[Doubted]) -> IngestCounts:
        return self._client.readings.push_body(
            content(doubted), JSON, on_invalid="set_aside", **self._of_import()
        )

    def _of_import(self) -> Saying:
        """Say which import readings are of; it begins with the first of them."""
        if self.import_id is None and self._new is not None:
            self.import_id = self._client.imports.begin(self._new).id
        return {} if self.import_id is None else {"import_id": self.import_id}
