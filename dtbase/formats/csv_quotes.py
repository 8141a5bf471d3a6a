"""Values of CSV files that swallow the rows below them, since a quotation mark is not closed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow.compute as pc

from dtbase.domain.readings.findings import Findings, describe
from dtbase.errors import Invalid, Violation
from dtbase.formats.parts import Part

UNCLOSED = "is a quotation mark not closed?"


@dataclass
class Quoted:
    """What stands between quotation marks in a file, sought from the last that was found on."""

    blocks: Iterator[bytes]
    held: bytes = b""
    place: int = 0

    def holds(self, text: str) -> bool:
        """Tell whether the file goes on to hold a text, and step behind it."""
        quoted = b'"' + text.replace('"', '""').encode() + b'"'
        while (found := self.held.find(quoted, self.place)) < 0:
            block = next(self.blocks, b"")
            if not block:
                return False
            kept = max(self.place, len(self.held) - len(quoted) + 1)
            self.held, self.place = self.held[kept:] + block, 0
        self.place = found + len(quoted)
        return True


@dataclass
class Quotes:
    """Looks in a file for its values of many lines, column by column, and reads no more than that.

    Arrow ends a quoted value where the file ends, and goes on with it behind a quotation mark that
    no comma follows. Either way it swallows rows, and the value stands nowhere in the file as one
    of many lines is written.
    """

    blocks: Callable[[], Iterator[bytes]]
    found: Findings | None
    columns: dict[str, Quoted] = field(default_factory=dict)
    told: bool = False

    def check(self, part: Part, names: Iterable[str]) -> Part:
        """Refuse the first value that swallows rows; or note it, and leave its row out."""
        for name in names:
            place = None if self.told else self.first(part, name)
            if place is None:
                continue
            self.told = True
            row, text = int(part.rows[place]), part.table[name][place].as_py()
            if self.found is None:
                raise Invalid(f"row {row}: {describe(text)!r} {run_on_rule(text)}")
            violation = Violation(
                field="row", row=row, value=describe(text), rule=run_on_rule(text)
            )
            self.found.add(violation)
            part = part.filter(part.rows != row)
        return part

    def first(self, part: Part, name: str) -> int | None:
        """Return where a column has its first value that the file does not hold, if it has any."""
        many_lines = pc.match_substring_regex(part.table[name], r"[\r\n]")
        places = np.flatnonzero(many_lines.to_numpy()).tolist()
        if places and name not in self.columns:
            self.columns[name] = Quoted(self.blocks())
        texts = part.table[name].filter(many_lines).to_pylist()
        for place, text in zip(places, texts, strict=True):
            if not self.columns[name].holds(text):
                return int(place)
        return None


def run_on_rule(text: str) -> str:
    """Say that a value swallows the rows below it."""
    count = len(text.splitlines())
    lines = f"{count:,} lines" if count > 1 else "a line"
    return f"takes {lines} and does not end as it must: {UNCLOSED}"
