"""Planning a query of values: which series, from where, in which buckets, over which range."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.selections import OfModel, Selection
from dtbase.domain.readings.buckets import INSTANT, Bucket, finest
from dtbase.domain.readings.queries import (
    TIME_IN,
    Aggregate,
    Bucketing,
    Grain,
    Part,
    coarsest,
    grain_for,
    parts_of,
)
from dtbase.domain.readings.stepped import refuse_without_meaning
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import Labels
from dtbase.domain.timeranges import LATEST, TimeRange
from dtbase.domain.values.queries import (
    AtLocation,
    Automatic,
    OfSeries,
    Predicted,
    Quality,
    ValuesQuery,
)
from dtbase.errors import Invalid
from dtbase.storage.readings import retention
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import flags, located, page_sql, predicted, relations, stating
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.sources import (
    PREDICTIONS,
    DuringStays,
    Found,
    GoodReadings,
    Readings,
    Source,
    levels_of,
    stored_reach,
)

HOUR = timedelta(hours=1)
HOURLY = Bucket.parse("1h")


@dataclass(frozen=True)
class Plan:
    """What will be read: everything that reading and answering take."""

    source: Source
    series: Sequence[Resolved]
    labels: Sequence[Labels]
    span: TimeRange
    bucketing: Bucketing | None
    now: datetime = LATEST
    states: stating.Names = field(default_factory=dict)
    flagged: bool = False

    @property
    def predicted(self) -> bool:
        return isinstance(self.source, PREDICTIONS)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of each series: its aggregates, or the raw value with interval bounds."""
        if self.bucketing is not None:
            return columns_of(self.bucketing.aggregates, self.states)
        return (*self.stored, *(flags.COLUMNS if self.flagged else ()))

    @property
    def stored(self) -> tuple[str, ...]:
        """The columns of raw values as they are read."""
        levels = levels_of(self.source)
        bounds = [f"{side}_{level:g}" for level in levels for side in ("lower", "upper")]
        return ("value", *bounds)

    @property
    def grain(self) -> Grain:
        """The coarsest grain at which values are read."""
        if self.bucketing is None:
            return Grain.RAW
        return coarsest(self.parts(self.bucketing))

    def parts(self, how: Bucketing) -> Sequence[Part]:
        """The stretches of the range, each with the grain at which it is read."""
        return parts_of(self.span, grain_of(self.source, self.span, how))

    def section(self, first: int, last: int, span: TimeRange) -> "Plan":
        """The same for some of the series and a part of the range."""
        series, labels = self.series[first:last], self.labels[first:last]
        return replace(self, series=series, labels=labels, span=span)


def refuse_senseless(plan: Plan) -> None:
    """Refuse aggregates that would be numbers without a meaning; unasked for they are empty."""
    if plan.bucketing is None:
        return
    for series in plan.series:
        refuse_without_meaning(str(series.key), series.statistic, plan.bucketing.aggregates)


def columns_of(aggregates: Sequence[Aggregate], states: stating.Names) -> tuple[str, ...]:
    """Return the columns of aggregates, that of times for each state by itself."""
    named = sorted({name for names in states.values() for name in names})
    found: list[str] = []
    for aggregate in aggregates:
        times = aggregate is Aggregate.TIME
        found += [f"{TIME_IN}{name}" for name in named] if times else [aggregate]
    return tuple(found)


def plan(session: Session, query: ValuesQuery) -> Plan:
    """Find the series, and choose the buckets and the range that can be answered exactly."""
    found = find(session, query)
    if query.quality is Quality.GOOD:
        found = good(found)
    span = span_of(session, found, query)
    match query.resolution:
        case Automatic() as automatic:
            bucket = choose(session, found, span, automatic)
            if bucket is None and isinstance(query.subject, AtLocation) and query.subject.combined:
                bucket = finest(span, automatic.points, automatic.zone)
            bucketing = None if bucket is None else automatic.into(bucket)
        case given:
            bucketing = given
    if bucketing is None and isinstance(query.subject, OfSeries):
        located.refuse_at_once(found)
    if bucketing is not None:
        refuse_strings(found.series)
        span = within_reach(session, found, span, bucketing)
    states = stating.names_of(session, found, span, bucketing) if bucketing else {}
    if query.flags:
        refuse_unflagged(found, bucketing)
    return Plan(*found, span, bucketing, query.now, states, query.flags)


def refuse_unflagged(found: Found, bucketing: Bucketing | None) -> None:
    """Refuse flags of what has none."""
    if bucketing is not None:
        raise Invalid("flags are of raw values; ask with bucket=raw", field="flags")
    if not isinstance(found.source, Readings | GoodReadings):
        raise Invalid("flags are of the readings of series; name series", field="flags")


