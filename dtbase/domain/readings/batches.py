"""Readings on their way in: columns of times and values, checked before anything is stored."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.findings import Findings, describe
from dtbase.domain.registry.stamps import NOTHING_SAID, Said
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.errors import Violation

Times = NDArray[np.datetime64]
Values = NDArray[Any]
Mask = NDArray[np.bool_]

FIRST_TIME = np.datetime64(EARLIEST.replace(tzinfo=None), "us")
END_OF_TIME = np.datetime64(LATEST.replace(tzinfo=None), "us")
TIME_RULE = "must lie between 1900-01-01 and 2200-01-01"


@dataclass(frozen=True)
class Segment:
    """Some readings of one series: UTC times in microseconds and values of any numpy type.

    `rows` says where each reading stood in what the user sent; `text` that values were
    written as text and must be read according to the measure's datatype; `numbers` are
    those texts as numbers, where all of them are. `said` is what the push says of them.
    """

    sensor: str
    measure: str
    times: Times
    values: Values
    rows: NDArray[np.int64]
    text: bool = False
    numbers: NDArray[np.float64] | None = None
    said: Said = NOTHING_SAID

    def __len__(self) -> int:
        return len(self.times)

    @property
    def name(self) -> str:
        """Write `sensor/measure`."""
        return f"{self.sensor}/{self.measure}"

    def take(self, places: Mask) -> "Segment":
        return Segment(
            self.sensor,
            self.measure,
            self.times[places],
            self.values[places],
            self.rows[places],
            self.text,
            None if self.numbers is None else self.numbers[places],
            self.said,
        )


@dataclass(frozen=True)
class Batch:
    """What one request or file brings, with the rules that decoding already found broken."""

    segments: tuple[Segment, ...]
    findings: Findings = field(default_factory=Findings)
    lenient: bool = False
    """Whether readings whose form is wrong are set aside; else they refuse the whole batch."""

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    def supplemented(self, said: Said) -> "Batch":
        """Return a batch of which something is said, where its parts say nothing themselves."""
        if said == NOTHING_SAID:
            return self
        parts = (
            replace(segment, said=said) if segment.said == NOTHING_SAID else segment
            for segment in self.segments
        )
        return replace(self, segments=tuple(parts))

    def leniently(self) -> "Batch":
        """Return the same, of which what is wrong in form is set aside."""
        return replace(self, lenient=True)

    @property
    def sensors(self) -> set[str]:
        """Return the sensors that it has readings of, also those that could not be read."""
        unread = {one.sensor for one in self.findings.unread if one.sensor}
        return {segment.sensor for segment in self.segments} | unread


def outside(times: Times) -> Mask:
    """Tell which times are absurd."""
    absurd: Mask = ~((times >= FIRST_TIME) & (times < END_OF_TIME))
    return absurd


def check_kept(segment: Segment, raw_from: datetime, findings: Findings) -> None:
    """Note the readings from before the time that retention has left."""
    first = np.datetime64(raw_from.astimezone(UTC).replace(tzinfo=None), "us")
    rule = f"must not lie before {raw_from:%Y-%m-%d}: older readings have been dropped"
    note(segment, segment.times < first, "times", segment.times, rule, findings)


def note(
    segment: Segment, wrong: Mask, part: str, shown: Values, rule: str, findings: Findings
) -> None:
    """Note the readings of a segment that break a rule."""
    places = np.flatnonzero(wrong)
    if not len(places):
        return
    violations = (
        Violation(
            field=part,
            series=segment.name,
            row=int(segment.rows[place]),
            value=describe(shown[place]),
            rule=rule,
        )
        for place in places
    )
    findings.add_many(len(places), violations)
