"""Readings of one series and time that a file brings more than once."""

from dataclasses import dataclass, field, replace
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dtbase.domain.imports.profiles import Duplicates
from dtbase.domain.readings.batches import Mask, Segment, Times, note
from dtbase.domain.readings.findings import Findings
from dtbase.importing.tally import Tally

TWICE = (
    "stands there more than once with different values; say --duplicates last, first, sum or mean"
)
APART = "stands there again, far below: sort the file by time, or say --duplicates last or first"
IN_MEMORY = 32 << 20


def once(segment: Segment, how: Duplicates, found: Findings, tally: Tally) -> Segment:
    """Return each time once, as the profile says; contradictions are noted and left out."""
    steps = np.diff(segment.times)
    if (steps > np.timedelta64(0)).all():
        return segment
    order = np.argsort(segment.times, kind="stable")
    times = segment.times[order]
    new = np.diff(times, prepend=times[:1] - np.timedelta64(1)) != np.timedelta64(0)
    if new.all():
        return segment
    starts = np.flatnonzero(new)
    which = np.cumsum(new) - 1
    values = segment.values[order]
    first = values[starts][which]
    differs = np.zeros(len(starts), dtype=bool)
    np.logical_or.at(differs, which, np.asarray(values != first, dtype=bool))
    numeric = values.dtype.kind in "fiu"
    if how in {"sum", "mean"} and numeric:
        return merged(segment, order, starts, which, how, tally)
    if how in {"refuse", "sum", "mean"}:
        wrong = np.zeros(len(order), dtype=bool)
        wrong[order] = differs[which]
        note(segment, wrong, "times", segment.times, TWICE, found)
        tally.bad += int(wrong.sum())
        starts = starts[~differs]
        tally.merged += len(order) - int(wrong.sum()) - len(starts)
        return take(segment, np.sort(order[starts]))
    ends = np.append(starts[1:], len(order)) - 1
    tally.merged += len(order) - len(starts)
    return take(segment, np.sort(order[ends if how == "last" else starts]))


def merged(
    segment: Segment,
    order: NDArray[np.intp],
    starts: NDArray[np.intp],
    which: NDArray[np.intp],
    how: Duplicates,
    tally: Tally,
) -> Segment:
    """Return the sums or means of the readings of each time."""
    weights = segment.values[order].astype(np.float64)
    sums: NDArray[np.float64] = np.bincount(which, weights=weights).astype(np.float64)
    if how == "mean":
        sums /= np.bincount(which).astype(np.float64)
    tally.merged += len(order) - len(starts)
    kept = take(segment, order[starts])
    return replace(kept, values=sums)


def take(segment: Segment, places: NDArray[np.intp] | Mask) -> Segment:
    return replace(
        segment,
        times=segment.times[places],
        values=segment.values[places],
        rows=segment.rows[places],
    )


class Run(NamedTuple):
    """The times of one series that some rows brought."""

    first: np.datetime64
    last: np.datetime64
    place: int
    size: int
    times: int


@dataclass
class Seen:
    """Every time that a file has brought so far, packed, and looked at only where ranges meet."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    _file: Any = field(default_factory=partial(SpooledTemporaryFile, IN_MEMORY))

    def again(self, segment: Segment) -> Mask:
        """Tell which readings of a segment stood further above in the file already."""
        seen = np.zeros(len(segment), dtype=bool)
        if not len(segment):
            return seen
        first, last = segment.times.min(), segment.times.max()
        for run in self.runs.get(segment.name, ()):
            if run.first <= last and run.last >= first:
                seen |= np.isin(segment.times, self._read(run))
        return seen

    def note(self, segment: Segment) -> None:
        """Remember the times of a segment."""
        if not len(segment):
            return
        times = np.sort(segment.times)
        steps = np.diff(times.astype(np.int64), prepend=0)
        packed = pa.compress(steps.tobytes(), "zstd", asbytes=True)
        self._file.seek(0, 2)
        run = Run(times[0], times[-1], self._file.tell(), len(packed), len(times))
        self._file.write(packed)
        self.runs.setdefault(segment.name, []).append(run)

    def close(self) -> None:
        self._file.close()

    def _read(self, run: Run) -> Times:
        self._file.seek(run.place)
        steps = pa.decompress(self._file.read(run.size), run.times * 8, "zstd", asbytes=True)
        times: Times = np.frombuffer(steps, np.int64).cumsum().astype("datetime64[us]")
        return times
