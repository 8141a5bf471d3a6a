"""Noticing that a meter's stands jump by a unit's factor: kWh become Wh, and nobody says so."""

from collections.abc import Iterator

import numpy as np

from dtbase.domain.readings.batches import Column, Findings, Segment, note
from dtbase.domain.readings.declared import change_of
from dtbase.domain.readings.steps import Numbers, Places

FACTORS = (1_000.0, 3_600.0, 1e6, 3.6e6)
FEWEST = 1.0
"""Smaller stands than this jump by themselves."""

UP = (0.999, 1.1)
"""How far a stand may have grown meanwhile."""

DOWN = (0.999, 1.02)
OTHERS = ("Wh", "kWh", "MWh", "GWh", "J", "kJ", "MJ", "GJ", "L", "m^3", "W", "kW", "g", "kg", "t")


def note_jumps(
    segment: Segment, column: Column, unit: str, stood: float | None, findings: Findings
) -> None:
    """Note the stands that look as if they were in another unit than the one before them."""
    if column.value is None or not len(column.value):
        return
    order = np.argsort(segment.times, kind="stable")
    values = column.value[order]
    before = np.concatenate([[np.nan if stood is None else stood], values[:-1]])
    for factor, jumps in jumps_in(before, values):
        wrong = np.zeros(len(values), dtype=bool)
        wrong[order[jumps]] = True
        other = name_of(factor, unit)
        rule = (
            f"is {factor:g} times the stand before it, as if it were in {other or 'another unit'}:"
            f" say unit={other or '…'}, or unit={unit} if it is right"
        )
        note(segment, wrong, "values", column.value, rule, findings)


def jumps_in(before: Numbers, values: Numbers) -> Iterator[tuple[float, Places]]:
    """Find the places at which values are some factor of the ones before them."""
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(np.abs(before) >= FEWEST, values / before, np.nan)
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
