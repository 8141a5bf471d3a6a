"""What a request may ask of values, and the query that this is."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from dtbase.domain.forecasts.selections import OfRun, Selection, select
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.readings.answers import Format, Layout
from dtbase.domain.readings.buckets import RULE as BUCKET_RULE
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import AwareTime, zone
from dtbase.domain.values.queries import (
    MOST_SERIES,
    AtLocation,
    Automatic,
    OfSeries,
    Predicted,
    Quality,
    Resolution,
    Subject,
    ValuesQuery,
)
from dtbase.errors import Invalid

MOST_POINTS = 100_000

SeriesName = Annotated[str, StringConstraints(max_length=201, pattern=r"^[^\x00]*$")]
"""The name of a series as it is asked for: sensor/measure."""


class ReadingsQuery(Frozen):
    """What to read, into which buckets, and in which form; the range is half-open, [start, end)."""

    series: list[SeriesName] = Field(
        [],
        max_length=MOST_SERIES,
        description="sensor/measure, once for each series; the measure alone for predictions of no"
        " sensor; with run by default all that it predicts",
    )
    location: Identifier | None = Field(
        None,
        description="instead of series: those of all sensors that were at this location or"
        " anywhere in it, each only while it was there",
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
    quality: Quality = Field(
        Quality.BELIEVED, description="good leaves out what is suspect; by default it is in"
    )
    flags: bool = Field(
        False,
        description="with bucket=raw: columns flag (good, not_evaluated or suspect) and rules"
        " (those that suspect readings break)",
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
        None, description="scenario of the model; by default `default`"
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

    def to_query(self) -> ValuesQuery:
        """Return what is asked of the store, or say which parameters do not go together."""
        resolution = resolution_of(self)
        return ValuesQuery(
            subject_of(self),
            self.start,
            self.end,
            resolution,
            datetime.now(UTC),
            self.quality,
            self.flags,
        )


def resolution_of(asked: ReadingsQuery) -> Resolution:
    """Return into which buckets values go."""
    if asked.bucket == "raw":
        refuse_unbucketed(asked)
    site = zone(asked.timezone)
    aggregates = tuple(dict.fromkeys(asked.aggregates))
    match asked.bucket:
        case "raw":
            return None
        case "auto":
            return Automatic(asked.points, site, aggregates, asked.fill)
        case name:
            return Bucketing(Bucket.parse(name), site, aggregates, asked.fill)


def refuse_unbucketed(asked: ReadingsQuery) -> None:
    """Refuse what belongs to buckets where raw values are asked for: it would change nothing."""
    if asked.fill is not Fill.NONE:
        raise Invalid("fill goes with buckets; raw values are as they are", field="fill")
    if "aggregates" in asked.model_fields_set:
        raise Invalid("aggregates go with buckets; raw values are as they are", field="aggregates")


def subject_of(asked: ReadingsQuery) -> Subject:
    """Return what values are asked of: series, a location, or predictions."""
    selection = asked.selection
    names = list(dict.fromkeys(asked.series))
    if asked.location is not None:
        if names or selection is not None:
            raise Invalid("name either a location or series or predictions", field="location")
        return AtLocation(asked.location, tuple(asked.measure), asked.combined)
    for field in ("measure", "combined"):
        if getattr(asked, field):
            raise Invalid(f"{field} goes with location; name series otherwise", field=field)
    if not names and not isinstance(selection, OfRun):
        raise Invalid("name at least one series, as sensor/measure", field="series")
    if selection is None:
        return OfSeries(tuple(SeriesKey.parse(name) for name in names))
    return Predicted(selection, tuple(SeriesKey.parse_predicted(name) for name in names))
