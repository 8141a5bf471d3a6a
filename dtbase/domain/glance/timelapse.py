"""A place over time: what all series of a measure there were, and what they are forecast to be."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import AwareTime, TimeRange
from dtbase.errors import Invalid

MOST_STEPS = 1_000
MOST_VALUES = 200_000
Step = Literal["10m", "30m", "1h", "2h", "3h", "6h", "12h"]


class TimelapseQuery(Frozen):
    """Which measure, from when to when, and how far one step goes."""

    measure: Identifier
    start: AwareTime
    end: AwareTime = Field(description="It may lie ahead: then forecasts are told.")
    step: Step = Field("1h", description="How far one step goes; steps begin at whole ones in UTC.")

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a range that is none, or of too many steps."""
        if len(self.times) > MOST_STEPS:
            raise ValueError(f"may have at most {MOST_STEPS} steps; take longer ones")
        return self

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=Bucket.parse(self.step).seconds)

    @property
    def span(self) -> TimeRange:
        """Return the range in whole steps."""
        asked = TimeRange.of(self.start, self.end)
        seconds = self.length.total_seconds()
        first = asked.start.timestamp() // seconds * seconds
        last = -(-asked.end.timestamp() // seconds) * seconds
        return TimeRange.of(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC))

    @property
    def times(self) -> range:
        """Return the steps as seconds since 1970."""
        span = self.span
        return range(
            int(span.start.timestamp()),
            int(span.end.timestamp()),
            int(self.length.total_seconds()),
        )


Values = tuple[float | None, ...]


class TimelapseSeries(Frozen):
    """A series: what was measured in each step, and what is forecast."""

    sensor: str
    sensor_name: str | None
    location: str | None = Field(description="Where its sensor stands now.")
    measure: str
    unit: str | None
    statistic: Statistic
    measured: Values
    run: int | None = Field(description="The newest forecast, if there is one.")
    issued_at: datetime | None
    predicted: Values
    lower: Annotated[Values, Field(description="Of the narrowest interval.")]
    upper: Values

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(sensor=self.sensor, measure=self.measure)


class Timelapse(Frozen):
    """All series of a measure in a location, or in all of them, step by step."""

    location: str | None
    measure: str
    at: datetime = Field(description="Now, where measuring ends and forecasts begin.")
    start: datetime
    step: float = Field(description="Seconds from one step to the next.")
    steps: int
    series: tuple[TimelapseSeries, ...]


def refuse_too_much(series: int, steps: int) -> None:
    """Refuse more than a page draws."""
    if series * steps > MOST_VALUES:
        told = f"{series} series in {steps} steps are more than {MOST_VALUES} values"
        raise Invalid(f"{told}; take longer steps or a shorter range", field="step")
