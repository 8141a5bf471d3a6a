"""Readings on their way in: columns of times and values, checked before anything is stored."""

import reprlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice, takewhile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.numbers import LARGEST, SIZE_RULE, SMALLEST
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.stamps import NOTHING_SAID, Said
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.errors import Invalid, Violation

Times = NDArray[np.datetime64]
Values = NDArray[Any]
Mask = NDArray[np.bool_]

FIRST_TIME = np.datetime64(EARLIEST.replace(tzinfo=None), "us")
END_OF_TIME = np.datetime64(LATEST.replace(tzinfo=None), "us")
TIME_RULE = "must lie between 1900-01-01 and 2200-01-01"
EXACT = 2**53
SHOWN = 100
LONGEST_TEXT = 10_000

RULES = {
    Datatype.FLOAT: "must be a finite number",
    Datatype.INTEGER: "must be an integer of 64 bits",
    Datatype.BOOLEAN: "must be true or false",
    Datatype.STRING: f"must be a text of at most {LONGEST_TEXT} characters without NUL",
}


class Unread(NamedTuple):
    """A reading whose form is wrong, as it was sent; without names where they could not be told."""

    sensor: str
    measure: str
    time: object
    value: object
    rule: str


@dataclass
class Findings:
    """The rules a batch breaks: the first hundred in full, all of them counted.

    `unread` are the readings that break one by themselves, and could be set aside alone.
    """

    count: int = 0
    shown: list[Violation] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def add(self, violation: Violation) -> None:
        """Note one broken rule."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(violation)

    def add_many(self, count: int, violations: Iterator[Violation]) -> None:
        """Note many, describing no more of them than are shown."""
        self.count += count
        while len(self.shown) < SHOWN and (violation := next(violations, None)) is not None:
            self.shown.append(violation)

    def lose(
        self,
        sensor: str,
        measure: str,
        times: Iterable[object],
        values: Iterable[object],
        rule: str,
    ) -> None:
        """Keep the readings whose times are noted already, as they were sent."""
        pairs = zip(times, values, strict=True)
        self.unread += [Unread(sensor, measure, time, value, rule) for time, value in pairs]

    @property
    def whole(self) -> bool:
        """Tell whether all that is noted are single readings."""
        return self.count == len(self.unread)

    def refuse(self) -> None:
        if self.count:
            first = self.shown[0]
            row = f" row {first['row']}" if "row" in first else ""
            where = f"{first.get('series', first['field'])}{row}".removeprefix("row ")
            what = f" {first['value']!r}" if "value" in first else ""
            raise Invalid(
                f"{self.count} broken rule{'s' * (self.count > 1)}, nothing was stored; "
                f"the first: {where}:{what} {first['rule']}",
                violations=self.shown,
            )


class Earliest(Findings):
    """The rules a whole file breaks, all counted: those of its first rows in full.

    They do not come in the order of rows, since each piece of a file is checked series by series.
    """

    def add(self, violation: Violation) -> None:
        """Note one broken rule."""
        self.add_many(1, iter((violation,)))

    def add_many(self, count: int, violations: Iterator[Violation]) -> None:
        """Note many, which come in the order of rows."""
        self.count += count
        new = list(takewhile(self.is_early, islice(violations, SHOWN)))
        if new:
            self.shown = sorted([*self.shown, *new], key=row_of)[:SHOWN]

    def is_early(self, violation: Violation) -> bool:
        """Tell whether a broken rule is among the first so far."""
        return len(self.shown) < SHOWN or row_of(violation) < row_of(self.shown[-1])


def row_of(violation: Violation) -> int:
    """Return the row that breaks a rule."""
    return violation["row"]


@dataclass(frozen=True)
class Segment:
    """Some readings of one series: UTC times in microseconds and values of any numpy type.

    `rows` says where each reading stood in what the user sent; `text` that values were
    written as text and must be read according to the measure's datatype; `numbers` are
    those texts as numbers, where all of them are. `said` is what the push says of them.
    """

    sensor: str
    measure: str
    times: Times
    values: Values
    rows: NDArray[np.int64]
    text: bool = False
    numbers: NDArray[np.float64] | None = None
    said: Said = NOTHING_SAID

    def __len__(self) -> int:
        return len(self.times)

    @property
    def name(self) -> str:
        """Write `sensor/measure`."""
        return f"{self.sensor}/{self.measure}"

    def take(self, places: Mask) -> "Segment":
        """Return some of the readings."""
        return Segment(
            self.sensor,
            self.measure,
            self.times[places],
            self.values[places],
            self.rows[places],
            self.text,
            None if self.numbers is None else self.numbers[places],
            self.said,
        )


@dataclass(frozen=True)
class Batch:
    """What one request or file brings, with the rules that decoding already found broken."""

    segments: tuple[Segment, ...]
    findings: Findings = field(default_factory=Findings)
    lenient: bool = False
    """Whether readings whose form is wrong are set aside; else they refuse the whole batch."""

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    def supplemented(self, said: Said) -> "Batch":
        """Return a batch of which something is said, where its parts say nothing themselves."""
        if said == NOTHING_SAID:
            return self
        parts = (
            replace(segment, said=said) if segment.said == NOTHING_SAID else segment
            for segment in self.segments
        )
        return replace(self, segments=tuple(parts))

    def leniently(self) -> "Batch":
        """Return the same, of which what is wrong in form is set aside."""
        return replace(self, lenient=True)

    @property
    def sensors(self) -> set[str]:
        """Return the sensors that it has readings of, also those that could not be read."""
        unread = {one.sensor for one in self.findings.unread if one.sensor}
        return {segment.sensor for segment in self.segments} | unread


@dataclass(frozen=True)
class Column:
    """Checked values as they are stored: numbers, exact big integers, texts."""

    value: NDArray[np.float64] | None
    whole: Values | None = None
    text: Values | None = None
    mark: NDArray[np.int16] | None = None

    def take(self, places: Mask) -> "Column":
        """Return the values at some places."""
        return Column(
            None if self.value is None else self.value[places],
            None if self.whole is None else self.whole[places],
            None if self.text is None else self.text[places],
            None if self.mark is None else self.mark[places],
        )


def outside(times: Times) -> Mask:
    """Tell which times are absurd."""
    absurd: Mask = ~((times >= FIRST_TIME) & (times < END_OF_TIME))
    return absurd


def check_kept(segment: Segment, raw_from: datetime, findings: Findings) -> None:
    """Note the readings from before the time that retention has left."""
    first = np.datetime64(raw_from.astimezone(UTC).replace(tzinfo=None), "us")
    rule = f"must not lie before {raw_from:%Y-%m-%d}: older readings have been dropped"
    note(segment, segment.times < first, "times", segment.times, rule, findings)


def check_values(segment: Segment, datatype: Datatype, findings: Findings) -> Column:
    """Return the values as the datatype stores them, noting those that do not fit it."""
    column, broken = fit(segment, datatype)
    for rule, wrong in broken:
        note(segment, wrong, "values", segment.values, rule, findings)
    return column


def fit(segment: Segment, datatype: Datatype) -> tuple[Column, list[tuple[str, Mask]]]:
    """Return the values as the datatype stores them, and which break which of its rules."""
    fits, column = CHECKS[datatype](read_values(segment, datatype))
    broken = [] if fits.all() else [(RULES[datatype], ~fits)]
    if datatype is Datatype.FLOAT and column.value is not None:
        size = np.abs(column.value)
        absurd = fits & (size > 0) & ((size < SMALLEST) | (size > LARGEST))
        if absurd.any():
            broken.append((SIZE_RULE, absurd))
    return column, broken


def note(
    segment: Segment, wrong: Mask, part: str, shown: Values, rule: str, findings: Findings
) -> None:
    """Note the readings of a segment that break a rule."""
    places = np.flatnonzero(wrong)
    if not len(places):
        return
    violations = (
        Violation(
            field=part,
            series=segment.name,
            row=int(segment.rows[place]),
            value=describe(shown[place]),
            rule=rule,
        )
        for place in places
    )
    findings.add_many(len(places), violations)


def describe(value: object) -> str:
    """Show a refused value, shortened; a time as UTC, without a fraction that is nought."""
    if isinstance(value, list | dict):
        return reprlib.repr(value)[:100]  # which does not go down a thousand levels
    if not isinstance(value, np.datetime64):
        return str(value)[:100]
    whole, _, fraction = str(value).partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"


def read_values(segment: Segment, datatype: Datatype) -> Values:
    """Return the values of a segment, read from text where they were written so."""
    if not segment.text:
        return segment.values
    if datatype is Datatype.FLOAT and segment.numbers is not None:
        return segment.numbers
    return read_text(segment.values, datatype)


def read_text(values: Iterable[object], datatype: Datatype) -> Values:
    """Read values written as text; what cannot be read stays text, and so will not fit."""
    texts = [str(value) for value in values]
    read = np.empty(len(texts), dtype=object)
    read[:] = [READERS[datatype](text) for text in texts]
    return read


def read_float(text: str) -> object:
    """Read a number, or return the text."""
    try:
        return float(text) if "_" not in text else text
    except ValueError:
        return text


def read_integer(text: str) -> object:
    try:
        return int(text) if "_" not in text else text
    except ValueError:
        return read_float(text)


def read_boolean(text: str) -> object:
    return {"true": True, "false": False}.get(text.strip().lower(), text)


READERS: dict[Datatype, Callable[[str], object]] = {
    Datatype.FLOAT: read_float,
    Datatype.INTEGER: read_integer,
    Datatype.BOOLEAN: read_boolean,
    Datatype.STRING: str,
}


def check_floats(values: Values) -> tuple[Mask, Column]:
    """Accept finite numbers, but no truth values and no text."""
    if values.dtype.kind in "fiu":
        numbers = values.astype(np.float64, copy=False)
    else:
        numbers = np.array([as_float(value) for value in values], dtype=np.float64)
    return np.isfinite(numbers), Column(numbers)


def as_float(value: object) -> float:
    """Return a number as float, anything else as NaN."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.nan


