"""Sensors and their types."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.measures import Measure
from dtbase.domain.names import Identifier, Text, Title


class SensorType(Frozen):
    """A kind of sensor: the measures that each of its sensors takes."""

    name: Identifier
    description: Text | None = None
    measures: tuple[Measure, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse two measures of one name."""
        names = [measure.name for measure in self.measures]
        if len(set(names)) < len(names):
            raise ValueError("two measures of one sensor type cannot share a name")
        return self


class NewSensor(Frozen):
    """What is needed to register a sensor."""

    identifier: Identifier
    type: Identifier
    name: Title | None = None
    notes: Text | None = None
    location: Identifier | None = None


class Sensor(NewSensor):
    """A device, or a feed that behaves like one."""

    created_at: datetime
