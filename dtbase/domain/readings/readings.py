"""Readings on their way out: many series, columns of values."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import SeriesKey, Value


class IngestCounts(Frozen):
    """What became of the readings of one request."""

    received: int
    inserted: int
    replaced: int
    unchanged: int
    kept: int
    set_aside: dict[str, int] = Field(
        {}, description="How many are kept aside, not among the readings, by the rule they break."
    )

    @property
    def aside(self) -> int:
        """Count what is set aside by any rule."""
        return sum(self.set_aside.values())


NOTHING = IngestCounts(received=0, inserted=0, replaced=0, unchanged=0, kept=0)


def add_up(counts: Iterable[IngestCounts]) -> IngestCounts:
    """Return the counts of several requests as those of one."""
    total: Counter[str] = Counter()
    aside: Counter[str] = Counter()
    for each in counts:
        total.update(each.model_dump(exclude={"set_aside"}))
        aside.update(each.set_aside)
    return NOTHING.model_copy(update={**total, "set_aside": dict(sorted(aside.items()))})


class Deleted(Frozen):
    """How many readings were deleted."""

    deleted: int


class SeriesValues(Frozen):
    """Columns of one series: `value` when raw, else one column for each aggregate.

    Evenly spaced times are given as start and step (seconds), others one by one.
    """

    sensor: str
    measure: str
    unit: str | None = None
    datatype: Datatype
    statistic: Statistic
    run: int | None = None
    model: str | None = None
    scenario: str | None = None
    issued_at: datetime | None = None
    count: int
    start: datetime | None = None
    step: float | None = None
    times: list[datetime] | None = None
    provisional_from: datetime | None = Field(
        None, description="From this bucket on the next reading can change what is told."
    )
    values: dict[str, list[Value | None]]

    @property
    def last_time(self) -> datetime | None:
        if self.times:
            return self.times[-1]
        if self.start is None or not self.count:
            return None
        return self.start + (self.count - 1) * timedelta(seconds=self.step or 0)

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(sensor=self.sensor, measure=self.measure)


class ReadingsAnswer(Frozen):
    """What a query found, and how: the bucket and the source it was read from."""

    start: datetime
    end: datetime
    bucket: str
    source: str
    timezone: str
    series: list[SeriesValues]


class FormulaValues(SeriesValues):
    """What a formula came to: a series that belongs to no sensor, whose measure is the formula."""

    formula: str
    of: list[str] = Field(description="The series that it is about.")
    taken_of: str = Field(description="Of what it was taken, such as the mean of each 1h.")


class FormulasAnswer(Frozen):
    """What formulas came to, in the buckets of one answer, which is like that of readings."""

    start: datetime
    end: datetime
    bucket: str
    source: str
    timezone: str
    series: list[FormulaValues]
