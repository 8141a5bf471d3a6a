"""What clocks on the site show: people follow them, through every change of the clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from jobs.forecasting.prepare import DAY, Floats


def utc_offsets(zone: str, times: Floats) -> Floats:
    """Return the seconds by which a zone's clocks are ahead of UTC at ascending epoch seconds.

    They are asked for once a day, and at every time only on the days when they change.
    """
    known = ZoneInfo(zone)
    days = np.arange(times[0] // DAY, times[-1] // DAY + 2) * DAY
    daily = np.array([offset(known, day) for day in days])
    place = ((times - days[0]) // DAY).astype(np.int64)
    offsets: Floats = daily[place].copy()
    changing = np.flatnonzero(daily[place] != daily[place + 1])
    offsets[changing] = [offset(known, time) for time in times[changing]]
    return offsets


def offset(zone: ZoneInfo, time: float) -> float:
    """Return the seconds by which a zone's clocks are ahead of UTC."""
    ahead = datetime.fromtimestamp(time, UTC).astimezone(zone).utcoffset()
    return 0.0 if ahead is None else ahead.total_seconds()
