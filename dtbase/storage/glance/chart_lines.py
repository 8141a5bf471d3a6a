"""The values of a chart's lines: what was measured, what is believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Run
from dtbase.domain.forecasts.selections import DEFAULT_SCENARIO, OfModel, OfRun, parse_lead
from dtbase.domain.glance.chart import Belief, ChartQuery, LineName, points_for
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import Series, SeriesKey
from dtbase.domain.timeranges import EARLIEST, LATEST, TimeRange, zone
from dtbase.domain.values.queries import (
    AtLocation,
    Automatic,
    OfSeries,
    Predicted,
    Resolution,
    Subject,
    ValuesQuery,
)
from dtbase.errors import Invalid, NotFound
from dtbase.storage import values
from dtbase.storage.forecasts import newest
from dtbase.storage.forecasts.newest import Wanted
from dtbase.storage.registry import locations
from dtbase.storage.registry.series import Resolved

HOUR = timedelta(hours=1)
NUMBERS = frozenset({Datatype.FLOAT, Datatype.INTEGER})
Found = dict[SeriesKey, SeriesValues]


class Lines(NamedTuple):
    """The lines that exist, their series, and why the others cannot be shown."""

    names: Sequence[LineName]
    known: Mapping[SeriesKey, Resolved]
    missing: dict[str, str]

    @property
    def series(self) -> Sequence[Resolved]:
        """All series once, in the order of the lines."""
        return [self.known[key] for key in dict.fromkeys(name.key for name in self.sensors)]

    @property
    def sensors(self) -> Sequence[LineName]:
        return [name for name in self.names if name.location is None]

    def measured(self, *, numbers: bool) -> Sequence[Resolved]:
        """Return the series of which readings are asked for: of numbers, or of states."""
        found = [self.known[name.key] for name in self.sensors if name.belief is None]
        return [series for series in found if (series.datatype in NUMBERS) is numbers]

    @property
    def places(self) -> Sequence[LineName]:
        return [name for name in self.names if name.location is not None]


@dataclass(frozen=True)
class Believed:
    """The runs of lines and what they predict."""

    runs: Mapping[str, Run]
    predictions: dict[str, SeriesValues]

    @property
    def ends(self) -> Sequence[datetime]:
        """When the predictions end."""
        return [end for each in self.predictions.values() if (end := each.last_time)]

    def of(self, name: LineName) -> tuple[Run | None, SeriesValues | None]:
        return self.runs.get(str(name)), self.predictions.get(str(name))


def believe(
    session: Session, lines: Lines, since: datetime, now: datetime, *, beside: bool
) -> Believed:
    """Find the forecasts of lines, and if wanted those beside what was measured."""
    wanted: dict[str, Wanted] = {}
    for name in lines.sensors:
        series = lines.known[name.key]
        belief = name.belief or (Belief() if beside and series.datatype in NUMBERS else None)
        if belief is not None:
            wanted[str(name)] = Wanted(series.id, belief)
    found = newest.find(session, [*wanted.values()], since)
    runs = {name: found[place] for place, name in enumerate(wanted) if place in found}
    predictions = {}
    for name in lines.sensors:
        lead = name.belief.lead if name.belief else None
        if lead is None and str(name) in runs:
            chosen = OfRun(run=runs[str(name)].id)
            query = ValuesQuery(Predicted(chosen, (name.key,)), EARLIEST, LATEST, None, now)
            predictions[str(name)] = read(session, query)[name.key]
        elif lead is None and name.belief is not None:
            lines.missing[str(name)] = f"no forecast of {name.key} fits this"
    return Believed(runs, predictions)


def believe_by_lead(
    session: Session, lines: Lines, believed: Believed, measured: "Measured"
) -> None:
    """Read what was believed so long before each time; it is as long as the range."""
    how = measured.resolution
    if isinstance(how, Bucketing):
        how = how._replace(aggregates=(Aggregate.MEAN,))
    for name in lines.sensors:
        if name.belief is None or name.belief.lead is None or name.belief.model is None:
            continue
        chosen = OfModel(
            model=name.belief.model,
            scenario=name.belief.scenario or DEFAULT_SCENARIO,
            as_of=name.belief.as_of,
            lead=parse_lead(name.belief.lead),
        )
        start, end = measured.ahead.start, measured.ahead.end
        query = ValuesQuery(Predicted(chosen, (name.key,)), start, end, how, measured.now)
        try:
            found = read(session, query)[name.key]
        except (NotFound, Invalid) as refusal:
            lines.missing[str(name)] = refusal.detail
            continue
        columns = {"value" if each == "mean" else each: v for each, v in found.values.items()}
        believed.predictions[str(name)] = found.model_copy(update={"values": columns})


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

    def ask(self, subject: Subject) -> ValuesQuery:
        return ValuesQuery(subject, self.span.start, self.span.end, self.resolution, self.now)


def measure(
    session: Session, lines: Lines, wanted: ChartQuery, window: TimeRange, now: datetime
) -> Measured:
    """Read what was measured on the lines, at one resolution."""
    wide = widened(window, wanted.margin, now)
    span = Range(wide, resolution_of(lines, wanted, window), now)
    span = replace(span, resolution=settled(session, lines, span))
    measured = Measured(span.resolution, TimeRange.of(wide.start, window.end), now)
    read_all(session, lines, span, measured.values)
    describe_places(session, lines, measured)
    if wanted.shift is not None:
        moved = back(wide, timedelta(seconds=wanted.shift), wanted.timezone)
        read_all(session, lines, replace(span, span=moved), measured.earlier)
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
    return found


def read_all(session: Session, lines: Lines, span: Range, found: Found) -> None:
    """Read all lines but forecasts; those that cannot be read are noted as missing."""
    numbers = lines.measured(numbers=True)
    if numbers:
        found |= read(session, span.ask(OfSeries(tuple(series.key for series in numbers))))
    states = lines.measured(numbers=False)
    changes = values.changes_of(session, states, span.span) if states else ()
    for series, columns in zip(states, changes, strict=True):
        found[series.key] = values.to_series(series.labels, columns)
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


def read(session: Session, query: ValuesQuery) -> Found:
    """Return values by the names of their series."""
    planned = values.plan(session, query)
    columns = values.read(session, planned)
    found = [values.to_series(*pair) for pair in zip(planned.labels, columns, strict=True)]
    return {each.key: each for each in found}


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


def back(span: TimeRange, shift: timedelta, timezone: str) -> TimeRange:
    """Return the range that lies so much earlier by the clock on the wall."""
    site = zone(timezone)
    ends = (
        (time.astimezone(site).replace(tzinfo=None) - shift).replace(tzinfo=site).astimezone(UTC)
        for time in (span.start, span.end)
    )
    return TimeRange.of(*ends)
