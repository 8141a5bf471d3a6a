"""One sensor as it is now, with the months behind it: what its page tells."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.overview import Concern
from dtbase.domain.registry.installations import Installation
from dtbase.domain.registry.sensors import Sensor
from dtbase.domain.registry.series import LatestReading, Series

DAYS = 90
"""So many days are counted, today included."""


class SensorLine(Frozen):
    """One series of a sensor; one that has never had a reading has neither day nor counts."""

    series: Series
    latest: LatestReading | None = None
    day: tuple[float | None, ...] = Field((), description="The mean of each of the last 24 hours.")
    counts: tuple[int, ...] = Field((), description="How many readings each day has.")
    every: float | None = Field(None, description="Seconds between two readings, as a rule.")
    lately: bool = Field(False, description="Whether its last reading is not too old to judge.")
    concern: Concern | None = Field(None, description="What is unusual about it, as in Overview.")
    since: datetime | None = Field(None, description="Since when it is unusual.")


class SensorNow(Frozen):
    """A sensor, its series, and where it stood."""

    at: datetime
    sensor: Sensor
    first_day: datetime = Field(description="When the first of the days that are counted begins.")
    lines: tuple[SensorLine, ...]
    stays: tuple[Installation, ...] = Field(description="The last one first.")
    aside: int = Field(0, description="How many of its readings are set aside.")
    places: Mapping[str, str] = Field(description="The names of the locations where it stood.")
