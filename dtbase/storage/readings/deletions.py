"""Deleting readings; their aggregates follow, exact at the next read."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage.readings import retention, stretches
from dtbase.storage.readings.readings import PURGED
from dtbase.storage.readings.rows import UNPACK_ALL
from dtbase.storage.registry.series import Resolved

DELETE = text("DELETE FROM reading WHERE series_id = :id AND time >= :start AND time < :end")


def delete(session: Session, series: Resolved, span: TimeRange) -> int:
    """Delete the readings of one series in a range and return how many there were.

    Below what retention has left nothing can change: the aggregates there stand for readings
    that are gone.
    """
    horizon = retention.horizons(session, [series.id]).get(series.id)
    if horizon is not None and span.start < horizon:
        raise Invalid(
            f"readings of {series.key} before {horizon:%Y-%m-%d} have been dropped by retention"
            " and cannot change, nothing was deleted",
            field="start",
        )
    session.execute(UNPACK_ALL)
    asked = {"id": series.id, "start": span.start, "end": span.end}
    try:
        gone = session.connection().execute(DELETE, asked).rowcount
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != PURGED:
            raise
        raise Invalid("retention has just dropped some of these readings", field="start") from error
    if gone:
        stretches.note(session, series, span.start, span.end)
    return gone