def find(session: Session, query: ValuesQuery) -> Found:
    """Find the series of a query, and where they are read from."""
    match query.subject:
        case OfSeries(keys):
            return located.named(session, keys, query.span)
        case AtLocation() as asked:
            return at_location(session, asked, query)
        case Predicted(selection, keys):
            return predicted.find(session, selection, keys)


def good(found: Found) -> Found:
    """Leave out what is suspect."""
    if not isinstance(found.source, Readings):
        raise Invalid("quality goes with the readings of series that are named", field="quality")
    return found._replace(source=GoodReadings())


def at_location(session: Session, asked: AtLocation, query: ValuesQuery) -> Found:
    """Find the series of the sensors that were at a location during the range."""
    raw = query.resolution is None
    if asked.combined and raw:
        raise Invalid("what is combined comes in buckets; raw readings do not", field="bucket")
    return located.find(session, asked, query.span)


def span_of(session: Session, found: Found, query: ValuesQuery) -> TimeRange:
    """Return the range asked for; of predictions by default all of them, unless runs are mixed."""
    if not isinstance(query.subject, Predicted) or mixed(query.subject.selection):
        return query.span
    if query.start and query.end:
        return query.span
    covered = predicted.covered(session, found)
    return predicted.span_of(covered, query.start, query.end) if covered else query.span


def mixed(selection: Selection) -> bool:
    return isinstance(selection, OfModel) and selection.lead is not None


def grain_of(source: Source, span: TimeRange, how: Bucketing) -> Grain:
    """Return the coarsest grain at which the buckets of a source can be read."""
    stored = isinstance(source, Readings)
    return grain_for(how.bucket, span, how.zone) if stored else Grain.RAW


def refuse_strings(wanted: Sequence[Resolved]) -> None:
    """Refuse to aggregate texts that are not declared to be states."""
    texts = [
        str(series.key)
        for series in wanted
        if series.datatype is Datatype.STRING and series.statistic is not Statistic.STATE
    ]
    if texts:
        raise Invalid(
            f"{', '.join(texts)} holds texts; ask with bucket=raw, or declare them to be states"
            " (statistic state)",
            field="bucket",
        )


def choose(session: Session, found: Found, span: TimeRange, automatic: Automatic) -> Bucket | None:
    """Return the finest bucket within so many points, or None where raw values are few enough."""
    asked = {
        "ids": [series.id for series in found.series],
        "start": span.start,
        "end": span.end,
        "most": automatic.points + 1,
        **relations.parameters_of(found.source),
    }
    with column_cursor(session) as cursor:
        most, first, last = one(cursor, page_sql.EXTENTS[type(found.source)], asked)
        below = None
        if isinstance(found.source, Readings):
            below = cursor.execute(page_sql.EXTENT_OF_DROPPED, asked).fetchone()
    if below is not None and below[0] is not None:
        suiting = automatic.suit(span, below[0], below[1] - INSTANT)
        return max(suiting, HOURLY, key=lambda bucket: bucket.seconds)
    if most > automatic.points:
        return automatic.suit(span, first, last)
    if isinstance(found.source, DuringStays | GoodReadings) and retention_horizon_of(
        session, found, span.start
    ):
        return automatic.suit(span, span.start, span.end)  # raw ones would be too few, unsaid
    return None


def one(cursor: psycopg.Cursor[Any], query: bytes, asked: relations.Parameters) -> Any:
    """Run a statement that answers one row."""
    row = cursor.execute(query, asked).fetchone()
    assert row is not None
    return row


def retention_horizon_of(session: Session, found: Found, start: datetime) -> datetime | None:
    """Return the latest time before which asked-for readings of these series have been dropped."""
    reach = stored_reach(found, start)
    return retention.passed(session, reach) if reach else None


def within_reach(session: Session, found: Found, span: TimeRange, how: Bucketing) -> TimeRange:
    """Return the range that can be answered exactly; refuse where only raw readings could tell.

    Below a horizon whole hours are all that is left. Cutting one would answer too little.
    """
    grain = grain_of(found.source, span, how)
    if any(series.statistic is Statistic.STATE for series in found.series):
        grain = Grain.RAW  # their times are told from readings alone
    raw = [part.span for part in parts_of(span, grain) if part.grain is Grain.RAW]
    horizon = retention_horizon_of(session, found, raw[0].start) if raw else None
    if horizon is None:
        return span
    if grain is Grain.RAW:
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
