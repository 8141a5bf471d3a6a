"""Storing what a run of a service yields."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.outcomes import NewOutcome
from dtbase.domain.forecasts.runs import Model
from dtbase.domain.imports.imports import ImportedBatch
from dtbase.domain.owners import Owner
from dtbase.domain.readings.batches import Batch, Segment, Times
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.readings.set_aside import Rule
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location, LocationSchema
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.stamps import Said
from dtbase.domain.services.service_runs import Written
from dtbase.errors import AlreadyExists, Invalid
from dtbase.services import ModelScenario, Once, Readings, Yielded
from dtbase.storage.forecasts import models, outcomes, scenarios
from dtbase.storage.imports import imports
from dtbase.storage.owners import register_as
from dtbase.storage.readings import readings
from dtbase.storage.readings.readings import OnConflict, OnInvalid
from dtbase.storage.registry import (
    installations,
    location_schemas,
    locations,
    measures,
    sensor_types,
    sensors,
)
from jobs.services.frames import is_frame, is_index

if TYPE_CHECKING:
    import pandas as pd

Add = Callable[[Session, Any], object]

ADD: dict[type, Add] = {
    Measure: measures.add,
    SensorType: sensor_types.add,
    LocationSchema: location_schemas.add,
    Location: locations.add,
    NewSensor: sensors.add,
    NewInstallation: installations.add,
    Model: models.add,
    ModelScenario: lambda session, new: scenarios.add(session, new.model, new.scenario),
}


UNDERSTOOD = (
    "understood are Readings, frames of readings, NewOutcome, Once, and things of the registry: "
    + ", ".join(kind.__name__ for kind in ADD)
)


class Origins:
    """The keys of a run's outcomes, in the order in which it yields them.

    A run that is tried again yields them under the same keys, so none is stored twice.
    """

    def __init__(self, service: str, run_id: int) -> None:
        self.service = service
        self.run_id = run_id
        self.count = 0

    def next(self) -> str:
        """Return the key of the next outcome."""
        self.count += 1
        return f"service-run-{self.run_id}/{self.count}"

    def of(self, key: str) -> str:
        """Return the key of an outcome that the service has named."""
        return f"service {self.service}/{key}"


def write(session: Session, things: Sequence[Yielded], origins: Origins) -> Written:
    """Store things in their order, all or none."""
    register_as(session, Owner.SERVICE)
    written = Written()
    for together, group in groupby(things, is_readings):
        if together:
            written = written.plus(write_readings(session, list(group)))
        else:
            for thing in group:
                written = written.plus(write_one(session, thing, origins))
    return written


def is_readings(thing: Yielded) -> bool:
    return isinstance(thing, Readings) or is_frame(thing)


def registers(thing: Yielded) -> bool:
    return type(thing) in ADD


def write_one(session: Session, thing: Yielded, origins: Origins) -> Written:
    """Store something other than readings as they are given one by one."""
    match thing:
        case Batch() as batch:
            return counted(readings.write(session, batch, on_invalid=on_invalid(batch)))
        case ImportedBatch() as part:
            return counted(imports.write_on(session, part, on_invalid(part.batch)))
        case NewOutcome() as outcome:
            return write_outcome(session, outcome, origins.next())
        case Once(key, outcome):
            return write_outcome(session, outcome, origins.of(key))
    if registers(thing):
        return ensure(session, thing)
    raise Invalid(f"a service cannot yield a {type(thing).__name__}; {UNDERSTOOD}")


def on_invalid(batch: Batch) -> OnInvalid:
    return OnInvalid.SET_ASIDE if batch.lenient else OnInvalid.REFUSE


def write_readings(session: Session, things: Sequence[Any]) -> Written:
    """Store readings; those that are there already change nothing."""
    found = [each for thing in things for each in readings_of(thing)]
    written = Written()
    for (keep, believed), group in groupby(found, lambda each: (each.keep, each.believed)):
        batch = Batch(tuple(segment_of(each) for each in group))
        if believed:
            on_conflict = OnConflict.KEEP if keep else OnConflict.REPLACE
            counts = readings.write(session, batch, on_conflict)
        else:
            counts = readings.keep_aside(session, batch, Rule.FAIL)
        written = written.plus(counted(counts))
    return written


def counted(counts: IngestCounts) -> Written:
    """Return what became of readings."""
    changed = counts.inserted + counts.replaced
    unchanged = counts.received - changed - counts.aside
    return Written(readings=changed, unchanged=unchanged, set_aside=counts.aside)


def readings_of(thing: "Readings | pd.DataFrame") -> Iterator[Readings]:
    """Yield the readings of each series, without a frame's gaps."""
    if isinstance(thing, Readings):
        yield thing
        return
    import pandas as pd

    if not isinstance(thing.index, pd.DatetimeIndex):
        raise Invalid("a frame needs times as index", field="frame")
    for name in thing.columns:
        key = SeriesKey.parse(str(name))
        column = thing[name].dropna()
        times = pd.DatetimeIndex(column.index)
        yield Readings(key.sensor, key.measure, times, column.to_numpy())


def segment_of(given: Readings) -> Segment:
    times = times_of(given)
    values = np.asarray(given.values)
    if values.dtype.kind in "UO":  # what is mixed stays as it was given
        values = np.empty(len(given.values), dtype=object)
        values[:] = list(given.values)
    if len(times) != len(values):
        rule = f"{len(times)} times and {len(values)} values of {given.sensor}/{given.measure}"
        raise Invalid(f"{rule}: they must be as many", field="values")
    said = Said(unit=given.unit, stamps=given.stamps)
    rows = np.arange(len(times))
    return Segment(given.sensor, given.measure, times, values, rows=rows, said=said)


def times_of(given: Readings) -> Times:
    """Return times in UTC, in microseconds, or refuse those without a zone."""
    times = given.times
    if isinstance(times, np.ndarray):
        return times.astype("datetime64[us]")
    zones = [times.tz] if is_index(times) else [time.tzinfo for time in times]
    if None in zones:
        rule = f"the times of {given.sensor}/{given.measure} must carry a time zone"
        raise Invalid(rule, field="times")
    if is_index(times):
        return np.asarray(times.tz_convert(UTC).tz_localize(None), dtype="datetime64[us]")
    naive = [time.astimezone(UTC).replace(tzinfo=None) for time in times]
    return np.array(naive, dtype="datetime64[us]")


def write_outcome(session: Session, outcome: NewOutcome, origin: str) -> Written:
    """Store a model's run unless it is stored; a model that nobody has registered is made."""
    made = Written()
    if not models.known(session, outcome.model):
        made = ensure(session, Model(name=outcome.model))
    stored = outcomes.add_once(session, outcome, origin) is not None
    return made.plus(Written(runs=int(stored)))


def ensure(session: Session, thing: Any) -> Written:
    """Make a thing of the registry unless it is there."""
    try:
        with session.begin_nested():
            ADD[type(thing)](session, thing)
    except AlreadyExists:
        return Written()
    return Written(things=1)
