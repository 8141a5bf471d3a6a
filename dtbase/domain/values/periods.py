"""Periods: when conditions held, how long, and what was read meanwhile."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.timeranges import AwareTime, zone
from dtbase.domain.values.conditions import LONGEST, MOST_CONDITIONS, RULE, Condition, duration
from dtbase.domain.values.stretches import Hours

MOST_PERIODS = 1_000
MOST_TRACES = 24
LONGEST_MARGIN = timedelta(days=31)


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class Table(StrEnum):
    """How a list of periods is written."""

    JSON = "json"
    CSV = "csv"


ConditionText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$")
]
DurationText = Annotated[str, StringConstraints(max_length=10, pattern=r"^[^\x00]*$")]


class PeriodsQuery(Frozen):
    """What must hold, for how long, and at which hours; the range is half-open, [start, end)."""

    condition: list[ConditionText] = Field(
        min_length=1,
        max_length=MOST_CONDITIONS,
        description=f"{RULE}. Of several all must hold at once.",
        examples=[["EWR/temperature above 30"]],
    )
    for_at_least: DurationText | None = Field(None, description="a length of time, such as 3h")
    from_hour: float = Field(0, ge=0, lt=24, description="only from this hour of the day on")
    to_hour: float = Field(24, gt=0, le=24, description="and before this one; over midnight too")
    weekday: list[Weekday] = Field([], max_length=7, description="only on these days of the week")
    timezone: str = Field("UTC", description="the IANA zone of the hours and days")
    start: AwareTime | None = Field(None, description="by default the first reading")
    end: AwareTime | None = Field(None, description="by default now")
    limit: int = Field(200, ge=1, le=MOST_PERIODS, description="the most periods to answer")
    traces: int = Field(
        0, ge=0, le=MOST_TRACES, description="of so many periods, the newest, answer the readings"
    )
    before: DurationText | None = Field(None, description="of traces: how much before, such as 3h")
    after: DurationText | None = Field(None, description="of traces: how much after")
    format: Table = Table.JSON

    @model_validator(mode="after")
    def check_hours(self) -> Self:
        """Refuse hours of which there are none."""
        if self.from_hour == self.to_hour:
            raise ValueError("from_hour and to_hour must differ")
        return self

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(Condition.parse(text) for text in dict.fromkeys(self.condition))

    @property
    def length(self) -> timedelta:
        """Return how long a period is at least."""
        return duration(self.for_at_least, "for_at_least") if self.for_at_least else timedelta()

    @property
    def hours(self) -> Hours:
        days = {list(Weekday).index(day) for day in self.weekday or Weekday}
        return Hours(self.from_hour, self.to_hour, frozenset(days), zone(self.timezone))

    @property
    def margins(self) -> tuple[timedelta, timedelta]:
        """Return how much before and after a period its traces show."""
        before, after = (
            min(duration(text, field), LONGEST_MARGIN) if text else timedelta()
            for text, field in ((self.before, "before"), (self.after, "after"))
        )
        return before, after


class Trace(Frozen):
    """The readings of the first series around a period."""

    seconds: list[float] = Field(description="Since the period began.")
    values: list[float | None]


class Period(Frozen):
    """A stretch of time in which all conditions held."""

    number: int = Field(description="Its place among all that were found, the oldest is 1.")
    start: datetime
    end: datetime
    seconds: float
    running: bool = Field(description="It reaches to the end of what is known.")
    readings: int = Field(description="Of the first series, in the period.")
    lowest: float | None
    lowest_at: datetime | None
    highest: float | None
    highest_at: datetime | None
    trace: Trace | None = None


class PeriodsAnswer(Frozen):
    """The periods that were found, the newest last, and what they come to."""

    start: datetime = Field(description="From when on was looked; retention may have left less.")
    end: datetime
    conditions: list[str]
    unit: str | None = Field(description="Of the first series.")
    count: int = Field(description="How many periods there are, also beyond the limit.")
    seconds: float = Field(description="All of them together.")
    readings: int = Field(description="How many readings were looked at.")
    periods: list[Period] = Field(description="Those that began last, within the limit.")
