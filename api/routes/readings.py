"""Readings: pushing many series in one call, and asking for them raw or in buckets."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Response
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from api.bodies import BatchDep
from api.dependencies import RefresherDep, SessionDep
from api.security import PrincipalDep, ReadsReadings, WritesReadings
from dtbase.domain.buckets import RULE as BUCKET_RULE
from dtbase.domain.buckets import Bucket
from dtbase.domain.frozen import Frozen
from dtbase.domain.queries import Aggregate, Bucketing, Fill
from dtbase.domain.readings import IngestCounts, ReadingsAnswer
from dtbase.domain.series import SeriesKey
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.formats import json_answers
from dtbase.formats.json_answers import Head
from dtbase.storage import reading_queries, readings, series
from dtbase.storage.reading_queries import Found
from dtbase.storage.readings import OnConflict
from dtbase.storage.series import Resolved

router = APIRouter(prefix="/readings", tags=["readings"])

MOST_SERIES = 200
MOST_POINTS = 100_000
DEFAULT_SPAN = timedelta(days=7)

EXAMPLE = {
    "series": [
        {
            "sensor": "EWR",
            "measure": "temperature",
            "times": ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00Z"],
            "values": [3.4, 3.9],
        }
    ]
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}, "example": EXAMPLE},
            "text/csv": {
                "schema": {"type": "string"},
                "example": "sensor,measure,time,value\nEWR,temperature,2026-01-31T12:00:00Z,3.4\n",
            },
            "application/vnd.apache.arrow.stream": {
                "schema": {"type": "string", "format": "binary"}
            },
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post("", summary="Push readings", openapi_extra=BODY)
def push_readings(
    _writes: WritesReadings,  # first, so that a stranger's body is not even read
    asking: PrincipalDep,
    batch: BatchDep,
    refresher: RefresherDep,
    after: BackgroundTasks,
    session: SessionDep,
    on_conflict: OnConflict = OnConflict.REPLACE,
) -> IngestCounts:
    """Store readings of many series, all or none.

    JSON as columns or as single readings, CSV, an Arrow stream or Parquet; gzip or zstd.
    """
    asking.check_push({segment.sensor for segment in batch.segments})
    counts = readings.write(session, batch, on_conflict)
    after.add_task(refresher.note)
    return counts


class ReadingsQuery(Frozen):
    """What to read, and into which buckets; the range is half-open, [start, end)."""

    series: list[str] = Field(
        min_length=1, max_length=MOST_SERIES, description="sensor/measure, once for each series"
    )
    start: AwareDatetime | None = Field(None, description="by default seven days before the end")
    end: AwareDatetime | None = Field(None, description="by default now")
    bucket: str = Field("auto", description=BUCKET_RULE)
    points: int = Field(1_500, ge=1, le=MOST_POINTS, description="the most that auto may answer")
    aggregates: list[Aggregate] = Field([Aggregate.MEAN], min_length=1)
    timezone: str = Field("UTC", description="the IANA zone that buckets over one hour follow")
    fill: Fill = Field(Fill.NONE, description="what stands in buckets without readings")

    @property
    def span(self) -> TimeRange:
        """Return the range asked for."""
        end = self.end or datetime.now(UTC)
        return TimeRange.of(self.start or end - DEFAULT_SPAN, end)


@router.get("", summary="Ask for readings", response_model=ReadingsAnswer)
def query_readings(
    query: Annotated[ReadingsQuery, Query()], _reads: ReadsReadings, session: SessionDep
) -> Response:
    """Answer readings of many series, raw or in buckets.

    The answer names the bucket that was used and the source it was read from.
    """
    span = query.span
    found = series.resolve(session, [SeriesKey.parse(name) for name in query.series])
    bucket, result = ask(session, found, span, query)
    head = Head(
        start=span.start,
        end=span.end,
        bucket=bucket,
        source=result.source,
        timezone=query.timezone,
    )
    body = json_answers.encode(head, [each.labels for each in found], result.columns)
    return Response(body, media_type="application/json")


def ask(
    session: Session, found: Sequence[Resolved], span: TimeRange, query: ReadingsQuery
) -> tuple[str, Found]:
    """Read the readings as they are, or in the bucket that was asked for or that suits."""
    site = zone(query.timezone)
    bucket: Bucket | None
    if query.bucket == "auto":
        bucket = reading_queries.choose(session, found, span, query.points)
    else:
        bucket = None if query.bucket == "raw" else Bucket.parse(query.bucket)
    if bucket is None:
        return "raw", reading_queries.raw(session, found, span)
    how = Bucketing(bucket, site, tuple(dict.fromkeys(query.aggregates)), query.fill)
    return str(bucket), reading_queries.bucketed(session, found, span, how)
