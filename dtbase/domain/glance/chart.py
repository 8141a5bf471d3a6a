"""What a chart shows, asked for in one call: measured and believed lines over one range."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from dtbase.domain.forecasts.runs import Run
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.buckets import RULE as BUCKET_RULE
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.series import LatestReading, Series, SeriesKey
from dtbase.domain.timeranges import AwareTime
from dtbase.domain.values.beliefs import AT, RULE, Belief
from dtbase.domain.values.formulas import Formula
from dtbase.errors import Invalid

MOST_LINES = 50
FORMULA = "="
LONGEST_SHIFT = 100 * 366 * 24 * 3600

POINTS = 1500
MOST_VALUES = 20_000
LONG = timedelta(days=120)
A_DAY = 1.2
FEWEST = 400


class LineName(Frozen):
    """What a line of a chart shows, as it is written: `EWR/temperature~model=arima`."""

    key: SeriesKey
    belief: Belief | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a line, or say what it must be."""
        if text.startswith(FORMULA):
            formula = Formula.parse(text[1:].strip())
            return cls(key=SeriesKey(sensor=FORMULA, measure=formula.text))
        name, *parts = text.split("~")
        sensor, slash, measure = name.partition("/")
        if not (sensor.removeprefix(AT) and slash and measure):
            raise Invalid(f"line {text!r} {RULE}", field="line")
        key = SeriesKey(sensor=sensor, measure=measure)
        line = cls(key=key, belief=Belief.parse(parts) if parts else None)
        if line.location is not None and line.belief is not None:
            raise Invalid("forecasts are of a sensor's series, not of a location", field="line")
        return line

    @property
    def location(self) -> str | None:
        """The location whose sensors it is about, each only while it stood there."""
        return self.key.sensor[1:] if self.key.sensor.startswith(AT) else None

    @property
    def formula(self) -> str | None:
        """The formula that it follows."""
        return self.key.measure if self.key.sensor == FORMULA else None

    def __str__(self) -> str:
        """Write it as it is read."""
        if self.formula is not None:
            return f"{FORMULA}{self.formula}"
        return str(self.key) if self.belief is None else f"{self.key}~{self.belief}"


LineText = Annotated[str, StringConstraints(max_length=1_001, pattern=r"^[^\x00]*$")]


class ChartQuery(Frozen):
    """Which lines, over which range; the range is half-open, [start, end)."""

    line: list[LineText] = Field(
        min_length=1,
        max_length=MOST_LINES,
        description="sensor/measure; @location/measure for all sensors that stood there, as one"
        " line; for a forecast with ~latest behind it, or ~model=, ~scenario=, ~as_of=, ~lead=,"
        " ~run=; for a formula with = before it, such as =EWR/temperature - JFK/temperature",
    )
    start: AwareTime | None = Field(None, description="By default the hour of the first reading.")
    end: AwareTime
    until_known: bool = Field(
        False, description="End where the newest forecast ends, or now, if that is before the end."
    )
    margin: float = Field(
        0, ge=0, le=2, description="How much more at both ends, as a share of the range."
    )
    bucket: str = Field("auto", description=BUCKET_RULE)
    points: int | None = Field(
        None, ge=1, le=10_000, description="The most that auto may answer; by default what suits."
    )
    aggregates: list[Aggregate] = Field(
        [Aggregate.MEAN, Aggregate.MIN, Aggregate.MAX, Aggregate.COUNT], min_length=1
    )
    timezone: str = Field("UTC", description="The IANA zone of buckets over one hour.")
    forecasts: bool = Field(
        False, description="With each series also the newest forecast of the default scenario."
    )
    shift: int | None = Field(
        None,
        ge=-LONGEST_SHIFT,
        le=LONGEST_SHIFT,
        description="Also what was measured so many seconds earlier, by the clock on the wall.",
    )


class ChartLine(Frozen):
    """One line: its series, what was measured, then and earlier, and the run that believes."""

    name: str
    series: Series
    values: SeriesValues | None = None
    earlier: SeriesValues | None = None
    latest: LatestReading | None = None
    run: Run | None = None
    predictions: SeriesValues | None = None


class Missing(Frozen):
    """A line that cannot be shown, and why."""

    name: str
    reason: str


class Chart(Frozen):
    """What there is to draw, at one resolution."""

    start: datetime
    end: datetime
    bucket: str
    timezone: str
    lines: tuple[ChartLine, ...]
    missing: tuple[Missing, ...]
    pending: tuple[Run, ...] = Field(description="Runs for these series that have not ended.")


def points_for(length: timedelta, columns: int) -> int:
    """Return how many points suit: in a long range no more than hide the days' rhythm."""
    days = length / timedelta(days=1)
    wanted = POINTS if length <= LONG else max(FEWEST, round(A_DAY * days))
    return min(wanted, POINTS, max(MOST_VALUES // max(columns, 1), 1))
