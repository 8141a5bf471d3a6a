"""Data made from a fixed seed: fifty sensors over one year, evenly spaced."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from dtbase.domain.readings.batches import Times
from dtbase.storage.readings.rows import Rows

SEED = 20_130_718
SENSORS = 50
START = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_MINUTES = 365 * 24 * 60


@dataclass(frozen=True)
class Size:
    """How much there is: the minutes between readings decide."""

    minutes: int

    @property
    def per_series(self) -> int:
        return YEAR_MINUTES // self.minutes

    @property
    def rows(self) -> int:
        """Return the readings of all series."""
        return SENSORS * self.per_series

    def times(self) -> Times:
        """Return the times that all series share."""
        start = np.datetime64(START.replace(tzinfo=None), "us")
        return start + np.arange(self.per_series) * np.timedelta64(self.minutes, "m")


def months(size: Size, ids: list[int]) -> Iterator[Rows]:
    """Return the year in a dozen pieces, each with all series in order."""
    random = np.random.default_rng(SEED)
    for part in np.array_split(size.times(), 12):
        day = (part - part[0]).astype(np.int64) / 86_400e6
        wave = 10 + 8 * np.sin(2 * np.pi * day)
        noise = random.normal(0, 2, (len(ids), len(part)))
        yield Rows(
            series_id=np.repeat(np.array(ids, dtype=np.int32), len(part)),
            time=np.tile(part, len(ids)),
            value=(wave + noise).round(2).ravel(),
        )


def fresh(ids: list[int], count: int, turn: int) -> Rows:
    """Return a batch of all series that begins so many minutes after the year."""
    random = np.random.default_rng(SEED + turn)
    each = max(count // len(ids), 1)
    used = ids[: count // each]
    start = np.datetime64(END.replace(tzinfo=None), "us") + np.timedelta64(turn, "m")
    times = start + np.arange(each) * np.timedelta64(1, "m")
    return Rows(
        series_id=np.repeat(np.array(used, dtype=np.int32), each),
        time=np.tile(times, len(used)),
        value=random.normal(10, 5, each * len(used)).round(2),
    )
