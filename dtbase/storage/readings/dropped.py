"""Ranges of which retention has dropped raw readings: widened to the whole hours that are left."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dtbase.domain.readings.queries import Bucketing, Level, parts_of
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage.readings import retention
from dtbase.storage.readings.reading_queries import level_of
from dtbase.storage.readings.reading_sql import READINGS, Source
from dtbase.storage.registry.series import Resolved

HOUR = timedelta(hours=1)


def within_reach(
    session: Session,
    wanted: Sequence[Resolved],
    span: TimeRange,
    how: Bucketing,
    source: Source = READINGS,
) -> TimeRange:
    """Return the range that can be answered exactly; refuse where only raw readings could tell.

    Below a horizon whole hours are all that is left. Cutting one would answer too little.
    """
    level = level_of(source, span, how)
    raw = [part.span for part in parts_of(span, level) if part.level is Level.RAW]
    if not raw or not source.typed:  # predictions are never dropped
        return span
    ids = source.parameters.get("stay_series", [series.id for series in wanted])
    starts = source.parameters.get("stay_starts", [raw[0].start] * len(ids))
    horizon = retention.passed(session, ids, starts)
    if horizon is None:
        return span
    if level is Level.RAW:
        raise Invalid(
            f"raw readings before {horizon:%Y-%m-%d} have been dropped by retention, and only they"
            " could tell; ask from then on, or for series in buckets of whole hours of UTC",
            field="bucket",
        )
    return widened(span, horizon)


def widened(span: TimeRange, horizon: datetime) -> TimeRange:
    """Return a range whose ends below a horizon are those of whole hours."""
    start, end = span.start, span.end
    if start < horizon:
        start = start.replace(minute=0, second=0, microsecond=0)
    if end < horizon:
        end = -(-(end - start) // HOUR) * HOUR + start
    return TimeRange(start=start, end=end)
