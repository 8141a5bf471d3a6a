"""What a query of values asks for, how it is planned, and how it is answered."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fastapi import Response
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from api.downloads import Download, Snapshot, file_name
from dtbase.domain.answers import Format, Layout
from dtbase.domain.buckets import RULE as BUCKET_RULE
from dtbase.domain.buckets import Bucket
from dtbase.domain.frozen import Frozen
from dtbase.domain.queries import Aggregate, Bucketing, Fill, parts_of
from dtbase.domain.series import Labels, SeriesKey
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.errors import Invalid
from dtbase.formats import json_answers
from dtbase.formats.arrow_answers import ENCODERS
from dtbase.formats.json_answers import Head
from dtbase.formats.table_answers import Heading, long_batches, schema_of, wide_batches
from dtbase.storage import exports, reading_queries, series
from dtbase.storage.exports import Wanted
from dtbase.storage.reading_queries import column_names, level_of
from dtbase.storage.reading_sql import READINGS

MOST_SERIES = 200
MOST_POINTS = 100_000
DEFAULT_SPAN = timedelta(days=7)


class ReadingsQuery(Frozen):
    """What to read, into which buckets, and in which form; the range is half-open, [start, end)."""

    series: list[str] = Field(
        min_length=1, max_length=MOST_SERIES, description="sensor/measure, once for each series"
    )
    start: AwareDatetime | None = Field(None, description="by default seven days before the end")
    end: AwareDatetime | None = Field(None, description="by default now")
    bucket: str = Field("auto", description=BUCKET_RULE)
    points: int = Field(1_500, ge=1, le=MOST_POINTS, description="the most that auto may answer")
    aggregates: list[Aggregate] = Field([Aggregate.MEAN], min_length=1)
    timezone: str = Field(
        "UTC", description="the IANA zone of tables' times, and of buckets over one hour"
    )
    fill: Fill = Field(Fill.NONE, description="what stands in buckets without readings")
    format: Format | None = Field(None, description="wins over the header Accept; by default json")
    layout: Layout = Field(
        Layout.LONG, description="of tables: a row for each value, or a column for each series"
    )

    @property
    def span(self) -> TimeRange:
        """Return the range asked for."""
        end = self.end or datetime.now(UTC)
        return TimeRange.of(self.start or end - DEFAULT_SPAN, end)


class Plan(NamedTuple):
    """What will be read, and what an answer says of it."""

    wanted: Wanted
    labels: Sequence[Labels]
    head: Head

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns of each series."""
        if self.wanted.how is not None:
            return self.wanted.how.aggregates
        return tuple(column_names(self.wanted.source))


def plan(session: Session, query: ReadingsQuery) -> Plan:
    """Find the series, and choose the bucket and the source."""
    span = query.span
    site = zone(query.timezone)
    names = dict.fromkeys(query.series)
    found = series.resolve(session, [SeriesKey.parse(name) for name in names])
    source = READINGS
    bucket: Bucket | None
    if query.bucket == "auto":
        bucket = reading_queries.choose(session, found, span, query.points, source)
    else:
        bucket = None if query.bucket == "raw" else Bucket.parse(query.bucket)
    aggregates = tuple(dict.fromkeys(query.aggregates))
    how = None if bucket is None else Bucketing(bucket, site, aggregates, query.fill)
    wanted = Wanted(source, found, span, how)
    head = Head(
        start=span.start,
        end=span.end,
        bucket=str(bucket or "raw"),
        source=source_of(wanted),
        timezone=query.timezone,
    )
    return Plan(wanted, [each.labels for each in found], head)


def source_of(wanted: Wanted) -> str:
    """Return the coarsest level from which values are read."""
    if wanted.how is None:
        return "raw"
    level = level_of(wanted.source, wanted.span, wanted.how)
    return reading_queries.coarsest(parts_of(wanted.span, level))


def answer(session: Session, planned: Plan) -> Response:
    """Answer in JSON."""
    source, found, span, how = planned.wanted
    if how is None:
        read = reading_queries.raw(session, found, span, source)
    else:
        read = reading_queries.bucketed(session, found, span, how, source)
    body = json_answers.encode(planned.head, planned.labels, read.columns)
    return Response(body, headers={"Vary": "Accept"}, media_type=Format.JSON.media_type)


def download(open_: Snapshot, planned: Plan, format_: Format, layout: Layout) -> Response:
    """Answer a table of any size."""
    heading = Heading(
        labels=tuple(planned.labels),
        columns=planned.columns,
        layout=layout,
        bucket=planned.head.bucket,
        source=planned.head.source,
        timezone=planned.head.timezone,
        predicted=not planned.wanted.source.stored,
    )
    schema = schema_of(heading, format_)

    def write(session: Session) -> Iterator[bytes]:
        if layout is Layout.WIDE:
            batches = wide_batches(heading, schema, exports.wide(session, planned.wanted))
        else:
            batches = long_batches(heading, schema, exports.long(session, planned.wanted))
        return ENCODERS[format_](schema, batches)

    return Download(open_, write, format_, name_of(planned))


def name_of(planned: Plan) -> str:
    """Return the name of a file: its series, its range, its bucket."""
    first, *others = planned.labels
    what = f"{first.sensor}-{first.measure}" if not others else f"{len(planned.labels)}-series"
    range_ = f"{planned.head.start:%Y%m%d}-{planned.head.end:%Y%m%d}"
    return file_name(what, range_, planned.head.bucket)


def refuse_layout(format_: Format, layout: Layout) -> None:
    """Refuse a layout of tables for what is no table."""
    if format_ is Format.JSON and layout is Layout.WIDE:
        raise Invalid("layout=wide is for tables; ask for CSV, Parquet or Arrow", field="layout")
