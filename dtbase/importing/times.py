"""The times of a block of rows in UTC; those that cannot be read are noted by row."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dtbase.domain.imports.profiles import Profile, TimeColumns, written
from dtbase.domain.readings.batches import Mask, Times
from dtbase.domain.readings.findings import Findings, describe
from dtbase.errors import Invalid, Violation
from dtbase.importing import clock, zones
from dtbase.importing.clock import SECOND, Read
from dtbase.importing.tables import Block

SAY_ZONE = "say --timezone, such as --timezone Europe/London"
SKIPPED = (
    "does not exist in {zone}: the clocks skip it; say --skipped before or after, or, if the logger"
    " keeps one time all the year, a --timezone such as Etc/GMT-1 (one hour ahead of UTC)"
)
UNDECIDED = (
    "comes twice in {zone}, and the order of rows does not tell which is meant: say --ambiguous"
    " earliest or latest, or, if the logger keeps one time all the year, a --timezone such as"
    " Etc/GMT-1 (one hour ahead of UTC)"
)
TWICE = "comes twice in {zone}, say --ambiguous order, earliest or latest"
NO_OFFSET = f"has no offset from UTC: {SAY_ZONE}"
EARLY = "lies in January 1970, as seconds do that are taken for less: say --time-unit s"
END_OF_EARLY = 31 * clock.DAY


class Noting:
    """Notes rows whose time is wrong, and keeps which they are."""

    def __init__(self, block: Block, texts: pa.ChunkedArray, found: Findings) -> None:
        self.rows, self.texts, self.found = block.rows, texts, found
        self.bad: Mask = np.zeros(len(block.rows), dtype=bool)

    def note(self, wrong: Mask, rule: str) -> None:
        """Note rows that break a rule, unless they broke one before."""
        places = np.flatnonzero(wrong & ~self.bad)
        if not len(places):
            return
        self.bad[places] = True
        # Python has no date for what lies far out
        texts = pc.cast(self.texts.take(pa.array(places)), pa.string())
        violations = (
            Violation(
                field="time", row=int(self.rows[place]), value=describe(text.as_py()), rule=rule
            )
            for place, text in zip(places, texts, strict=True)
        )
        self.found.add_many(len(places), violations)


def times_of(
    block: Block, profile: Profile, groups: NDArray[np.int64], found: Findings
) -> tuple[Times, Mask]:
    """Return the times of a block in UTC, and which of its rows have one."""
    time = profile.time
    texts, read = read_columns(block, time)
    noting = Noting(block, texts, found)
    noting.note(~read.valid, rule_of(time))
    if time.epoch in {"ms", "us", "ns"}:
        noting.note((read.micros >= 0) & (read.micros < END_OF_EARLY) & read.placed, EARLY)
    local = read.valid & ~read.placed
    micros = read.micros
    if local.any():
        if time.timezone is None:
            noting.note(local, NO_OFFSET)
        else:
            micros = micros.copy()
            micros[local] = placed(noting, local, read, groups, time)
    if time.stamp == "end" and time.interval is not None:
        micros = micros - round(time.interval * SECOND)
    return micros.astype("datetime64[us]"), ~noting.bad


def placed(
    noting: Noting, local: Mask, read: Read, groups: NDArray[np.int64], time: TimeColumns
) -> NDArray[np.int64]:
    """Return local times in UTC, and note those that the zone does not have, or has twice."""
    assert time.timezone is not None
    found = zones.place(
        read.micros[local], groups[local], time.timezone, time.ambiguous, time.skipped
    )
    rule = TWICE if time.ambiguous == "refuse" else UNDECIDED
    for wrong, says in ((found.skipped, SKIPPED), (found.undecided, rule)):
        if wrong.any():
            every = np.zeros(len(local), dtype=bool)
            every[np.flatnonzero(local)[wrong]] = True
            noting.note(every, says.format(zone=time.timezone))
    return found.micros


def rule_of(time: TimeColumns) -> str:
    """Say how a time must be written."""
    if time.epoch in clock.EXCEL:
        return "must be the number of a day, as spreadsheets count them"
    if time.epoch:
        return f"must be a number of {time.epoch} since 1970"
    if time.form:
        forms = " or ".join(f"{written(form)} ({form})" for form in time.form)
        return f"must be a time such as {forms}; say --time-form for another"
    return clock.ISO_RULE


def read_columns(block: Block, time: TimeColumns) -> tuple[pa.ChunkedArray, Read]:
    """Read the columns of times, as texts or in their own type."""
    columns = [block.table[name] for name in time.columns]
    columns = [
        pc.cast(c, c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in columns
    ]
    kinds = [column.type for column in columns]
    if len(columns) == 1 and not (
        pa.types.is_string(kinds[0]) or pa.types.is_large_string(kinds[0])
    ):
        return columns[0], typed(columns[0], time)
    texts = [pc.fill_null(pc.cast(column, pa.string()), "") for column in columns]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, " ")
    return joined, clock.read_texts(joined, time.form, time.epoch)


def typed(column: pa.ChunkedArray, time: TimeColumns) -> Read:
    """Take times that have a type, as Parquet brings them."""
    kind = column.type
    read = Read(len(column))
    read.valid = pc.is_valid(column).to_numpy().copy()
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        if pa.types.is_date(kind):
            column, kind = pc.cast(column, pa.timestamp("s")), pa.timestamp("s")
        counts = pc.fill_null(pc.cast(column, pa.int64()), 0).to_numpy()
        near, micros = scaled(counts, kind.unit)
        read.micros, read.placed = micros, np.full(len(column), kind.tz is not None)
        read.valid &= near
        return read
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise Invalid(f"column {time.columns[0]} holds {kind}, which are no times", field="time")
    if time.epoch is None:
        raise Invalid(
            f"column {time.columns[0]} holds numbers: say --time-unit s, ms, us, ns or excel",
            field="time",
        )
    whole = pa.types.is_integer(kind)
    numbers = pc.fill_null(column, 0).to_numpy()
    of = clock.from_whole if whole else clock.from_floats
    read.micros, valid = of(numbers.astype(np.int64) if whole else numbers, time.epoch, read.valid)
    read.valid = valid
    read.placed[:] = time.epoch not in clock.EXCEL
    return read


def scaled(counts: NDArray[np.int64], unit: str) -> tuple[Mask, NDArray[np.int64]]:
    """Return counts of a unit as microseconds, and which of them fit."""
    if unit == "ns":
        return np.ones(len(counts), dtype=bool), counts // 1_000
    per = clock.UNITS[unit]
    near = (counts < clock.FARTHEST // per) & (counts > -(clock.FARTHEST // per))
    return near, np.where(near, counts, 0) * per
