"""What a formula makes of the aggregates of its series; gaps stay gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.columns import Numbers, mean_direction
from dtbase.domain.values import formula_units as units
from dtbase.domain.values.formula_units import Quantity
from dtbase.domain.values.formulas import (
    Call,
    Duration,
    Formula,
    Named,
    Number,
    Operand,
    Operation,
    Part,
)

HOUR = np.timedelta64(1, "h")
REDUCED = {"sum": np.add, "min": np.minimum, "max": np.maximum}


@dataclass(frozen=True)
class Inputs:
    """The aggregates of series on one grid of buckets, beginning before the range where needed."""

    times: Times
    hours: Numbers
    """How long each bucket is."""

    first: int
    """The place at which the range begins."""

    series: Mapping[Operand, Quantity]
    hourly: "Inputs | None" = None
    """The same by the hour, where buckets are wider and a formula is taken from hours."""


def values_of(formula: Formula, inputs: Inputs) -> Quantity:
    """Return what a formula is at each bucket of the range; what is not finite is a gap."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = evaluate(formula.root, inputs)
    values = np.broadcast_to(found.values, inputs.times.shape)[inputs.first :]
    return Quantity(np.where(np.isfinite(values), values, np.nan), found.unit, formula.text)


def evaluate(part: Part, inputs: Inputs) -> Quantity:
    match part:
        case Named(operand):
            return inputs.series[operand]
        case Number(value):
            return Quantity(np.float64(value), None, part.text)  # type: ignore[arg-type]
        case Operation():
            return operate(part, [evaluate(each, inputs) for each in part.parts])
        case Call():
            return call(part, inputs).called(part.text)
    raise AssertionError(part)


def operate(part: Operation, parts: list[Quantity]) -> Quantity:
    match part.operator, parts:
        case "-", [only]:
            units.refuse_directions(parts, "turned into its negative")
            found = units.scaled(only, np.float64(-1.0))  # type: ignore[arg-type]
        case "+", [left, right]:
            found = units.add(left, right)
        case "-", [left, right]:
            found = units.subtract(left, right)
        case "*", [left, right]:
            found = units.multiply(left, right)
        case "/", [left, right]:
            found = units.divide(left, right)
        case _, [base, exponent]:
            found = units.power(base, int(exponent.values))
    return found.called(part.text)


def call(part: Call, inputs: Inputs) -> Quantity:
    match part.name, part.parts:
        case (("degree_hours" | "degree_hours_below"), _):
            return degree_hours(part, inputs)
        case "rolling_mean", (averaged, Duration(length)):
            return rolling_mean(measured(averaged, inputs), length, inputs)
        case "cumulative_sum", (only,):
            return cumulative_sum(measured(only, inputs), inputs)
        case "change_per_hour", (only,):
            return change_per_hour(measured(only, inputs), inputs)
    return of_several(part.name, [evaluate(each, inputs) for each in part.parts])


def of_several(name: str, parts: list[Quantity]) -> Quantity:
    """Return what is taken at each bucket by itself."""
    match name:
        case "mean":
            return units.mean(parts)
        case "abs":
            units.refuse_directions(parts, "taken without its sign")
            return Quantity(np.abs(parts[0].values), parts[0].unit, "")
        case "sum":
            rows = units.together(parts, "added")
        case _:
            rows = units.together(parts, "compared")
    return Quantity(REDUCED[name].reduce(rows.values), rows.unit, "")


def measured(part: Part, inputs: Inputs) -> Quantity:
    """Return a part that has a value at each bucket, or refuse a bare number."""
    found = evaluate(part, inputs)
    if found.bare:
        units.refuse(f"{part.text} is a number, where a series is wanted")
    return found


def rolling_mean(part: Quantity, window: timedelta, inputs: Inputs) -> Quantity:
    """Return the mean of the values in the window that ends with each bucket."""
    least = float(inputs.hours.min(initial=np.inf)) * 3_600
    if len(inputs.times) and window.total_seconds() < least:
        units.refuse(f"a window of {window} is shorter than the buckets; choose narrower ones")
    firsts = np.searchsorted(inputs.times, inputs.times - np.timedelta64(window), side="right")
    known = ~np.isnan(part.values)
    n = windowed(known.astype(float), firsts)
    if part.direction:
        angles = np.radians(np.where(known, part.values, 0.0))
        sines = windowed(np.sin(angles) * known, firsts)
        cosines = windowed(np.cos(angles) * known, firsts)
        values = mean_direction(sines, cosines, n)
    else:
        middle = part.values[known].mean() if known.any() else 0.0
        values = middle + windowed(np.where(known, part.values - middle, 0.0), firsts) / n
    return Quantity(np.where(known, values, np.nan), part.unit, "", part.direction)


def windowed(values: Numbers, firsts: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Numbers:
    """Return the sums of values from the first place of each window to its own."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.longdouble)])
    return np.asarray(sums[1:] - sums[firsts], dtype=float)


def cumulative_sum(part: Quantity, inputs: Inputs) -> Quantity:
    """Return what the values from the start of the range come to; gaps add nothing."""
    units.refuse_directions([part], "added")
    values = part.values.copy()
    values[: inputs.first] = np.nan
    known = ~np.isnan(values)
    sums = np.cumsum(np.where(known, values, 0.0))
    return Quantity(np.where(known, sums, np.nan), part.unit, "")


def change_per_hour(part: Quantity, inputs: Inputs) -> Quantity:
    """Return by how much an hour each value differs from that of the bucket before."""
    now = Quantity(part.values[1:], part.unit, part.text, part.direction)
    before = Quantity(part.values[:-1], part.unit, part.text, part.direction)
    changed = units.subtract(now, before)
    found = units.per_hour(changed, np.diff(inputs.times) / HOUR)
    return Quantity(np.concatenate([[np.nan], found.values]), found.unit, "")


def degree_hours(part: Call, inputs: Inputs) -> Quantity:
    """Return the degree-hours of a value above or below a number, from hours if need be."""
    fine = inputs.hourly or inputs
    base = part.parts[1]
    assert isinstance(base, Number)
    found = measured(part.parts[0], fine)
    units.refuse_directions([found], "above a number")
    above = found.values - base.value
    if part.name == "degree_hours_below":
        above = -above
    beyond = Quantity(np.where(above > 0, above, above * 0), found.unit, "")
    amounts = units.times_hours(beyond, fine.hours)
    if inputs.hourly is None:
        return amounts
    places = np.searchsorted(inputs.times, fine.times, side="right") - 1
    known = ~np.isnan(amounts.values) & (places >= 0)
    size = len(inputs.times)
    sums = np.bincount(places[known], amounts.values[known], size)
    counts = np.bincount(places[known], minlength=size)
    return Quantity(np.where(counts > 0, sums, np.nan), amounts.unit, "")
