"""Bringing readings into the unit of their measure, and to the starts of their intervals."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from dtbase.domain.bounds.units import known_unit, unit_registry
from dtbase.domain.readings.batches import Findings, Segment, Values, read_values
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.stamps import Stamps
from dtbase.errors import Violation


def as_stored(
    segment: Segment, unit: str | None, stamps: Stamps | None, findings: Findings
) -> Segment:
    """Return readings in the measure's unit, at the starts of their intervals."""
    said = segment.said
    placed = said.stamps or stamps
    if placed is not None and placed.back:
        segment = replace(segment, times=segment.times - np.timedelta64(placed.back))
    if said.unit is None or said.unit == unit:
        return segment
    change = change_of(said.unit, unit)
    if change is None:
        rule = f"cannot be told in {unit}" if unit else "is said of a measure that has no unit"
        findings.add(Violation(field="unit", series=segment.name, value=said.unit, rule=rule))
        return segment
    values = changed(read_values(segment, Datatype.FLOAT), *change)
    return replace(segment, values=values, text=False, numbers=None)


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
