"""What buckets of states hold: the time in each state, how often it changed, first and last."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.cuts import Cuts
from dtbase.domain.readings.queries import TIME_IN, Aggregate
from dtbase.domain.readings.steps import Numbers, Places, cut

SECONDS = 3_600.0


class States(NamedTuple):
    """States of one sensor in order of time, each by its place among their names."""

    times: Times
    codes: Places
    ends: Times
    """Until when each holds."""


class Held(NamedTuple):
    """A stretch of a bucket for which one state held."""

    place: Places
    begin: Times
    code: Places
    seconds: Numbers


def state_columns(
    aggregates: Sequence[Aggregate], names: Sequence[str], runs: Sequence[States], cuts: Cuts
) -> Columns:
    """Return the aggregates of the states of one series, and the time in each of them."""
    if not runs:
        return no_states(aggregates, names)
    labels, places = cuts.places
    held = joined([held_in(run, cuts, places) for run in runs])
    count, changes = np.zeros(len(labels)), np.zeros(len(labels))
    for run in runs:
        at, moved = readings_in(run, cuts)
        count += np.bincount(places[at], minlength=len(labels))
        changes += np.bincount(places[at], moved, minlength=len(labels))
    known = (count > 0) | (np.bincount(held.place, minlength=len(labels)) > 0)
    texts = np.array(names, dtype=object)
    values: dict[str, NDArray[Any]] = {}
    for aggregate in aggregates:
        match aggregate:
            case Aggregate.TIME:
                values |= times_in(held, names, len(labels))
            case Aggregate.CHANGES:
                values[aggregate] = changes
            case Aggregate.COUNT:
                values[aggregate] = count
            case Aggregate.FIRST | Aggregate.LAST:
                values[aggregate] = at_end(held, texts, len(labels), aggregate)
            case _:
                values[aggregate] = np.full(len(labels), np.nan)
    return Columns(labels[known], {name: column[known] for name, column in values.items()})


def no_states(aggregates: Sequence[Aggregate], names: Sequence[str]) -> Columns:
    """Return columns without any bucket."""
    columns: dict[str, NDArray[Any]] = {}
    for aggregate in aggregates:
        if aggregate is Aggregate.TIME:
            columns |= {f"{TIME_IN}{name}": np.empty(0) for name in names}
        else:
            ends = aggregate in {Aggregate.FIRST, Aggregate.LAST}
            columns[aggregate] = np.empty(0, dtype=object if ends else np.float64)
    return Columns(np.empty(0, "datetime64[us]"), columns)


def held_in(run: States, cuts: Cuts, places: Places) -> Held:
    """Cut the states of one sensor at the edges of buckets."""
    pieces = cut(run.times, run.ends, cuts.bounds)
    begin = np.maximum(run.times[pieces.step], cuts.bounds[pieces.stretch])
    return Held(places[pieces.stretch], begin, run.codes[pieces.step], seconds_of(pieces.hours))


def seconds_of(hours: Numbers) -> Numbers:
    """Return lengths in seconds, down to the microsecond."""
    return np.round(hours * SECONDS, 6) + 0.0  # which is never -0


def joined(found: Sequence[Held]) -> Held:
    """Put what was held together, in order of time."""
    place, begin, code, seconds = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.argsort(begin, kind="stable")
    return Held(place[order], begin[order], code[order], seconds[order])


def readings_in(run: States, cuts: Cuts) -> tuple[Places, Numbers]:
    """Return in which stretch each reading of a range lies, and whether the state changed by it."""
    inside = (run.times >= cuts.bounds[0]) & (run.times < cuts.bounds[-1])
    moved = np.zeros(len(run.codes))
    moved[1:] = run.codes[1:] != run.codes[:-1]
    return cuts.stretches_of(run.times), moved[inside]


def times_in(held: Held, names: Sequence[str], size: int) -> dict[str, NDArray[Any]]:
    """Return for each state how many seconds of each bucket it held."""
    return {
        f"{TIME_IN}{name}": np.bincount(
            held.place[held.code == code], held.seconds[held.code == code], size
        )
        for code, name in enumerate(names)
    }


def at_end(held: Held, names: NDArray[Any], size: int, aggregate: Aggregate) -> NDArray[Any]:
    """Return the state with which each bucket begins or ends; None where none held."""
    found = np.full(size, None, dtype=object)
    first = aggregate is Aggregate.FIRST
    order = slice(None, None, -1 if first else 1)
    found[held.place[order]] = names[held.code[order]]
    return found
