"""The rules that a file's rows break: the first of them told, or every one written down."""

import csv
from collections.abc import Callable, Iterator
from typing import Any

from dtbase.domain.readings.findings import Earliest, Findings
from dtbase.errors import Violation

HEADS = ("row", "series", "field", "value", "rule")


class Kept(Earliest):
    """The first of the broken rules of a file, in the order of rows."""


class Skips(Findings):
    """Every broken rule, handed on as it is found."""

    def __init__(self, take: Callable[[Violation], None]) -> None:
        super().__init__()
        self._take = take

    def add(self, violation: Violation) -> None:
        """Note one broken rule."""
        super().add(violation)
        self._take(violation)

    def add_many(self, count: int, violations: Iterator[Violation]) -> None:
        """Note all of them."""
        for violation in violations:
            self.add(violation)


def line(violation: Violation) -> list[Any]:
    """Return a broken rule as a row of the file of what was skipped."""
    return [violation.get(name, "") for name in HEADS]


def write(file: Any, violations: list[Violation]) -> None:
    """Add broken rules to a file of what was skipped."""
    csv.writer(file).writerows(map(line, violations))
