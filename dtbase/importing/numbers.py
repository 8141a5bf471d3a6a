"""Numbers, truth values and texts as logs write them, whole columns at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dtbase.domain.imports.profiles import Profile
from dtbase.domain.readings.batches import Mask, Values
from dtbase.domain.registry.measures import Datatype

BLANKS = "\u00a0\u2009\u202f"
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"


@dataclass(frozen=True)
class Cells:
    """A column of cells: which hold something, which of these could be read, and what they say."""

    there: Mask
    fits: Mask
    values: Values


def nothing_said(texts: pa.ChunkedArray, profile: Profile) -> Mask:
    """Tell which cells say that there is no value."""
    words = pa.array([*{word.casefold() for word in profile.nothing}, ""], pa.string())
    lowered = pc.utf8_lower(texts)
    nothing: Mask = pc.fill_null(pc.is_in(lowered, words), True).to_numpy()
    return nothing


def read_cells(column: pa.ChunkedArray, profile: Profile, datatype: Datatype) -> Cells:
    """Read a column as a measure's datatype takes it."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return typed(column, profile, datatype)
    column = pc.cast(column, pa.string())
    if datatype in {Datatype.FLOAT, Datatype.INTEGER}:
        quick = quick_numbers(column, profile)
        if quick is not None:
            return marked(quick, profile)
    texts = pc.utf8_trim_whitespace(column)
    there = ~nothing_said(texts, profile)
    if datatype is Datatype.STRING:
        return Cells(there, np.ones(len(there), bool), as_objects(column))
    if datatype is Datatype.BOOLEAN:
        return truths(texts, there, profile)
    numbers, fits = read_numbers(texts, there, profile)
    whole = exact_integers(texts, fits & there) if datatype is Datatype.INTEGER else None
    read = marked(numbers, profile)
    return Cells(there & (read.there | ~fits), fits, numbers if whole is None else whole)


def quick_numbers(column: pa.ChunkedArray, profile: Profile) -> Values | None:
    """Return a column of plain numbers, if it is nothing else."""
    if profile.decimal == "," and pc.any(pc.match_substring(column, ".")).as_py():
        return None  # 1.204 is a thousand there
    try:
        numbers: Values = pc.cast(column, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers if np.isfinite(numbers).all() else None


def marked(numbers: Values, profile: Profile) -> Cells:
    """Leave out the numbers that stand for nothing."""
    there = np.ones(len(numbers), dtype=bool)
    if profile.nothing_values:
        there = ~np.isin(numbers, np.array(profile.nothing_values))
    return Cells(there, np.ones(len(numbers), dtype=bool), numbers)


def read_numbers(texts: pa.ChunkedArray, there: Mask, profile: Profile) -> tuple[Values, Mask]:
    """Read numbers with the profile's signs; those of another form do not fit."""
    plain = pc.replace_substring(pc.if_else(pa.array(there), texts, "0"), "\u2212", "-")
    plain, factors = without_suffixes(plain, profile)
    fits = there.copy()
    if profile.thousands:
        fits &= grouped(plain, profile)
        plain = pc.replace_substring(plain, profile.thousands, "")
        if profile.thousands in f" {BLANKS}":
            plain = pc.replace_substring_regex(plain, f"[ {BLANKS}]", "")
    if profile.decimal == ",":
        fits &= pc.invert(pc.match_substring(plain, ".")).to_numpy()
        plain = pc.replace_substring(plain, ",", ".")
    plain = pc.replace_substring_regex(plain, r"^\+", "")
    fits &= pc.match_substring_regex(plain, NUMBER).to_numpy()
    numbers: Values = pc.cast(pc.if_else(pa.array(fits), plain, "0"), pa.float64()).to_numpy()
    return numbers if factors is None else numbers * factors, fits


def without_suffixes(texts: Any, profile: Profile) -> tuple[Any, Values | None]:
    """Return texts without what stands behind their numbers, and by what that multiplies these."""
    factors: Values | None = None
    left = np.ones(len(texts), dtype=bool)
    for suffix, factor in sorted(profile.suffixes.items(), key=lambda each: -len(each[0])):
        ends = pc.ends_with(texts, suffix).to_numpy(zero_copy_only=False) & left
        if not ends.any():
            continue
        left &= ~ends
        cut = pc.utf8_rtrim_whitespace(pc.utf8_slice_codeunits(texts, 0, -len(suffix)))
        texts = pc.if_else(pa.array(ends), cut, texts)
        if factor != 1:
            factors = np.ones(len(left)) if factors is None else factors
            factors[ends] = factor
    return texts, factors


def grouped(texts: pa.ChunkedArray, profile: Profile) -> Mask:
    """Tell whether the sign of thousands parts groups of three, where it stands at all."""
    sign, point = re.escape(profile.thousands), re.escape(profile.decimal)
    if profile.thousands in f" {BLANKS}":
        sign = f"[ {BLANKS}]"
    whole = rf"^[+-]?\d{{1,3}}({sign}\d{{3}})*({point}\d*)?([eE][+-]?\d+)?$"
    without = pc.invert(pc.match_substring_regex(texts, sign))
    fits: Mask = pc.or_(without, pc.match_substring_regex(texts, whole)).to_numpy()
    return fits


def exact_integers(texts: pa.ChunkedArray, fits: Mask) -> Values | None:
    """Return integers as they are written, where a float does not hold them all."""
    kept = pc.if_else(pa.array(fits), texts, "0")
    try:
        whole: Values = pc.cast(kept, pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return whole


def truths(texts: pa.ChunkedArray, there: Mask, profile: Profile) -> Cells:
    """Read truth values by their words."""
    lowered = pc.utf8_lower(texts)

    def any_of(words: Sequence[str]) -> Mask:
        known = pa.array([word.casefold() for word in words], pa.string())
        mask: Mask = pc.fill_null(pc.is_in(lowered, known), False).to_numpy()
        return mask

    true, false = any_of(profile.true), any_of(profile.false)
    return Cells(there | true | false, true | false, true)


def as_objects(column: pa.ChunkedArray) -> Values:
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    return values


def typed(column: pa.ChunkedArray, profile: Profile, datatype: Datatype) -> Cells:
    """Take values that have a type already, as Parquet brings them."""
    kind: Any = column.type
    absent = pc.is_null(column, nan_is_null=pa.types.is_floating(kind)).to_numpy()
    if pa.types.is_decimal(kind):
        column = pc.cast(column, pa.float64())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = pc.fill_null(column, 0).to_numpy()
        if datatype is Datatype.BOOLEAN:
            truth = np.isin(numbers, (0, 1))
            return Cells(~absent, truth, numbers == 1)
        if datatype is Datatype.STRING:
            return Cells(~absent, ~absent, as_objects(pc.cast(column, pa.string())))
        read = marked(numbers, profile)
        return Cells(read.there & ~absent, read.fits, numbers)
    if pa.types.is_boolean(kind):
        truths_ = pc.fill_null(column, False).to_numpy()
        return Cells(~absent, np.full(len(absent), datatype is Datatype.BOOLEAN), truths_)
    values = np.empty(len(column), dtype=object)
    values[:] = [str(value) for value in column.to_pylist()]
    return Cells(~absent, np.zeros(len(absent), dtype=bool), values)