def check_integers(values: Values) -> tuple[Mask, Column]:
    """Accept integers of 64 bits, also when written as a float without fraction."""
    if values.dtype.kind == "i":
        whole = values.astype(np.int64, copy=False)
        return np.ones(len(values), dtype=bool), integer_column(whole)
    fits = np.array([is_integer(value) for value in values], dtype=bool)
    whole = np.array(
        [int(v) if fit else 0 for v, fit in zip(values, fits, strict=True)], dtype=np.int64
    )
    return fits, integer_column(whole)


def is_integer(value: object) -> bool:
    """Tell whether a value is an integer that 64 bits hold exactly."""
    if isinstance(value, bool | np.bool_):
        return False
    if isinstance(value, float | np.floating):
        return float(value).is_integer() and abs(float(value)) <= EXACT
    return isinstance(value, int | np.integer) and -(2**63) <= int(value) < 2**63


def integer_column(whole: NDArray[np.int64]) -> Column:
    """Store integers as numbers, and beside them those that a float cannot hold."""
    beyond = (whole > EXACT) | (whole < -EXACT)
    if not beyond.any():
        return Column(whole.astype(np.float64))
    exact = whole.astype(object)
    exact[~beyond] = None
    return Column(whole.astype(np.float64), whole=exact)


def check_booleans(values: Values) -> tuple[Mask, Column]:
    """Accept truth values only."""
    if values.dtype.kind == "b":
        return np.ones(len(values), dtype=bool), Column(values.astype(np.float64))
    fits = np.array([isinstance(value, bool | np.bool_) for value in values], dtype=bool)
    return fits, Column(np.where(fits, values, False).astype(np.float64))


def check_strings(values: Values) -> tuple[Mask, Column]:
    """Accept texts that PostgreSQL can hold."""
    fits = np.array([is_text(value) for value in values], dtype=bool)
    return fits, Column(None, text=np.asarray(values, dtype=object))


def is_text(value: object) -> bool:
    """Tell whether a value is a text that can be stored."""
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and "\0" not in value


CHECKS = {
    Datatype.FLOAT: check_floats,
    Datatype.INTEGER: check_integers,
    Datatype.BOOLEAN: check_booleans,
    Datatype.STRING: check_strings,
}
