"""The rules that readings break on their way in: counted, and told with field, row and value."""

import reprlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import NamedTuple

import numpy as np

from dtbase.errors import Invalid, Violation

SHOWN = 100


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


def describe(value: object) -> str:
    """Show a refused value, shortened; a time as UTC, without a fraction that is zero."""
    if isinstance(value, list | dict):
        return reprlib.repr(value)[:100]  # which does not go down a thousand levels
    if not isinstance(value, np.datetime64):
        return str(value)[:100]
    whole, _, fraction = str(value).partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"
