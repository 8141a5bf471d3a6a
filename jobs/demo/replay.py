"""The rule of the replay: 52 weeks of 2013 come round again and again, pure arithmetic.

Whole weeks keep the hour of the day and the day of the week where they were. An instant t shows
what was measured at t minus as many laps of 52 weeks as have passed since 1 January 2013 UTC.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

ORIGIN = datetime(2013, 1, 1, tzinfo=UTC)
WEEKS = 52
LAP = timedelta(weeks=WEEKS)
HOUR = timedelta(hours=1)
HOURS = LAP // HOUR


def shift_weeks(moment: datetime) -> int:
    """Return by how many weeks the weather shown at a moment is shifted."""
    return WEEKS * ((moment - ORIGIN) // LAP)


def source(moment: datetime) -> datetime:
    """Return when the weather shown at a moment was measured."""
    return moment - timedelta(weeks=shift_weeks(moment))


def hours_of(times: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return which hours of the replayed year UTC times like 2013-01-01T06:00:00Z are."""
    moments = np.char.rstrip(times, "Z").astype("datetime64[h]")
    return (moments - np.datetime64("2013-01-01", "h")).astype(np.int64)


def floor(moment: datetime) -> datetime:
    """Return the full hour at or before a moment."""
    return ORIGIN + (moment - ORIGIN) // HOUR * HOUR


def places(start: datetime, end: datetime) -> NDArray[np.int64]:
    """Return which hours of the replayed year are shown at the full hours of [start, end)."""
    first = (start - ORIGIN) // HOUR
    return np.arange(first, (end - ORIGIN) // HOUR) % HOURS


def notice(now: datetime) -> str:
    """Say in one line what the demo shows."""
    return (
        f"Replay of 2013: this is real weather of New York's airports, shifted by "
        f"{shift_weeks(now)} weeks. The year starts again every {WEEKS} weeks."
    )
