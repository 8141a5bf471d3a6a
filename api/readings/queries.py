"""What a query of values asks for, how it is planned, and how it is answered."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

from fastapi import Response
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from api.readings.downloads import Download, Snapshot, file_name
from dtbase.domain.forecasts.selections import OfModel, OfRun, Selection, select
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.readings.answers import Format, Layout
from dtbase.domain.readings.buckets import RULE as BUCKET_RULE
from dtbase.domain.readings.buckets import Bucket, finest
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill, parts_of
from dtbase.domain.registry.series import Labels, SeriesKey
from dtbase.domain.timeranges import AwareTime, TimeRange, zone
from dtbase.errors import Invalid
from dtbase.formats import json_answers
from dtbase.formats.arrow_answers import ENCODERS
from dtbase.formats.json_answers import Head
from dtbase.formats.table_answers import Heading, long_batches, schema_of, wide_batches
from dtbase.storage.forecasts import prediction_queries
from dtbase.storage.forecasts.prediction_queries import Predicted, span_of
from dtbase.storage.readings import dropped, exports, located, reading_queries
from dtbase.storage.readings.exports import Wanted
from dtbase.storage.readings.reading_queries import Automatic, column_names, level_of
from dtbase.storage.readings.reading_sql import READINGS, Source
from dtbase.storage.registry import series
from dtbase.storage.registry.series import Resolved

MOST_SERIES = 200
MOST_POINTS = 100_000
DEFAULT_SPAN = timedelta(days=7)

SeriesName = Annotated[str, StringConstraints(max_length=201, pattern=r"^[^\x00]*$")]
"""The name of a series as it is asked for: sensor/measure."""


class ReadingsQuery(Frozen):
    """What to read, into which buckets, and in which form; the range is half-open, [start, end)."""

    series: list[SeriesName] = Field(
        [],
        max_length=MOST_SERIES,
        description="sensor/measure, once for each series; of predictions that belong to no sensor"
        " the bare measure; all that a run predicts if none is named",
    )
    location: Identifier | None = Field(
        None,
        description="instead of series: those of the sensors that were at this location, or"
        " anywhere in it, cut to the time when they were",
    )
    measure: list[Identifier] = Field(
        [], max_length=MOST_SERIES, description="of a location: only these measures"
    )
    combined: bool = Field(
        False, description="of a location: one series for each measure, of all sensors together"
    )
    start: AwareTime | None = Field(None, description="by default seven days before the end")
    end: AwareTime | None = Field(
        None, description="by default now; start and end of predictions: all of them"
    )
    bucket: str = Field("auto", description=BUCKET_RULE)
    points: int = Field(1_500, ge=1, le=MOST_POINTS, description="the most that auto may answer")
    aggregates: list[Aggregate] = Field(
        [Aggregate.MEAN], min_length=1, description="what buckets hold; not with bucket=raw"
    )
    timezone: str = Field(
        "UTC", description="the IANA zone of tables' times, and of buckets over one hour"
    )
    fill: Fill = Field(
        Fill.NONE, description="what stands in buckets without readings; not with bucket=raw"
    )
    format: Format | None = Field(None, description="wins over the header Accept; by default json")
    layout: Layout = Field(
        Layout.LONG, description="of tables: a row for each value, or a column for each series"
    )

    run: int | None = Field(None, ge=1, le=2**63 - 1, description="predictions of this run")
    model: Identifier | None = Field(
        None, description="predictions of the latest succeeded run of this model for each series"
    )
    scenario: Identifier | None = Field(
        None, description="of the model; by default its default one"
    )
    as_of: AwareTime | None = Field(None, description="predictions as they were known at this time")
    lead: str | None = Field(
        None,
        description="such as 24h: for each time the newest prediction issued so long before it",
    )

    @property
    def selection(self) -> Selection | None:
        """Return which predictions are asked for, if not readings."""
        return select(self.run, self.model, self.scenario, self.as_of, self.lead)

    @property
    def span(self) -> TimeRange:
        """Return the range asked for."""
        return TimeRange.asked(self.start, self.end, datetime.now(UTC), DEFAULT_SPAN)


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


class Target(NamedTuple):
    """The series that were found, where they are read from, and when."""

    source: Source
    series: Sequence[Resolved]
    labels: Sequence[Labels]
    span: TimeRange


def target_of(session: Session, query: ReadingsQuery) -> Target:
    """Find the series: readings, or predictions where they are asked for."""
    selection = query.selection
    names = list(dict.fromkeys(query.series))
    if query.location is not None:
        return at_location(session, query, query.location)
    refuse_alone(query)
    if not names and not isinstance(selection, OfRun):
        raise Invalid("name at least one series, as sensor/measure", field="series")
    if selection is None:
        found = series.resolve(session, [SeriesKey.parse(name) for name in names])
        return Target(READINGS, found, [each.labels for each in found], query.span)
    keys = [SeriesKey.parse_predicted(name) for name in names]
    predicted = prediction_queries.find(session, selection, keys)
    return Target(*predicted, predicted_span(session, predicted, selection, query))


def at_location(session: Session, query: ReadingsQuery, location: str) -> Target:
    """Find the series of the sensors that were at a location during the range."""
    if query.series or query.selection is not None:
        raise Invalid("name either a location or series or predictions", field="location")
    if query.combined and query.bucket == "raw":
        raise Invalid("what is combined comes in buckets; raw readings do not", field="bucket")
    span = query.span
    found = located.find(session, location, query.measure, span, combined=query.combined)
    if len(found.series) > MOST_SERIES:
        raise Invalid(
            f"{len(found.series)} series were there, and an answer has at most {MOST_SERIES};"
            " name some measures, or a smaller location",
            field="location",
        )
    if query.bucket != "raw":
        found.refuse_counters()
    return Target(*found, [each.labels for each in found.series], span)


def refuse_alone(query: ReadingsQuery) -> None:
    """Refuse what belongs to a location without one."""
    for field in ("measure", "combined"):
        if getattr(query, field):
            raise Invalid(f"{field} goes with location; name series otherwise", field=field)


def predicted_span(
    session: Session, predicted: Predicted, selection: Selection, query: ReadingsQuery
) -> TimeRange:
    """Return the range asked for; by default that of the predictions, unless runs are mixed."""
    mixed = isinstance(selection, OfModel) and selection.lead is not None
    if mixed or (query.start and query.end):
        return query.span
    covered = prediction_queries.reach(session, predicted)
    return span_of(covered, query.start, query.end) if covered else query.span


def plan(session: Session, query: ReadingsQuery) -> Plan:
    """Find the series, and choose the bucket and the source."""
    refuse_unbucketed(query)
    site = zone(query.timezone)
    source, found, labels, span = target_of(session, query)
    bucket: Bucket | None
    if query.bucket == "auto":
        suiting = Automatic(query.points, site, query.fill)
        bucket = reading_queries.choose(session, found, span, suiting, source)
        if bucket is None and query.combined:
            bucket = finest(span, query.points, site)
    else:
        bucket = None if query.bucket == "raw" else Bucket.parse(query.bucket)
    aggregates = tuple(dict.fromkeys(query.aggregates))
    how = None if bucket is None else Bucketing(bucket, site, aggregates, query.fill)
    if how is not None:
        span = dropped.within_reach(session, found, span, how, source)
    wanted = Wanted(source, found, span, how)
    head = Head(
        start=span.start,
        end=span.end,
        bucket=str(bucket or "raw"),
        source=source_of(wanted),
        timezone=query.timezone,
    )
    return Plan(wanted, labels, head)


def refuse_unbucketed(query: ReadingsQuery) -> None:
    """Refuse what belongs to buckets where raw values are asked for: it would change nothing."""
    if query.bucket != "raw":
        return
    if query.fill is not Fill.NONE:
        raise Invalid("fill goes with buckets; raw values are as they are", field="fill")
    if "aggregates" in query.model_fields_set:
        raise Invalid("aggregates go with buckets; raw values are as they are", field="aggregates")


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
    headers = {"Vary": "Accept", **headers_of(planned.head)}
    return Response(body, headers=headers, media_type=Format.JSON.media_type)


def download(open_: Snapshot, planned: Plan, format_: Format, layout: Layout) -> Response:
    """Answer a table of any size."""
    heading = Heading(
        labels=tuple(planned.labels),
        columns=planned.columns,
        layout=layout,
        bucket=planned.head.bucket,
        source=planned.head.source,
        timezone=planned.head.timezone,
        predicted=not planned.wanted.source.typed,
    )
    schema = schema_of(heading, format_)

    def write(session: Session) -> Iterator[bytes]:
        if layout is Layout.WIDE:
            batches = wide_batches(heading, schema, exports.wide(session, planned.wanted))
        else:
            batches = long_batches(heading, schema, exports.long(session, planned.wanted))
        return ENCODERS[format_](schema, batches)

    return Download(open_, write, format_, name_of(planned), headers_of(planned.head))


def headers_of(head: Head) -> dict[str, str]:
    """Name the bucket and the source beside the body, since CSV has no place for them."""
    return {"DTBase-Bucket": head.bucket, "DTBase-Source": head.source}


def name_of(planned: Plan) -> str:
    """Return the name of a file: its series, its range, its bucket."""
    names = {str(label.key) for label in planned.labels}
    what = names.pop() if len(names) == 1 else f"{len(names)}-series"
    models = {label.model or "" for label in planned.labels}
    range_ = f"{planned.head.start:%Y%m%d}-{planned.head.end:%Y%m%d}"
    return file_name(what, *sorted(models), range_, planned.head.bucket)


def refuse_layout(format_: Format, layout: Layout) -> None:
    """Refuse a layout of tables for what is no table."""
    if format_ is Format.JSON and layout is Layout.WIDE:
        raise Invalid("layout=wide is for tables; ask for CSV, Parquet or Arrow", field="layout")
