"""The whole twin at a glance: the last values, what is unusual, and how the base is doing."""

import math
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import SeriesKey, Value

HOURS = 24
"""How much of the past a sparkline shows, and how much of what is forecast."""

PATIENCE = 2.5
"""So many of its usual steps may pass before a series counts as silent."""

UNSTEADY = 1.5
"""So many times its longest step of late, where its steps are uneven, and its habitual pause."""

PAUSES = 3
"""What has paused so often of late does so as a habit."""

PAUSE = 3
"""A pause of over so many usual steps is a long one."""


class Concern(StrEnum):
    """What is unusual about a series, the gravest first."""

    SILENT = "silent"
    OUTSIDE = "outside"
    STUCK = "stuck"


class Ahead(Frozen):
    """What is forecast for the next hours."""

    run: int
    start: datetime
    step: float = Field(description="Seconds between two values.")
    values: tuple[float | None, ...]
    lower: tuple[float | None, ...] = Field(description="Of the narrowest interval.")
    upper: tuple[float | None, ...]


class SeriesNow(Frozen):
    """One series: its last value, the day behind it, and what is unusual about it."""

    sensor: str
    sensor_name: str | None
    sensor_type: str
    location: str | None
    measure: str
    unit: str | None
    datatype: Datatype
    statistic: Statistic
    time: datetime | None = Field(description="Of the last reading, if it is not too old.")
    value: Value | None
    every: float | None = Field(description="Seconds between two readings, as a rule.")
    due: datetime | None = Field(description="When it counts as silent, if nothing comes.")
    day: tuple[float | None, ...] = Field(description="The mean of each hour, the oldest first.")
    concern: Concern | None = None
    since: datetime | None = Field(None, description="Since when it is unusual.")
    lower: float | None = Field(None, description="What was foretold, if it lies outside.")
    upper: float | None = None
    ahead: Ahead | None = None

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(sensor=self.sensor, measure=self.measure)


class PlaceNow(Frozen):
    """A location, and where it stands."""

    identifier: str
    name: str
    parent: str | None


class Failure(Frozen):
    """A service whose last run failed."""

    service: str
    run: int
    at: datetime
    reason: str | None


class Due(Frozen):
    """What runs next by itself."""

    schedule: str
    service: str
    at: datetime


class Work(Frozen):
    """What is being done, what comes next, and what went wrong."""

    queued: int
    running: int
    failures: tuple[Failure, ...]
    due: tuple[Due, ...]


class Forecasting(Frozen):
    """How the models are doing."""

    series: int = Field(description="Series with a forecast that reaches into the future.")
    champions: int = Field(description="Series for which a best model is known.")
    drifting: int = Field(description="Models that no longer do what they promised.")


class Overview(Frozen):
    """The whole twin at a glance."""

    at: datetime
    first_hour: datetime = Field(description="Where the hours of all series begin.")
    places: tuple[PlaceNow, ...]
    series: tuple[SeriesNow, ...]
    readings: tuple[int, ...] = Field(description="How many readings each hour brought.")
    work: Work
    forecasting: Forecasting


class Rhythm(Frozen):
    """How often a series reports, from the steps between its last readings."""

    every: float
    longest: float

    @classmethod
    def of(cls, steps: list[float]) -> "Rhythm | None":
        """Return the rhythm of some steps; too few tell none."""
        if len(steps) < 2:  # noqa: PLR2004 - one step is a chance
            return None
        ordered = sorted(steps)
        return cls(every=ordered[len(ordered) // 2], longest=ordered[-1])

    @property
    def steady(self) -> bool:
        """Tell whether the steps are about even, so that a missing reading is one."""
        return self.longest <= 2 * self.every

    @property
    def patience(self) -> float:
        """Return after how many seconds without a reading the series is silent."""
        return (
            PATIENCE * self.every
            if self.steady
            else max(PATIENCE * self.every, UNSTEADY * self.longest)
        )


def habitual_pause(hours: Sequence[float], others: int) -> float:
    """Return for how many seconds a series pauses as a habit, while its sensor reports.

    Given are the hours in which it has readings, as seconds, the oldest first, and in how many
    another series of its sensor has some. Where its own are less than half as many, and its pauses
    are long, it is like gusts measured only while there is something to measure: then a pause is no
    sign, however long.
    """
    steps = sorted(later - earlier for earlier, later in pairwise(hours))
    if len(steps) < PAUSES:
        return 0
    pause = steps[-PAUSES]
    at_times = 2 * len(hours) < others and pause > PAUSE * steps[len(steps) // 2]
    return math.inf if at_times else pause


def reports(datatype: Datatype, rhythm: Rhythm | None) -> bool:
    """Tell whether a series reports regularly; a state that only reports changes does not."""
    if rhythm is None:
        return False
    return rhythm.steady or datatype in {Datatype.FLOAT, Datatype.INTEGER}
