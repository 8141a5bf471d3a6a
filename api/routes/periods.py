"""When conditions held, and what looks like what: asked of the whole history of series."""

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from api.leaving import LeashedSession
from api.openapi import answers
from api.security import ReadsReadings
from dtbase.domain.readings.answers import Format
from dtbase.domain.timeranges import zone
from dtbase.domain.values.likeness import LikesAnswer, LikesQuery
from dtbase.domain.values.periods import Period, PeriodsAnswer, PeriodsQuery, Table
from dtbase.errors import NotFound, Unavailable
from dtbase.storage import values

router = APIRouter(tags=["readings"])

COLUMNS = (
    "number",
    "start",
    "end",
    "seconds",
    "running",
    "readings",
    "lowest",
    "lowest_at",
    "highest",
    "highest_at",
)
CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {Format.CSV.media_type: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/periods",
    summary="Find when conditions held",
    response_model=PeriodsAnswer,
    responses={**CSV, **answers(NotFound, Unavailable)},
)
def find_periods(
    query: Annotated[PeriodsQuery, Query()], _reads: ReadsReadings, session: LeashedSession
) -> Response | PeriodsAnswer:
    """Find the periods in which all of some conditions held, in the whole history of series.

    What is asked are the readings themselves and not their means. A reading holds until the next
    one; where none comes within two and a half of the series' usual steps it holds for one step.
    """
    found = values.find_periods(session, query, datetime.now(UTC))
    if query.format is Table.JSON:
        return found
    body = table(found, zone(query.timezone))
    headers = {"Content-Disposition": 'attachment; filename="periods.csv"'}
    return Response(body, headers=headers, media_type=Format.CSV.media_type)


def table(found: PeriodsAnswer, site: ZoneInfo) -> str:
    """Write periods as CSV, their times in a zone."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for period in found.periods:
        writer.writerow(cell(period, name, site) for name in COLUMNS)
    return written.getvalue()


def cell(period: Period, name: str, site: ZoneInfo) -> object:
    """Return what stands in a column."""
    value = getattr(period, name)
    if isinstance(value, datetime):
        return value.astimezone(site).isoformat()
    return str(value).lower() if isinstance(value, bool) else value


@router.get(
    "/likes",
    summary="Find stretches that look alike",
    responses=answers(NotFound, Unavailable),
)
def find_likes(
    query: Annotated[LikesQuery, Query()], _reads: ReadsReadings, session: LeashedSession
) -> LikesAnswer:
    """Find the stretches of a series' history that have the shape of one of its stretches.

    Shapes are compared by the means of buckets, each less its mean and by its standard deviation;
    those with gaps, and level ones, have no shape.
    """
    return values.find_likes(session, query, datetime.now(UTC))
