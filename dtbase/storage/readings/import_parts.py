"""Readings as an import stored them, with what each took the place of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Mask
from dtbase.storage.readings.rows import Rows


@dataclass(frozen=True)
class Part:
    """Readings as an import stored them, in the order of series and times."""

    rows: Rows
    replaced: Mask
    """Which of them took the place of others."""

    before: Rows
    """What stood where these are, for those that replaced something; nothing for the others."""

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: Mask) -> "Part":
        return Part(self.rows.take(places), self.replaced[places], self.before.take(places))


def objects(values: Sequence[Any]) -> NDArray[Any] | None:
    """Return values as a column, or none where there are none."""
    if all(each is None for each in values):
        return None
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def empty(rows: Rows) -> Rows:
    return Rows(rows.series_id, rows.time, np.full(len(rows), np.nan))
