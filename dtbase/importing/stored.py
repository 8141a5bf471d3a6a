"""A twin whose storage is at hand: what the API imports is one transaction."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from dtbase.domain.imports.imports import NewImport
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.buckets import aware
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.registry.sensors import SensorTypeChange
from dtbase.domain.registry.stamps import NOTHING_SAID, At, Said, Stamps
from dtbase.importing.bodies import Body
from dtbase.importing.doubted import Doubted, batch_of
from dtbase.importing.naming import Known, Registry
from dtbase.importing.reading import FileSeries
from dtbase.importing.registering import Additions, additions
from dtbase.storage.imports import imports
from dtbase.storage.readings.readings import OnConflict, OnInvalid
from dtbase.storage.registry import measures, sensor_types, sensors, series

STARTS = Said(stamps=Stamps(at=At.START))


class StoredTwin:
    """The twin in a session; whoever asks may not write to every sensor."""

    def __init__(
        self, session: Session, check: Callable[[Collection[str]], None], new: NewImport
    ) -> None:
        """Write through a session, what a caller may write, as an import of its own."""
        self._session, self._check, self._new = session, check, new
        self.import_id: int | None = None
        self.sensors: set[str] = set()
        self.begins: datetime | None = None

    def known(self, wanted: Sequence[FileSeries]) -> Registry:
        names = [each.name.split("/", 1) for each in wanted]
        self._check({sensor for sensor, _ in names})
        found = series.find(self._session, sorted((sensor, measure) for sensor, measure in names))
        return {
            f"{one.sensor}/{one.measure}": Known(one.datatype, one.unit) for one in found.values()
        }

    def missing(self, wanted: Sequence[FileSeries], profile: Profile) -> Additions:
        session = self._session
        return additions(
            wanted,
            profile,
            sensors.list(session),
            sensor_types.list(session),
            measures.list(session),
        )

    def register(self, new: Additions) -> None:
        for kind in new.types:
            sensor_types.add(self._session, kind)
        for name, more in new.wider.items():
            known = sensor_types.get(self._session, name)
            change = SensorTypeChange(measures=(*known.measures, *more))
            sensor_types.update(self._session, name, change)
        for sensor in new.sensors:
            sensors.add(self._session, sensor)

    def push(self, body: Body, on_conflict: str) -> IngestCounts:
        self._note(body)
        with self._session.begin_nested():
            batch = Batch(body.numbered()).supplemented(STARTS if body.starts else NOTHING_SAID)
            return self._write(batch, OnConflict(on_conflict))

    def _note(self, body: Body) -> None:
        """Remember of which sensors there were readings, and from when on."""
        for each in body.segments:
            first = aware(each.times.min())
            self.begins = min(self.begins or first, first)
            self.sensors.add(each.sensor)

    def set_aside(self, doubted: Sequence[Doubted]) -> IngestCounts:
        with self._session.begin_nested():
            return self._write(batch_of(doubted), on_invalid=OnInvalid.SET_ASIDE)

    def _write(
        self,
        batch: Batch,
        on_conflict: OnConflict = OnConflict.REPLACE,
        on_invalid: OnInvalid = OnInvalid.REFUSE,
    ) -> IngestCounts:
        """Store readings of the import, which begins with the first of them."""
        import_id = self.import_id or imports.begin(self._session, self._new).id
        counts = imports.write(self._session, import_id, batch, on_conflict, on_invalid)
        self.import_id = import_id
        return counts
