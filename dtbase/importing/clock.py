"""Times as people and loggers write them, whole columns at once."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dtbase.domain.imports.profiles import Epoch
from dtbase.domain.readings.batches import Mask
from dtbase.errors import Invalid

Micros = NDArray[np.int64]
"""Microseconds since 1970, by UTC or by a local clock."""

DAY, HOUR, MINUTE, SECOND = 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000
UNITS: Mapping[str, int] = {"s": SECOND, "ms": 1_000, "us": 1}
EXCEL = {"excel": -25_569, "excel1904": -24_107}
"""From the first day of a spreadsheet to 1970."""

FARTHEST = 2**62
UNNAMED = 99
MONTHS = (
    ("jan",), ("feb", "fév"), ("mar", "mär", "mrz", "maa"), ("apr", "avr", "abr"),
    ("may", "mai", "mei", "mag"), ("jun", "juin", "giu"), ("jul", "juil", "lug"),
    ("aug", "aoû", "ago"), ("sep", "set"), ("oct", "okt", "ott"),
    ("nov",), ("dec", "dez", "déc", "dic"),
)  # fmt: skip
NUMBER_OF = {short: number for number, names in enumerate(MONTHS, start=1) for short in names}
NAME = r"\p{L}{3,12}\.?"
BLANK = "[\\s\u00a0\u2009\u202f]"
HOURS_AND_MINUTES = r"(?P<H>\d{0,2}?)(?P<M>\d{1,2})"
"""As numbers, which begin with no 0: 5 is 00:05, and 2400 the end of a day."""

OFFSETS: Mapping[str, int] = {
    **dict.fromkeys(("UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("CET", "MEZ", "WEST"), 1), **dict.fromkeys(("CEST", "MESZ", "EET"), 2),
    "EEST": 3, "EDT": -4, **dict.fromkeys(("EST", "CDT"), -5), **dict.fromkeys(("CST", "MDT"), -6),
    **dict.fromkeys(("MST", "PDT"), -7), **dict.fromkeys(("PST", "AKDT"), -8), "AKST": -9,
    "HST": -10,
}  # fmt: skip
"""Hours before UTC by the names that Europe and North America have for them."""
CODES: Mapping[str, str] = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "j": r"(?P<j>\d{1,3})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})(?:[.,](?P<f>\d{1,9}))?",
    "f": r"(?P<f>\d{1,9})",
    "p": rf"(?P<p>[AaPp])(?:\.?{BLANK}?[Mm])?\.?",
    "b": rf"(?P<b>{NAME})",
    "B": rf"(?P<b>{NAME})",
    "a": r"\p{L}{2,12}\.?",
    "A": r"\p{L}{2,12}\.?",
    "z": r"(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})",
    "Z": r"(?P<Z>[A-Z]{2,5})",
    "*": ".*",
    "%": "%",
}
ADJACENT = re.compile(r"%[YymdjHIMS]%[YymdjHIMS]")
ALONE = re.compile(r"(?<!\S)%H%M(?!\S)")
TIGHT = {"Y": 4, "m": 2, "d": 2, "j": 3, "H": 2, "I": 2, "M": 2, "S": 2, "y": 2}
ISO = (
    "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M%z",
    "%Y-%m-%d %H:%M%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M", "%Y%m%dT%H%M%S%z", "%Y%m%dT%H%M%S", "%Y-%m-%d",
)  # fmt: skip
ISO_RULE = (
    "must be a time in ISO 8601, such as 2026-01-31 12:00, or of the form that --time-form says"
)


class Read:
    """A column of times: those with an offset in UTC, the others as a local clock showed them."""

    def __init__(self, count: int) -> None:
        self.micros: Micros = np.zeros(count, dtype=np.int64)
        self.placed: Mask = np.zeros(count, dtype=bool)
        self.valid: Mask = np.zeros(count, dtype=bool)

    def put(self, where: NDArray[np.intp], micros: Micros, placed: Mask, valid: Mask) -> None:
        """Take times that could be read for places that had none."""
        where = where[valid]
        self.micros[where], self.placed[where], self.valid[where] = (
            micros[valid],
            placed[valid],
            True,
        )


def read_texts(texts: pa.ChunkedArray, forms: Sequence[str], epoch: Epoch | None) -> Read:
    """Read texts by the forms, the first that fits; by default as ISO 8601."""
    texts = pc.utf8_trim_whitespace(pc.cast(texts, pa.string()))
    read = Read(len(texts))
    everything = np.arange(len(texts))
    if epoch is not None:
        micros, valid = from_numbers(texts, epoch)
        read.put(everything, micros, np.full(len(texts), epoch not in EXCEL), valid)
        return read
    if not forms and cast_whole(texts, read):
        return read
    for form in forms or ISO:
        left = np.flatnonzero(~read.valid)
        if not len(left):
            break
        read.put(left, *by_form(texts.take(pa.array(left)), form))
    return read


def cast_whole(texts: pa.ChunkedArray, read: Read) -> bool:
    """Read a column in one go, if every text is plain ISO 8601 of one kind."""
    for kind, placed in ((pa.timestamp("us"), False), (pa.timestamp("us", "UTC"), True)):
        try:
            column = pc.cast(texts, kind)
        except pa.ArrowInvalid:
            continue
        if column.null_count:
            return False
        read.micros = pc.cast(column, pa.int64()).to_numpy().astype(np.int64)
        read.placed[:], read.valid[:] = placed, True
        return True
    return False


@lru_cache(maxsize=256)
def expression(form: str) -> str:
    """Return the regular expression of a form, as strptime writes it."""
    parts, place = [r"^"], 0
    tight = ADJACENT.search(ALONE.sub("", form)) is not None
    while place < len(form):
        sign = form[place]
        if ALONE.match(form, place):
            parts.append(HOURS_AND_MINUTES)
            place += 3
        elif sign == "%":
            place += 1
            code = form[place : place + 1]
            if code not in CODES:
                raise Invalid(
                    f"the form {form!r} has %{code}, which is not known", field="time.form"
                )
            fixed = tight and code in TIGHT
            name = "H" if code == "I" else code
            parts.append(rf"(?P<{name}>\d{{{TIGHT[code]}}})" if fixed else CODES[code])
            if fixed and code == "S":
                parts.append(r"(?:[.,](?P<f>\d{1,9}))?")
        else:
            parts.append(f"{BLANK}+" if sign.isspace() else re.escape(sign))
        place += 1
    pattern = "".join(parts) + "$"
    if len(set(re.findall(r"\?P<(\w)>", pattern))) < pattern.count("?P<"):
        raise Invalid(f"the form {form!r} names one part twice", field="time.form")
    return pattern


def by_form(texts: pa.ChunkedArray, form: str) -> tuple[Micros, Mask, Mask]:
    """Read texts of one form: microseconds, which of them name their offset, which were read."""
    found = pc.extract_regex(texts, expression(form))
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    valid = pc.is_valid(found).to_numpy(zero_copy_only=False).copy()
    if not valid.any():
        return np.zeros(len(texts), dtype=np.int64), np.zeros_like(valid), valid
    names = [field.name for field in found.type]
    parts = dict(zip(names, found.flatten(), strict=True))
    days, fits = days_of(parts, len(texts))
    valid &= fits
    clock, fits = clock_of(parts, len(texts))
    valid &= fits
    micros = days * DAY + clock
    placed = np.zeros(len(texts), dtype=bool)
    if "z" in parts:
        shift = mapped(parts["z"], offset_of)
        micros -= shift
        placed = valid.copy()
    elif "Z" in parts:
        named = mapped(parts["Z"], lambda name: OFFSETS.get(name, UNNAMED))
        valid &= named != UNNAMED
        micros -= named * HOUR
        placed = valid.copy()
    return micros, placed, valid


def numbers(parts: Mapping[str, Any], name: str, count: int, otherwise: int = 0) -> Micros:
    """Return a part of times as numbers."""
    if name not in parts:
        return np.full(count, otherwise, dtype=np.int64)
    texts = pc.if_else(pc.equal(pc.fill_null(parts[name], ""), ""), str(otherwise), parts[name])
    read: Micros = pc.cast(texts, pa.int64()).to_numpy(zero_copy_only=False).astype(np.int64)
    return read


def days_of(parts: Mapping[str, Any], count: int) -> tuple[Micros, Mask]:
    """Return the days since 1970, and which of them there are."""
    year = numbers(parts, "Y", count, 1970)
    if "y" in parts:
        short = numbers(parts, "y", count)
        year = np.where(short < 70, 2000 + short, 1900 + short)  # noqa: PLR2004 - as strptime does
    if "j" in parts:
        day = numbers(parts, "j", count, 1)
        leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        return first_of(year, np.ones(count, np.int64)) + day - 1, (day >= 1) & (day <= 365 + leap)
    month = mapped(parts["b"], month_of) if "b" in parts else numbers(parts, "m", count, 1)
    day = numbers(parts, "d", count, 1)
    fits = (month >= 1) & (month <= 12) & (day >= 1)  # noqa: PLR2004 - of a year
    month = np.clip(month, 1, 12)
    first = first_of(year, month)
    follows = first_of(year + month // 12, month % 12 + 1)
    return first + day - 1, fits & (day <= follows - first)


def first_of(year: Micros, month: Micros) -> Micros:
    """Return the first day of months."""
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days: Micros = months.astype("datetime64[D]").astype(np.int64)
    return days


def clock_of(parts: Mapping[str, Any], count: int) -> tuple[Micros, Mask]:
    """Return the time of day; 24:00 is the end of a day."""
    hour, minute, second = (numbers(parts, name, count) for name in "HMS")
    fits = (minute < 60) & (second < 60)  # noqa: PLR2004 - of a clock
    if "p" in parts:
        after = pc.is_in(parts["p"], pa.array(["p", "P"])).to_numpy(zero_copy_only=False)
        fits &= (hour >= 1) & (hour <= 12)  # noqa: PLR2004 - of such a clock
        hour = hour % 12 + 12 * after
    fits &= (hour < 24) | ((hour == 24) & (minute == 0) & (second == 0))  # noqa: PLR2004
    fraction = np.zeros(count, np.int64)
    if "f" in parts:
        digits = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.fill_null(parts["f"], ""), 6, "0"), 0, 6)
        fraction = pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False)
    return hour * HOUR + minute * MINUTE + second * SECOND + fraction, fits


def mapped(texts: Any, number_of: Any) -> Micros:
    """Return a number for each text, each different text looked at once."""
    coded = pc.fill_null(texts, "").dictionary_encode()
    table = np.array([number_of(text) for text in coded.dictionary.to_pylist()], dtype=np.int64)
    codes: Micros = coded.indices.to_numpy(zero_copy_only=False)
    return table[codes] if len(table) else np.zeros(len(texts), np.int64)


def month_of(name: str) -> int:
    """Return the number of a month by its name, 0 for none."""
    lowered = name.casefold().rstrip(".")
    return NUMBER_OF.get(lowered[:4], NUMBER_OF.get(lowered[:3], 0))


def offset_of(text: str) -> int:
    """Return an offset from UTC in microseconds."""
    sign, digits = text[:1], text[1:].replace(":", "")
    if sign not in {"+", "-"} or not digits.isdigit():
        return 0
    size = int(digits[:2]) * HOUR + int(digits[2:] or 0) * MINUTE
    return -size if sign == "-" else size


def from_numbers(texts: pa.ChunkedArray, epoch: Epoch) -> tuple[Micros, Mask]:
    """Read numbers as times, and tell which were numbers."""
    texts = pc.replace_substring_regex(texts, r"^([+-]?\d+),(\d+)", r"\1.\2")
    numeric = pc.match_substring_regex(texts, r"^[+-]?\d{1,19}(\.\d*)?([eE][+-]?\d{1,2})?$")
    valid = pc.fill_null(numeric, False).to_numpy().astype(bool)
    texts = pc.if_else(numeric, texts, "0")
    if (
        epoch in {"ms", "us", "ns", "s"}
        and not pc.any(pc.match_substring_regex(texts, r"[.eE]")).as_py()
    ):
        return whole_numbers(texts, epoch, valid)
    floats = pc.cast(texts, pa.float64()).to_numpy()
    return from_floats(floats, epoch, valid)


def whole_numbers(texts: pa.ChunkedArray, epoch: Epoch, valid: Mask) -> tuple[Micros, Mask]:
    """Read whole numbers exactly."""
    try:
        whole = pc.cast(texts, pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return from_floats(pc.cast(texts, pa.float64()).to_numpy(), epoch, valid)
    return from_whole(whole, epoch, valid)


def from_whole(whole: NDArray[np.int64], epoch: Epoch, valid: Mask) -> tuple[Micros, Mask]:
    """Return whole numbers as microseconds, where these fit."""
    if epoch == "ns":
        return whole // 1_000, valid
    if epoch in EXCEL:
        return from_floats(whole.astype(np.float64), epoch, valid)
    near = np.abs(whole) < FARTHEST // UNITS[epoch]
    return np.where(near, whole, 0) * UNITS[epoch], valid & near


def from_floats(floats: NDArray[np.float64], epoch: Epoch, valid: Mask) -> tuple[Micros, Mask]:
    """Return numbers with fractions as microseconds; the days of a spreadsheet to milliseconds."""
    if epoch in EXCEL:
        micros = np.round((floats + EXCEL[epoch]) * (DAY // 1_000)) * 1_000.0
    else:
        micros = np.round(floats * UNITS[epoch]) if epoch != "ns" else np.round(floats / 1_000)
    near = np.isfinite(micros) & (np.abs(micros) < FARTHEST)
    return np.where(near, micros, 0).astype(np.int64), valid & near
