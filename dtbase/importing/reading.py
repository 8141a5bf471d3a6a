"""A file read into readings piece by piece: all that it says, by the series of the twin."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dtbase.domain.imports import patterns
from dtbase.domain.imports.profiles import ColumnPlan, Profile
from dtbase.domain.imports.units import understood
from dtbase.domain.readings.batches import (
    END_OF_TIME,
    FIRST_TIME,
    TIME_RULE,
    Mask,
    Segment,
    Times,
    note,
)
from dtbase.domain.readings.findings import Findings, describe
from dtbase.domain.readings.fitting import RULES, check_values
from dtbase.domain.registry.measures import Datatype
from dtbase.errors import Violation
from dtbase.formats.parts import RowNumbers
from dtbase.importing import repeats, units
from dtbase.importing.blocks import sized
from dtbase.importing.doubted import Doubted
from dtbase.importing.findings import Kept, Skips
from dtbase.importing.naming import Keys, Known, Namer, Registry, keys_of
from dtbase.importing.numbers import read_cells
from dtbase.importing.repeats import Seen
from dtbase.importing.sources import Source
from dtbase.importing.tables import Block
from dtbase.importing.tally import Tally
from dtbase.importing.times import times_of

UNNAMED = "names no series: say --series '{name}=SENSOR/MEASURE' (* stands for anything)"
NUMBERS = (
    "say --decimal and --thousands if it is a number, --nothing {text!r} if it stands for no value"
)
UNKNOWN = (
    "no such sensor with such a measure is registered: say --register to make it, or name another"
    " by --column or --series"
)


@dataclass(frozen=True)
class Piece:
    """Some readings; `end` is the last row that was looked at, `position` the bytes read."""

    segments: tuple[Segment, ...]
    again: tuple[Segment, ...]
    """Readings whose time stood further above in the file."""

    first: int
    end: int
    position: int
    doubted: tuple[Doubted, ...] = ()
    """Readings whose form is wrong, where they are to be set aside."""


LOOKED_AT = 5_000
"""So many cells of a series are looked at, to tell its datatype."""


@dataclass(frozen=True)
class FileSeries:
    """A series that a file brings, before the twin is asked for it."""

    name: str
    plan: ColumnPlan
    unit: str | None
    cells: pa.ChunkedArray


Ask = Callable[[list[FileSeries]], Registry]


@dataclass
class Reader:
    """Reads a file by a profile; what breaks a rule is noted, counted and left out."""

    source: Source
    profile: Profile
    ask: Ask
    found: Findings
    tally: Tally = field(default_factory=Tally)
    size: int = 100_000
    known: dict[str, Known | None] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)

    def __post_init__(self) -> None:
        self.namer = Namer(self.profile)
        self.told: set[str] = set()
        self.lenient = False
        self.doubted: list[Doubted] = []
        self.all_told = isinstance(self.found, Skips)

    def pieces(self) -> Iterator[Piece]:
        """Read to the end, so many readings at once."""
        with closing(self.seen):
            for block in sized(self.source, self.profile, self.found, self.tally, self.size):
                yield self.read(block)

    def read(self, block: Block) -> Piece:
        """Read some rows."""
        keys = keys_of(block.table, self.profile)
        self.doubted = []
        found = Kept() if self.lenient else self.found
        times, timed = times_of(block, self.profile, keys.groups, found)
        segments, again = [], []
        names = {
            column: [self.namer.name(column, plan, texts) for texts in keys.texts]
            for column, plan in self.profile.columns.items()
        }
        self.resolve(block, keys, names)
        for column in self.profile.columns:
            for segment in self.segments(block, column, names[column], keys, times, timed):
                new, old = self.parted(segment)
                segments.append(new)
                again.append(old)
        first, end = (int(block.rows[0]), int(block.rows[-1])) if len(block.rows) else (0, 0)
        kept = tuple(each for each in segments if len(each))
        repeated = tuple(each for each in again if len(each))
        doubted = tuple(sorted(self.doubted))
        return Piece(kept, repeated, first, end, block.position, doubted)

    def parted(self, segment: Segment) -> tuple[Segment, Segment]:
        """Part the readings of times that the file had not brought yet from the others."""
        segment = repeats.once(segment, self.profile.duplicates, self.found, self.tally)
        old = self.seen.again(segment)
        self.seen.note(repeats.take(segment, ~old))
        none = repeats.take(segment, np.zeros(len(segment), dtype=bool))
        if not old.any() or self.profile.duplicates == "last":
            return segment, none
        new, repeated = repeats.take(segment, ~old), repeats.take(segment, old)
        if self.profile.duplicates == "first":
            self.tally.merged += len(repeated)
            return new, none
        if self.profile.duplicates in {"sum", "mean"}:
            self.tally.bad += len(repeated)
            note(segment, old, "times", segment.times, repeats.APART, self.found)
            return new, none
        return new, repeated

    def segments(
        self,
        block: Block,
        column: str,
        names: Sequence[str | None],
        keys: Keys,
        times: Times,
        timed: Mask,
    ) -> Iterator[Segment]:
        """Read one column, series by series."""
        plan = self.profile.columns[column]
        for datatype, groups in self.by_datatype(names).items():
            cells = read_cells(block.table[column], self.profile, datatype)
            for group in groups:
                of = rows_of(keys, group)
                there = cells.there[of]
                count = int(there.sum())
                self.tally.nothing += len(there) - count
                self.tally.readings += count
                name = names[group]
                if name is None or self.known.get(name) is None:
                    shown = "/".join(keys.texts[group].values()) or column
                    self.unknown(block.rows[of][there], name, shown)
                    continue
                good = there & cells.fits[of]
                wrong = there & ~cells.fits[of]
                if self.lenient:
                    wrong |= good & ~timed[of]
                    self.doubt(block, column, name, of, wrong, times, timed)
                else:
                    self.misfits(block, column, name, datatype, of, wrong)
                    self.tally.bad += int((good & ~timed[of]).sum())
                good &= timed[of]
                whole = len(keys.texts) == 1 and bool(good.all())
                places = of if whole else np.arange(len(timed))[of][good]
                sensor, measure = patterns.parsed(name)
                raw = Segment(
                    sensor, measure, times[places], cells.values[places], block.rows[places]
                )
                yield self.checked(self.converted(raw, column, plan, keys.texts[group]), datatype)

    def by_datatype(self, names: Sequence[str | None]) -> dict[Datatype, list[int]]:
        """Return which groups of rows have which datatype; an unknown series has texts."""
        found: dict[Datatype, list[int]] = {}
        for group, name in enumerate(names):
            known = self.known.get(name or "")
            found.setdefault(known.datatype if known else Datatype.STRING, []).append(group)
        return found

    def resolve(self, block: Block, keys: Keys, names: Mapping[str, Sequence[str | None]]) -> None:
        """Ask the twin once for all the series that are new."""
        new: dict[str, FileSeries] = {}
        for column, plan in self.profile.columns.items():
            for group, name in enumerate(names[column]):
                if name is None or name in self.known or name in new:
                    continue
                unit = self.unit_of(column, plan, keys.texts[group])
                shown = block.table[column].slice(0, LOOKED_AT)
                if len(keys.texts) > 1:
                    own = np.flatnonzero(keys.groups == group)[:LOOKED_AT]
                    shown = block.table[column].take(pa.array(own))
                new[name] = FileSeries(name, plan, unit, shown)
        if new:
            there = self.ask(list(new.values()))
            self.known.update({name: there.get(name) for name in new})

    def unit_of(self, column: str, plan: ColumnPlan, texts: Mapping[str, str]) -> str | None:
        """Return the unit in which a column is written, as far as it is said."""
        if plan.unit is not None:
            return plan.unit
        if self.profile.unit_column:
            return texts.get(self.profile.unit_column) or None
        return self.tally.units.get(column)

    def converted(
        self, segment: Segment, column: str, plan: ColumnPlan, texts: Mapping[str, str]
    ) -> Segment:
        """Return the values of a segment in the unit of its measure."""
        factor, offset = plan.factor, plan.offset
        unit, known = self.unit_of(column, plan, texts), self.known[segment.name]
        assert known is not None
        said = plan.unit is not None or (unit and understood(unit))
        if unit and known.unit and said and segment.values.dtype.kind in "fiu":
            change = units.conversion(column, unit, known.unit)
            factor, offset = change.factor * factor, change.offset + change.factor * offset
        if (factor, offset) == (1.0, 0.0) or segment.values.dtype.kind not in "fiu":
            return segment
        return replace(segment, values=segment.values * factor + offset)

    def checked(self, segment: Segment, datatype: Datatype) -> Segment:
        """Leave out what the API would refuse, and note it."""
        inside = (segment.times >= FIRST_TIME) & (segment.times < END_OF_TIME)
        if not self.lenient:
            note(segment, ~inside, "times", segment.times, TIME_RULE, self.found)
        wrong = ~inside | self.unfit(segment, datatype)
        if not wrong.any():
            return segment
        if self.lenient:
            self.add_doubted(
                Doubted(int(row), segment.name, describe(time), str(value))
                for row, time, value in zip(
                    segment.rows[wrong], segment.times[wrong], segment.values[wrong], strict=True
                )
            )
            return repeats.take(segment, ~wrong)
        self.tally.bad += int(wrong.sum())
        return repeats.take(segment, ~wrong)

    def unfit(self, segment: Segment, datatype: Datatype) -> Mask:
        """Note the values that do not fit their measure, and tell which they are."""
        own = Places()
        check_values(replace(segment, rows=np.arange(len(segment))), datatype, own)
        wrong = np.zeros(len(segment), dtype=bool)
        for violation in own.every:
            wrong[violation["row"]] = True
            if self.lenient:
                continue
            self.found.add(Violation(**{**violation, "row": int(segment.rows[violation["row"]])}))
        return wrong

    def doubt(  # noqa: PLR0913, PLR0917 - the cells of a block, and where they stand
        self,
        block: Block,
        column: str,
        name: str,
        of: slice | NDArray[np.intp],
        wrong: Mask,
        times: Times,
        timed: Mask,
    ) -> None:
        """Take readings for those that are to be set aside, as they stand in the file."""
        if not wrong.any():
            return
        places = np.arange(len(block.rows))[of][wrong]
        unit = self.changed_unit(name, column)
        found = pa.array(places)
        texts = pc.cast(block.table[column].take(found), pa.string()).to_pylist()
        columns = [block.table[each].take(found) for each in self.profile.time.columns]
        said = [pc.cast(each, pa.string()).to_pylist() for each in columns]
        self.add_doubted(
            Doubted(
                int(block.rows[place]),
                name,
                describe(times[place]) if timed[place] else " ".join(map(str, parts)),
                f"{text}{unit}",
            )
            for place, text, *parts in zip(places, texts, *said, strict=True)
        )

    def changed_unit(self, name: str, column: str) -> str:
        """Return the unit that a cell's text must carry, as its measure has another one."""
        known, unit = self.known[name], self.unit_of(column, self.profile.columns[column], {})
        plan = self.profile.columns[column]
        same = known is None or unit in {None, known.unit}
        if same and (plan.factor, plan.offset) == (1.0, 0.0):
            return ""
        return f" {unit or 'as in the file'}"

    def add_doubted(self, found: Iterable[Doubted]) -> None:
        new = list(found)
        self.doubted += new
        self.tally.doubted += len(new)

    def misfits(
        self,
        block: Block,
        column: str,
        name: str,
        datatype: Datatype,
        of: slice | NDArray[np.intp],
        wrong: Mask,
    ) -> None:
        """Note the cells that are no values of the measure's datatype."""
        if not wrong.any():
            return
        places = np.arange(len(block.rows))[of][wrong]
        self.tally.bad += len(places)
        texts = block.table[column].take(pa.array(places))
        violations = (
            Violation(
                field="values",
                series=name,
                row=int(block.rows[place]),
                value=describe(text.as_py()),
                rule=self.advice(describe(text.as_py()), datatype),
            )
            for place, text in zip(places, texts, strict=True)
        )
        self.found.add_many(len(places), violations)

    def advice(self, text: str, datatype: Datatype) -> str:
        """Say what a cell must be, and which option would read it."""
        rule = RULES[datatype]
        if datatype in {Datatype.STRING, Datatype.BOOLEAN}:
            return rule
        if (
            "," in text
            and self.profile.decimal == "."
            and text.replace(",", "").strip("+-").isdigit()
        ):
            return f"{rule}; say --decimal , if commas stand before fractions"
        if any(sign.isdigit() for sign in text):
            return f"{rule}; {NUMBERS.format(text=text)}"
        return f"{rule}; say --nothing {text!r} if it stands for no value"

    def unknown(self, rows: RowNumbers, name: str | None, shown: str) -> None:
        """Note the readings of a series that the twin does not have, the first of them in full."""
        if not len(rows):
            return
        self.tally.bad += len(rows)
        rule = UNKNOWN if name else UNNAMED.format(name=shown)
        series = name or shown
        every = (
            Violation(field="series", series=series, row=int(row), rule=rule)
            for row in (rows if self.all_told or series not in self.told else rows[:0])
        )
        self.told.add(series)
        first = every if self.all_told else islice(every, 1)
        self.found.add_many(len(rows), first)


class Places(Findings):
    """Every broken rule, by the place in a segment."""

    def __init__(self) -> None:
        super().__init__()
        self.every: list[Violation] = []

    def add_many(self, count: int, violations: Iterator[Violation]) -> None:
        """Note all of them."""
        self.count += count
        self.every.extend(violations)


def rows_of(keys: Keys, group: int) -> slice | NDArray[np.intp]:
    """Return where the rows of a group stand."""
    if len(keys.texts) == 1:
        return slice(None)
    return np.flatnonzero(keys.groups == group)
