"""Readings that are set aside: kept as they were sent, and never among the readings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dtbase.domain.readings.batches import TIME_RULE, Mask, Segment, Times
from dtbase.domain.readings.findings import describe
from dtbase.domain.readings.set_aside import Rule


@dataclass(frozen=True)
class Aside:
    """Readings of one series that break one rule; without an id where no such series is there.

    `sent_times` are texts that are no times; `why` says what is wrong with the form.
    """

    series_id: int | None
    sensor: str
    measure: str
    rule: Rule
    raw: Sequence[str]
    times: Times | None = None
    sent_times: Sequence[str] | None = None
    why: str | None = None

    def __len__(self) -> int:
        return len(self.raw)


def aside_of(
    series_id: int | None, segment: Segment, rule: Rule, places: Mask, why: str | None = None
) -> Aside:
    """Set some readings of a segment aside."""
    times = segment.times[places]
    absurd = why == TIME_RULE  # which PostgreSQL may not be able to hold
    return Aside(
        series_id=series_id,
        sensor=storable(segment.sensor),
        measure=storable(segment.measure),
        rule=rule,
        raw=[raw_of(value) for value in segment.values[places].tolist()],
        times=None if absurd else times,
        sent_times=[describe(time) for time in times] if absurd else None,
        why=why,
    )


def raw_of(value: Any) -> str:
    """Write a value as it was sent."""
    if value is None:
        return "null"
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return storable(str(value))


def storable(text: str) -> str:
    """Return a text without NUL, which PostgreSQL cannot hold."""
    return text.replace("\0", "␀")


def never_taken_in(aside: Aside, why: str) -> Aside:
    """Keep readings aside for good, without times, as they mean something else than the series."""
    times = aside.sent_times if aside.times is None else [describe(time) for time in aside.times]
    return replace(aside, times=None, sent_times=times, why=why)


def by_rule(asides: Sequence[Aside]) -> dict[str, int]:
    """Count what is set aside by rule."""
    counts: Counter[str] = Counter()
    for aside in asides:
        counts[aside.rule.value] += len(aside)
    return dict(sorted(counts.items()))
