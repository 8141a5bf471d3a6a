"""Noticing that a meter's stands jump by a unit's factor: kWh become Wh, and nobody says so."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dtbase.domain.readings.batches import Segment, note
from dtbase.domain.readings.declared import change_of
from dtbase.domain.readings.findings import Findings
from dtbase.domain.readings.fitting import Column
from dtbase.domain.readings.steps import Numbers, Places

FACTORS = (1_000.0, 3_600.0, 1e6, 3.6e6)
FEWEST = 0.05
"""Smaller stands than this jump by themselves."""

UP = (0.999, 1.1)
"""How far a stand may have grown meanwhile."""

DOWN = (0.999, 1.02)
OTHERS = ("Wh", "kWh", "MWh", "GWh", "J", "kJ", "MJ", "GJ", "L", "m^3", "W", "kW", "g", "kg", "t")


class Stood(NamedTuple):
    """Where a meter stood, and where it last did while it said anything but 0."""

    last: float
    counting: float


NOWHERE = Stood(np.nan, np.nan)


def note_jumps(
    segment: Segment, column: Column, unit: str, stood: Stood | None, findings: Findings
) -> None:
    """Note the stands that look as if they were in another unit than the one before them."""
    if column.value is None or not len(column.value):
        return
    order = np.argsort(segment.times, kind="stable")
    values = column.value[order]
    last, counting = stood or NOWHERE
    before = np.concatenate([[last], values[:-1]])
    for factor, jumps in jumps_in(before, counted_before(counting, values), values):
        wrong = np.zeros(len(values), dtype=bool)
        wrong[order[jumps]] = True
        other = name_of(factor, unit)
        rule = (
            f"is {factor:g} times the stand before it, as if it were in {other or 'another unit'}:"
            f" say unit={other or '…'}, or unit={unit} if it is right"
        )
        note(segment, wrong, "values", column.value, rule, findings)


def counted_before(stood: float, values: Numbers) -> Numbers:
    """Return the last stand before each that was no 0: a meter says 0 while it is restarted."""
    before = np.concatenate([[stood], values[:-1]])
    known = np.where(before == 0, -1, np.arange(len(before)))
    found: Numbers = before[np.maximum(np.maximum.accumulate(known), 0)]
    return found


def jumps_in(before: Numbers, counted: Numbers, values: Numbers) -> Iterator[tuple[float, Places]]:
    """Find the places at which values are some factor of the ones before them."""
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(np.abs(counted) >= FEWEST, values / counted, np.nan)
        shrunk = np.where(np.abs(values) >= FEWEST, before / values, np.nan)
    highest = np.fmax.accumulate(np.abs(before))
    back = np.abs(values) <= highest * UP[1]  # after a slip it stands where it stood
    for factor in FACTORS:
        up = ~back & (grown >= factor * UP[0]) & (grown <= factor * UP[1])
        down = (shrunk * DOWN[0] <= factor) & (shrunk * DOWN[1] >= factor)
        if up.any():
            yield factor, np.flatnonzero(up)
        if down.any():
            yield 1 / factor, np.flatnonzero(down)


def name_of(factor: float, unit: str) -> str | None:
    """Return a unit of which so many make one, if it is a common one."""
    for other in OTHERS:
        change = change_of(unit, other)
        if change is not None and not change[1] and np.isclose(change[0], factor):
            return other
    return None
