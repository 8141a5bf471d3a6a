"""Local times in UTC: the hour that comes twice by the order of rows, the skipped one by a rule."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dtbase.domain.imports.profiles import Ambiguous, Skipped
from dtbase.domain.readings.batches import END_OF_TIME, FIRST_TIME, Mask
from dtbase.importing.clock import DAY, Micros

LOCAL, UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")
FIRST, END = (int(time.astype(np.int64)) for time in (FIRST_TIME, END_OF_TIME))
UNDECIDED = -1


@dataclass(frozen=True)
class Placed:
    """Times in UTC, and which of them the clocks of the zone skip or leave undecided."""

    micros: Micros
    skipped: Mask
    undecided: Mask

    @property
    def valid(self) -> Mask:
        """Tell which are in UTC."""
        return ~(self.skipped | self.undecided)


@dataclass(frozen=True)
class Both:
    """Local times in both ways in which they can be understood."""

    early: Micros
    late: Micros
    skipped: Mask

    @property
    def twice(self) -> Mask:
        """Tell which come twice."""
        twice: Mask = (self.early != self.late) & ~self.skipped
        return twice


def both(local: Micros, zone: str) -> Both:
    """Return the two instants that each local time may stand for, the earlier and the later one."""
    near = (local >= FIRST - DAY) & (local < END + DAY)  # beyond, zones are unknown
    column = pa.array(np.where(near, local, 0)).cast(LOCAL)

    def placed(ambiguous: str, nonexistent: str) -> Micros:
        column_ = pc.assume_timezone(column, zone, ambiguous=ambiguous, nonexistent=nonexistent)
        micros: Micros = column_.cast(UTC).cast(pa.int64()).to_numpy()
        return np.where(near, micros, local)

    early, late = placed("earliest", "earliest"), placed("latest", "earliest")
    skipped = placed("earliest", "latest") != early
    return Both(early, late, skipped)


def place(
    local: Micros, groups: NDArray[np.int64], zone: str, ambiguous: Ambiguous, skipped: Skipped
) -> Placed:
    """Place local times in a zone; rows of one group are in the order in which they were logged."""
    ways = both(local, zone)
    micros = ways.late if ambiguous == "latest" else ways.early
    undecided = np.zeros(len(local), dtype=bool)
    if ambiguous == "refuse":
        undecided = ways.twice
    elif ambiguous == "order" and ways.twice.any():
        passes = in_order(local, ways.twice, groups)
        micros = np.where(passes == 1, ways.late, ways.early)
        undecided = passes == UNDECIDED
    wrong = ways.skipped
    if skipped != "refuse" and wrong.any():
        micros = np.where(wrong, by_rule(local, ways.early, zone, skipped), micros)
        wrong = np.zeros(len(local), dtype=bool)
    return Placed(micros, wrong, undecided)


def by_rule(local: Micros, change: Micros, zone: str, skipped: Skipped) -> Micros:
    """Place times that the clocks skip by the offset before the change, or by that after it.

    `change` is the moment of the change for them, a moment less or more.
    """
    aside = change + (-DAY // 24 if skipped == "before" else DAY // 24)
    clocks = pc.local_timestamp(pa.array(aside).cast(UTC).cast(pa.timestamp("us", zone)))
    offset: Micros = clocks.cast(pa.int64()).to_numpy() - aside
    return local - offset


def in_order(local: Micros, twice: Mask, groups: NDArray[np.int64]) -> NDArray[np.int8]:
    """Tell for times that come twice whether each is of the first pass or of the second.

    Within a group, the second pass begins where the clock goes back; what never goes back is
    undecided, since either pass may be missing.
    """
    passes = np.zeros(len(local), dtype=np.int8)
    order = np.argsort(groups, kind="stable")
    clock, is_twice, group = local[order], twice[order], groups[order]
    found = np.zeros(len(local), dtype=np.int8)
    for start, stop in runs(clock, is_twice, group):
        found[start:stop] = passes_of(clock, group, start, stop)
    passes[order] = found
    return passes


def runs(clock: Micros, twice: Mask, group: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Return where each hour that comes twice begins and ends in a group."""
    places = np.flatnonzero(twice)
    apart = np.diff(places) > 1
    other = group[places[1:]] != group[places[:-1]]
    far = np.abs(np.diff(clock[places])) > DAY  # another year, in the next row
    cuts = np.flatnonzero(apart | other | far) + 1
    for part in np.split(places, cuts):
        if len(part):
            yield int(part[0]), int(part[-1]) + 1


def passes_of(clock: Micros, group: NDArray[np.int64], start: int, stop: int) -> NDArray[np.int8]:
    """Tell the passes of one hour that comes twice in one group."""
    passes = np.full(stop - start, UNDECIDED, dtype=np.int8)
    steps = np.diff(clock[start:stop])
    down = goes_down(clock, group, start, stop)
    back = np.flatnonzero(steps > 0 if down else steps < 0)
    if not len(back):
        back = np.flatnonzero(steps == 0)  # once an hour, the same time stands there twice
    if len(back) == 1:
        passes[: back[0] + 1], passes[back[0] + 1 :] = (1, 0) if down else (0, 1)
    return passes


def goes_down(clock: Micros, group: NDArray[np.int64], start: int, stop: int) -> bool:
    """Tell whether a group has its newest rows first, by what stands around."""
    first = start - 1 if start and group[start - 1] == group[start] else start
    last = stop if stop < len(group) and group[stop] == group[start] else stop - 1
    if first != start or last != stop - 1:
        return bool(clock[last] < clock[first])
    steps = np.diff(clock[start:stop])
    return bool((steps < 0).sum() > (steps > 0).sum())
