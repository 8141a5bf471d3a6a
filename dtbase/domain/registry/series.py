"""Series: one measure of one sensor over time."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.registry.measures import Datatype, Options, Statistic
from dtbase.errors import Invalid

Value = float | int | bool | str


class SeriesKey(Frozen):
    """The name of a series: sensor identifier and measure name."""

    sensor: str
    measure: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sensor/measure`."""
        sensor, slash, measure = text.partition("/")
        if not (sensor and slash and measure):
            raise Invalid(f"series {text!r} is not of the form sensor/measure", field="series")
        return cls(sensor=sensor, measure=measure)

    @classmethod
    def parse_predicted(cls, text: str) -> Self:
        """Read `sensor/measure`, or the bare measure of what belongs to no sensor."""
        return cls.parse(text) if "/" in text else cls(sensor="", measure=text)

    def __str__(self) -> str:
        """Write `sensor/measure`, or the bare measure of what belongs to no sensor."""
        return f"{self.sensor}/{self.measure}" if self.sensor else self.measure


class Series(Frozen):
    """A series with all that a chart needs to label it."""

    sensor: str
    sensor_name: str | None
    sensor_type: str
    location: str | None
    measure: str
    position: int = Field(description="Which of its sensor type's measures it is, from 0.")
    unit: str | None
    datatype: Datatype
    statistic: Statistic
    options: Options | None = None

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(sensor=self.sensor, measure=self.measure)


class SeriesQuery(Page):
    """Which series to list."""

    sensor: Identifier | None = None
    measure: Identifier | None = None
    sensor_type: Identifier | None = None
    location: Identifier | None = Field(
        None, description="Those of sensors that stand there now, or in a part of it."
    )
    search: SearchText | None = Field(
        None, description="A part of the measure, or of the sensor's identifier or name."
    )
    sort: Literal["sensor", "-sensor", "measure", "-measure"] = "sensor"


class Labels(Frozen):
    """What an answer says of a series beside its values."""

    sensor: str
    measure: str
    unit: str | None
    datatype: Datatype
    statistic: Statistic
    run: int | None = None
    model: str | None = None
    scenario: str | None = None
    issued_at: datetime | None = None

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(sensor=self.sensor, measure=self.measure)


class LatestReading(Frozen):
    """The last value of a series, if it has one."""

    sensor: str
    measure: str
    time: datetime | None
    value: Value | None


def value_of(
    datatype: Datatype, value: float | None, whole: int | None, string: str | None
) -> Value | None:
    """Return a stored value as its datatype says."""
    if datatype is Datatype.STRING or value is None:
        return string
    if datatype is Datatype.BOOLEAN:
        return value != 0
    if datatype is Datatype.INTEGER:
        return int(value) if whole is None else whole
    return value
