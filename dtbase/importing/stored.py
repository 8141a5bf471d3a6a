"""A twin whose storage is at hand: what the API imports is one transaction."""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy.orm import Session

from dtbase.domain.imports.profiles import Profile
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.registry.sensors import SensorTypeChange
from dtbase.domain.registry.stamps import NOTHING_SAID, At, Said, Stamps
from dtbase.importing.bodies import Body
from dtbase.importing.doubted import Doubted, batch_of
from dtbase.importing.naming import Known, Registry
from dtbase.importing.reading import Wanted
from dtbase.importing.registering import Additions, additions
from dtbase.storage.readings import readings
from dtbase.storage.readings.readings import OnConflict, OnInvalid
from dtbase.storage.registry import measures, sensor_types, sensors, series

STARTS = Said(stamps=Stamps(at=At.START))


class StoredTwin:
    """The twin in a session; whoever asks may not write to every sensor."""

    def __init__(self, session: Session, check: Callable[[Collection[str]], None]) -> None:
        """Write through a session, what a caller may write."""
        self._session, self._check = session, check

    def known(self, wanted: Sequence[Wanted]) -> Registry:
        names = [each.name.split("/", 1) for each in wanted]
        self._check({sensor for sensor, _ in names})
        found = series.find(self._session, sorted((sensor, measure) for sensor, measure in names))
        return {
            f"{one.sensor}/{one.measure}": Known(one.datatype, one.unit) for one in found.values()
        }

    def missing(self, wanted: Sequence[Wanted], profile: Profile) -> Additions:
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
        with self._session.begin_nested():
            batch = Batch(body.numbered()).supplemented(STARTS if body.starts else NOTHING_SAID)
            return readings.write(self._session, batch, OnConflict(on_conflict))

    def set_aside(self, doubted: Sequence[Doubted]) -> IngestCounts:
        batch = batch_of(doubted)
        with self._session.begin_nested():
            return readings.write(self._session, batch, on_invalid=OnInvalid.SET_ASIDE)
