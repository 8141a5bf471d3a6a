"""Values held against the datatype of their measure, and turned into what is stored of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.numbers import LARGEST, SIZE_RULE, SMALLEST
from dtbase.domain.readings.batches import Mask, Segment, Values, note
from dtbase.domain.readings.findings import Findings
from dtbase.domain.registry.measures import Datatype

EXACT = 2**53
LONGEST_TEXT = 10_000

RULES = {
    Datatype.FLOAT: "must be a finite number",
    Datatype.INTEGER: "must be an integer of 64 bits",
    Datatype.BOOLEAN: "must be true or false",
    Datatype.STRING: f"must be a text of at most {LONGEST_TEXT} characters without NUL",
}


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
