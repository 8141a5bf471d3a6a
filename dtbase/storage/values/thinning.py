"""What a model learns from: one value for each minute, however fast a sensor speaks."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.columns import Columns, mean_of
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import statements
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.plans import one

MINUTE = np.timedelta64(1, "m")


def minutes_of(session: Session, series: Resolved, span: TimeRange) -> Columns:
    """Return the numbers of a series, those of one minute taken together at their mean time.

    What they make together says the measure's statistic: directions are averaged on the circle,
    amounts are summed; of a counter it is the mean of what it showed. So the newest 60 days never
    are more than 86,400 numbers.
    """
    counts = series.statistic is Statistic.COUNTER
    statistic = Statistic.MEAN if counts else series.statistic
    names = statements.needed((Aggregate.MEAN,), {statistic})
    asked = {"id": series.id, "start": span.start, "end": span.end}
    with column_cursor(session) as cursor:
        times, *columns = one(cursor, statements.minutes(names), asked)
    if times is None:
        return Columns(np.empty(0, "datetime64[us]"), {"value": np.empty(0)})
    stored = dict(zip(names, columns, strict=True))
    values = mean_of(statistic, stored)
    kept = ~np.isnan(values)
    if statistic is Statistic.TOTAL and stored["n"].max() > 1:
        kept &= whole(times, span)
    return Columns(times[kept], {"value": values[kept]})


def whole(times: Times, span: TimeRange) -> NDArray[np.bool_]:
    """Tell which minutes lie within a range from end to end: half a minute holds half an amount."""
    start, end = (np.datetime64(time.replace(tzinfo=None), "us") for time in (span.start, span.end))
    minutes = times.astype("datetime64[m]")
    return (minutes >= start) & (minutes + MINUTE <= end)
