"""Things that tests need, made in one line."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Batch, Segment
from dtbase.domain.registry.measures import (
    Datatype,
    Measure,
    MeasureChange,
    MeasureKey,
    Statistic,
)
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.series import Value
from dtbase.storage.registry import measures, sensor_types, sensors, series
from dtbase.storage.registry.series import Resolved

MEASURES = (
    Measure(name="temperature", unit="degC"),
    Measure(name="rain", unit="mm", statistic=Statistic.TOTAL),
    Measure(name="energy", unit="kWh", statistic=Statistic.COUNTER),
    Measure(name="direction", unit="degree", statistic=Statistic.CIRCULAR),
    Measure(name="people", datatype=Datatype.INTEGER),
    Measure(name="open", datatype=Datatype.BOOLEAN),
    Measure(name="state", datatype=Datatype.STRING),
)


def add_sensor(session: Session, identifier: str | None = None) -> dict[str, Resolved]:
    """Register a sensor with one measure of every kind, and return its series by measure."""
    if not any(kind.name == "everything" for kind in sensor_types.list(session)):
        sensor_types.add(session, SensorType(name="everything", measures=MEASURES))
    name = identifier or f"s-{uuid4().hex[:12]}"
    sensors.add(session, NewSensor(identifier=name, type="everything"))
    found = series.find(session, [(name, measure.name) for measure in MEASURES])
    return {measure: one for (_, measure), one in found.items()}


def batch_of(one: Resolved, times: Iterable[datetime], values: Sequence[Value]) -> Batch:
    """Return a batch of one series."""
    naive = np.array([time.replace(tzinfo=None) for time in times], dtype="datetime64[us]")
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return Batch((Segment(one.sensor, one.measure, naive, column, np.arange(len(values))),))


def change_statistic(session: Session, measure: str, statistic: Statistic) -> None:
    """Change what the mean of a measure's values is."""
    measures.update(session, MeasureKey(name=measure), MeasureChange(statistic=statistic))
