"""What stands above a table: the names of its columns, their units, the cells of a row."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from dtbase.domain.imports.profiles import MOST_COLUMNS, Profile
from dtbase.errors import Invalid
from dtbase.importing.sources import Stream

LONGEST_LINE = 1 << 20
MOST_LINES = 10
"""So many lines may a header take whose names are broken within quotation marks."""

LOOKED_AT = 50
PLACE = re.compile(r"#([1-9]\d{0,3})")
Cells = tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """The lines above the first reading."""

    names: Cells
    units: Mapping[str, str]
    rows: tuple[Cells, ...]
    """All lines above, which loggers write again when they start anew."""

    lines: int

    def place_of(self, name: str) -> int:
        """Return where a column stands, by its name or as `#2`."""
        if name in self.names:
            if self.names.count(name) > 1:
                places = ", ".join(f"#{n}" for n, each in enumerate(self.names, 1) if each == name)
                raise Invalid(
                    f"the header names column {name!r} more than once: say {places} instead",
                    field="columns",
                )
            return self.names.index(name)
        if (place := PLACE.fullmatch(name)) and int(place[1]) <= len(self.names):
            return int(place[1]) - 1
        raise Invalid(self.missing(name), field="columns")

    def missing(self, name: str) -> str:
        """Say that a column is not there, and what is."""
        there = [each for each in self.names if each]
        close = get_close_matches(name, there, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        listed = ", ".join(there[:12]) + (", …" if len(there) > 12 else "")  # noqa: PLR2004
        return f"the header names no column {name!r}{meant}; it names {listed or 'nothing'}"


def read_head(stream: Stream, profile: Profile) -> Head:
    """Read the lines above the first reading, and leave the stream there."""
    begin = profile.names or 0
    first = profile.first or max(begin, profile.units or 0) + 1
    rows: list[Cells] = []
    names: Cells = ()
    units: Cells = ()
    number = 0
    while number < first - 1:
        record, taken = read_record(stream, profile, number + 1 == profile.names)
        if not taken:
            break
        cells = split(record, profile)
        if number + 1 == begin and not any(cells):
            begin, first = begin + 1, first + 1  # empty lines stand above the header
        elif number + 1 == begin:
            names = cells
        elif number + 1 == profile.units:
            units = cells
        number += 1
        rows.append(cells)
        first += taken - 1
        number += taken - 1
    if profile.names is not None and not any(names):
        raise Invalid(
            f"it cannot be read: line {profile.names} names no columns; say --header-line N"
            if number
            else "it cannot be read: Empty CSV file"
        )
    names = widened(names, width(stream, profile, len(names)))
    refuse_wider(len(names))
    told = {name: unit for name, unit in zip(names, units, strict=False) if unit}
    return Head(names, told, tuple(rows), number)


def refuse_wider(columns: int) -> None:
    """Refuse more columns than a profile can say anything of: each takes milliseconds to guess."""
    if columns > MOST_COLUMNS:
        raise Invalid(
            f"it cannot be read: it has {columns:,} columns, and at most {MOST_COLUMNS:,} are read",
            field="columns",
        )


def read_record(stream: Stream, profile: Profile, quoted: bool) -> tuple[str, int]:
    """Read a line; of a header as many as its quotation marks take, and tell how many."""
    text = ""
    for taken in range(1, MOST_LINES + 1):
        line = stream.text.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE:
            raise Invalid("it cannot be read: a line above the table is longer than 1 MiB")
        if not line:
            return text, taken - 1
        text += line.decode(errors="replace")
        if not (quoted and profile.quote) or text.count(profile.quote) % 2 == 0:
            break
    return text, taken


def split(line: str, profile: Profile) -> Cells:
    text = line.removeprefix("\ufeff").rstrip("\r\n")
    delimiter = "\t" if profile.delimiter == "spaces" else profile.delimiter
    if not profile.quote:
        return tuple(cell.strip() for cell in text.split(delimiter))
    parted = csv.reader([text], delimiter=delimiter, quotechar=profile.quote)
    try:
        return tuple(cell.strip() for cell in next(parted, []))
    except csv.Error:
        return tuple(cell.strip() for cell in text.split(delimiter))


def width(stream: Stream, profile: Profile, named: int) -> int:
    """Return how many cells rows have, as most of the first say; as many as names if none do."""
    lines = stream.text.peek(1 << 16).decode(errors="replace").splitlines()[:LOOKED_AT]
    if profile.quote:
        lines = [line for line in lines if line.count(profile.quote) % 2 == 0]
    comment = profile.comments or "\0"
    counts = Counter(
        len(split(line, profile)) for line in lines if line.strip() and not line.startswith(comment)
    )
    if not counts or (named and counts[named] * 3 >= sum(counts.values())):
        return named
    return counts.most_common(1)[0][0]


def widened(names: Cells, wanted: int) -> Cells:
    """Return as many names as rows have cells; only names without a text may be too many."""
    if not names:
        return tuple(f"#{place}" for place in range(1, wanted + 1))
    if wanted == len(names) - 1 and not names[-1]:
        return names[:-1]
    if wanted == len(names) + 1:
        return (*names, "")
    return names
