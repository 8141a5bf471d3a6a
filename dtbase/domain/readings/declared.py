"""Bringing readings into the unit of their measure, and to the starts of their intervals."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from dtbase.domain.bounds.units import known_unit, unit_registry
from dtbase.domain.readings.batches import Segment, Times, Values
from dtbase.domain.readings.buckets import aware, naive, to_utc
from dtbase.domain.readings.findings import Findings
from dtbase.domain.readings.fitting import read_values
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.stamps import Stamps
from dtbase.domain.registry.statistics import METERS, Statistic
from dtbase.domain.timeranges import zone
from dtbase.errors import Violation


def as_stored(
    segment: Segment,
    unit: str | None,
    stamps: Stamps | None,
    statistic: Statistic,
    findings: Findings,
) -> Segment:
    """Return readings in the measure's unit, at the starts of their intervals.

    A meter's stand is true at its own time, so that time stays even where it ends an interval.
    """
    said = segment.said
    placed = said.stamps or stamps
    if placed is not None and placed.back and statistic not in METERS:
        segment = replace(segment, times=starts_of(segment.times, placed))
    if said.unit is None or said.unit == unit:
        return segment
    change = change_of(said.unit, unit)
    if change is None:
        rule = f"cannot be told in {unit}" if unit else "is said of a measure that has no unit"
        broken = Violation(field="unit", series=segment.name, value=said.unit, rule=rule)
        if len(segment.rows):
            broken["row"] = int(segment.rows[0])
        findings.add(broken)
        return segment
    values = changed(read_values(segment, Datatype.FLOAT), *change)
    return replace(segment, values=values, text=False, numbers=None)


def starts_of(times: Times, stamps: Stamps) -> Times:
    """Return where intervals begin that end at some times; days of a zone may have 23 hours."""
    if stamps.timezone is None or np.isnat(times).any():
        return times - np.timedelta64(stamps.back)
    place = zone(stamps.timezone)
    ends, which = np.unique(times, return_inverse=True)
    starts = [
        to_utc(aware(end).astimezone(place).replace(tzinfo=None) - stamps.back, place)
        if EARLY < end < LATE
        else aware(EARLY)
        for end in ends
    ]
    found = np.array([naive(start) for start in starts], dtype="datetime64[us]")
    return np.where((times > EARLY) & (times < LATE), found[which], times)


EARLY, LATE = np.datetime64("1800-01-01", "us"), np.datetime64("2300-01-01", "us")
"""Beyond these no calendar is asked: such times are refused."""


@lru_cache(maxsize=1_024)
def change_of(given: str, wanted: str | None) -> tuple[float, float] | None:
    """Return by what to multiply and what to add, to come from one unit to another."""
    if wanted is None:
        return None
    registry = unit_registry()
    try:
        source, target = registry.parse_units(known_unit(given)), registry.parse_units(wanted)
        zero, one = (
            registry.Quantity(number, source).to(target).magnitude for number in (0.0, 1.0)
        )
    except Exception:
        return None
    return float(one - zero), float(zero)


def changed(values: Values, factor: float, offset: float) -> Values:
    """Return values in another unit; what is no number is left for the datatype to refuse."""
    inverse = 1 / factor
    if inverse.is_integer() and not offset:  # 12400 Wh are 12.4 kWh and no 12.4000000000001
        return each(values, lambda value: value / inverse)
    return each(values, lambda value: value * factor + offset)


def each(values: Values, change: Callable[[Any], Any]) -> Values:
    if values.dtype.kind in "iuf":
        found: Values = change(values.astype(np.float64))
        return found
    column = np.empty(len(values), dtype=object)
    column[:] = [
        change(float(value)) if type(value) in {int, float} else value for value in values.tolist()
    ]
    return column
