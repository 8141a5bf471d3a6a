"""Reading columns of times: ISO 8601 with an offset, nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Mask, Times
from dtbase.domain.readings.findings import Findings, describe
from dtbase.errors import Violation

RULE = "must be an ISO 8601 time with an offset, such as 2026-01-31T12:00:00Z"
FEW = 4
"""So few times are read one by one: a column of them takes twice as long."""

MOST_TOGETHER = 100_000
"""More times are read column by column: one more list of them would be a large one."""

UTC_MICROSECONDS = pa.timestamp("us", "UTC")


def read(
    times: Sequence[object],
    series: str | Sequence[str],
    rows: NDArray[np.int64],
    findings: Findings,
) -> tuple[Times, Mask]:
    """Read times; the mask tells which could be read, the others are noted."""
    if len(times) <= FEW and None not in (few := [parse(time) for time in times]):
        return column_of(few), np.ones(len(few), dtype=bool)
    try:
        column = pc.cast(pa.array(times, pa.string()), UTC_MICROSECONDS)
        if column.null_count == 0:
            return to_numpy(column), np.ones(len(times), dtype=bool)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
        pass
    return read_one_by_one(times, series, rows, findings)


def read_together(columns: Sequence[Sequence[object]]) -> Sequence[Times] | None:
    """Read columns that are many and short in one call; None where that cannot be done."""
    ends = np.cumsum([len(column) for column in columns])
    if not len(ends) or ends[-1] > MOST_TOGETHER:
        return None
    try:
        read = pc.cast(pa.array(list(chain.from_iterable(columns)), pa.string()), UTC_MICROSECONDS)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
        return None
    return None if read.null_count else np.split(to_numpy(read), ends[:-1])


def to_numpy(column: pa.Array | pa.ChunkedArray) -> Times:
    """Return a column of times as numpy holds them: UTC, microseconds."""
    read: Times = column.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    return read


def read_one_by_one(
    times: Sequence[object],
    series: str | Sequence[str],
    rows: NDArray[np.int64],
    findings: Findings,
) -> tuple[Times, Mask]:
    """Read times slowly, to say which are wrong."""
    read_times = [parse(time) for time in times]
    for place, time in enumerate(read_times):
        if time is None:
            name = series if isinstance(series, str) else series[place]
            findings.add(
                Violation(
                    field="times",
                    series=name,
                    row=int(rows[place]),
                    value=describe(times[place]),
                    rule=RULE,
                )
            )
    column = column_of(read_times)
    return column, ~np.isnat(column)


def column_of(times: Sequence[datetime | None]) -> Times:
    """Return times in UTC as numpy holds them, NaT for those that could not be read."""
    naive = [time and time.replace(tzinfo=None) for time in times]
    return np.array(naive, dtype="datetime64[us]")


def parse(time: object) -> datetime | None:
    """Read one time as UTC, or return None."""
    if not isinstance(time, str) or "\0" in time:  # Python 3.11 reads a time that ends in NUL
        return None
    try:
        parsed = datetime.fromisoformat(time.strip())
        return parsed.astimezone(UTC) if parsed.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
