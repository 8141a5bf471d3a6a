"""What was measured on the lines of a chart, and the formulas over it, at one resolution."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from dtbase.domain.glance.chart import ChartQuery, LineName, points_for
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.series import Series, SeriesKey
from dtbase.domain.timeranges import EARLIEST, LATEST, TimeRange, zone
from dtbase.domain.values.formulas import Formula
from dtbase.domain.values.queries import (
    AtLocation,
    Automatic,
    OfSeries,
    Resolution,
    Subject,
    ValuesQuery,
)
from dtbase.errors import Invalid, NotFound
from dtbase.storage import values
from dtbase.storage.glance.chart_lines import HOUR, Found, Lines, read
from dtbase.storage.registry import locations
from dtbase.storage.values import Evaluated, FormulasQuery


@dataclass(frozen=True)
class Measured:
    """What was measured on the lines, and in which buckets; `ahead` ends with the range."""

    resolution: Resolution
    ahead: TimeRange
    now: datetime
    values: Found = field(default_factory=dict)
    earlier: Found = field(default_factory=dict)
    placed: dict[SeriesKey, Series] = field(default_factory=dict)


@dataclass(frozen=True)
class Range:
    """From when to when, and how finely, readings are read."""

    span: TimeRange
    resolution: Resolution
    now: datetime
    ahead: datetime | None = None
    """Until when formulas about forecasts are evaluated: readings end earlier."""

    def ask(self, subject: Subject) -> ValuesQuery:
        return ValuesQuery(subject, self.span.start, self.span.end, self.resolution, self.now)


def measure(
    session: Session, lines: Lines, wanted: ChartQuery, window: TimeRange, now: datetime
) -> Measured:
    """Read what was measured on the lines, at one resolution."""
    wide = widened(window, wanted.margin, now)
    span = Range(wide, resolution_of(lines, wanted, window), now, window.end)
    span = replace(span, resolution=settled(session, lines, span))
    measured = Measured(span.resolution, TimeRange.of(wide.start, window.end), now)
    read_all(session, lines, span, measured.values)
    describe_places(session, lines, measured)
    if wanted.shift is not None:
        moved = back(wide, timedelta(seconds=wanted.shift), wanted.timezone)
        read_all(session, lines, replace(span, span=moved, ahead=None), measured.earlier)
    return measured


def widened(window: TimeRange, margin: float, now: datetime) -> TimeRange:
    """Return the range with so much more at both ends, but hardly further than readings go."""
    more = (window.end - window.start) * margin
    start = max(window.start - more, EARLIEST)
    return TimeRange.of(start, max(min(window.end + more, now + HOUR, LATEST), start + HOUR))


def resolution_of(lines: Lines, wanted: ChartQuery, window: TimeRange) -> Resolution:
    """Return the buckets that are asked for."""
    if wanted.bucket == "raw":
        return None
    site, aggregates = zone(wanted.timezone), tuple(dict.fromkeys(wanted.aggregates))
    if wanted.bucket != "auto":
        return Bucketing(Bucket.parse(wanted.bucket), site, aggregates, Fill.NULL)
    columns = len(lines.names) * len(aggregates)
    points = wanted.points or points_for(window.end - window.start, columns)
    return Automatic(points, site, aggregates, Fill.NULL)


def settled(session: Session, lines: Lines, span: Range) -> Resolution:
    """Return the one resolution of all lines; what is put together of sensors needs buckets."""
    if not isinstance(span.resolution, Automatic):
        return span.resolution
    found: Resolution = None
    numbers = lines.measured(numbers=True)
    if numbers:
        query = span.ask(OfSeries(tuple(series.key for series in numbers)))
        found = values.plan(session, query).bucketing
    for name in lines.places if found is None else ():
        try:
            found = values.plan(session, span.ask(at(name))).bucketing
        except (NotFound, Invalid) as refusal:
            lines.missing[str(name)] = refusal.detail
            continue
        if found is not None:
            break
    if found is None and lines.formulas:
        found = formula_bucketing(session, lines, span, span.resolution)
    return found


def formula_bucketing(
    session: Session, lines: Lines, span: Range, automatic: Automatic
) -> Resolution:
    """Return the buckets that suit the first formula that can be evaluated."""
    for name in lines.formulas:
        try:
            return automatic.into(evaluated(session, name, span).bucket)
        except (NotFound, Invalid) as refusal:
            lines.missing[str(name)] = refusal.detail
    return None


def evaluated(session: Session, name: LineName, span: Range) -> Evaluated:
    how = span.resolution
    if how is None:
        raise Invalid("a formula is taken of aggregates; choose another resolution", field="bucket")
    formula = Formula.parse(name.key.measure)
    end = span.span.end
    query = FormulasQuery(
        formulas=(formula,),
        start=span.span.start,
        end=max(end, span.ahead or end) if formula.believed else end,
        bucket=how.bucket if isinstance(how, Bucketing) else None,
        points=how.points if isinstance(how, Automatic) else points_for(timedelta(0), 1),
        zone=how.zone,
        aggregate=Aggregate.MEAN,
        now=span.now,
    )
    return values.evaluate(session, query)


def read_all(session: Session, lines: Lines, span: Range, found: Found) -> None:
    """Read all lines but forecasts; those that cannot be read are noted as missing."""
    numbers = lines.measured(numbers=True)
    if numbers:
        found |= read(session, span.ask(OfSeries(tuple(series.key for series in numbers))))
    states = lines.measured(numbers=False)
    changes = values.changes_of(session, states, span.span) if states else ()
    for series, columns in zip(states, changes, strict=True):
        found[series.key] = values.to_series(series.labels, columns)
    read_places(session, lines, span, found)
    read_formulas(session, lines, span, found)


def read_places(session: Session, lines: Lines, span: Range, found: Found) -> None:
    """Read what the sensors at locations measured, all of one as one."""
    for name in lines.places:
        if str(name) in lines.missing:
            continue
        try:
            answer = read(session, span.ask(at(name)))
        except (NotFound, Invalid) as refusal:
            lines.missing[str(name)] = refusal.detail
            continue
        for part in answer.values():
            found[name.key] = part.model_copy(update={"sensor": name.key.sensor})


def read_formulas(session: Session, lines: Lines, span: Range, found: Found) -> None:
    """Evaluate the formulas; those that cannot be are noted as missing."""
    for name in lines.formulas:
        if str(name) in lines.missing:
            continue
        try:
            came = evaluated(session, name, span)
        except (NotFound, Invalid) as refusal:
            lines.missing[str(name)] = refusal.detail
            continue
        named = came.labels[0].model_copy(update=name.key.model_dump())
        found[name.key] = values.to_series(named, came.columns[0])


def at(name: LineName) -> AtLocation:
    """Return the subject of a line about a location: all its sensors together."""
    assert name.location is not None
    return AtLocation(name.location, (name.key.measure,), combined=True)


def describe_places(session: Session, lines: Lines, measured: Measured) -> None:
    """Describe the lines about locations as series of which the location is the sensor."""
    for name in lines.places:
        if str(name) in lines.missing:
            continue
        assert name.location is not None
        found = measured.values.get(name.key)
        if found is None:
            told = f"no sensor that measures {name.key.measure} stood there then"
            lines.missing[str(name)] = told
            continue
        measured.placed[name.key] = Series(
            sensor=name.key.sensor,
            sensor_name=locations.get(session, name.location).name,
            sensor_type="location",
            location=name.location,
            position=0,
            measure=found.measure,
            unit=found.unit,
            datatype=found.datatype,
            statistic=found.statistic,
        )
    for name in lines.formulas:
        found = measured.values.get(name.key)
        if found is not None:
            measured.placed[name.key] = Series(
                **name.key.model_dump(),
                sensor_name=None,
                sensor_type="formula",
                location=None,
                position=0,
                unit=found.unit,
                datatype=found.datatype,
                statistic=found.statistic,
            )


def back(span: TimeRange, shift: timedelta, timezone: str) -> TimeRange:
    """Return the range that lies so much earlier by the clock on the wall."""
    site = zone(timezone)
    ends = (
        (time.astimezone(site).replace(tzinfo=None) - shift).replace(tzinfo=site).astimezone(UTC)
        for time in (span.start, span.end)
    )
    return TimeRange.of(*ends)
