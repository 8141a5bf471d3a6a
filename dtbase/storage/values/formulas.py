"""Formulas over the aggregates of series: what they need is read once, on one grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import LADDER, Bucket, edge_before, finest, naive, to_utc
from dtbase.domain.readings.columns import Columns, Numbers
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill, Level
from dtbase.domain.readings.stepped import refuse_without_meaning
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import Labels, SeriesKey
from dtbase.domain.timeranges import EARLIEST, TimeRange
from dtbase.domain.values.formula_units import Quantity, in_unit, name_of, unit_of
from dtbase.domain.values.formula_values import Inputs, values_of
from dtbase.domain.values.formulas import BEFORE, BY_HOURS, MOST_SERIES, Formula
from dtbase.domain.values.queries import DEFAULT_SPAN, OfSeries, ValuesQuery
from dtbase.errors import Invalid
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import located
from dtbase.storage.values.plans import HOURLY, Plan, horizon_of, plan, refuse_strings
from dtbase.storage.values.reads import read
from dtbase.storage.values.sources import Found, Readings

NEWEST = 50
"""From the steps between so many readings it is told how often a series has one."""

COUNTED = frozenset({Aggregate.CHANGES, Aggregate.COUNT})
JITTER = 0.98
"""Readings that come a little too soon still come once a bucket."""

STEP = text("""
SELECT max(step) FROM unnest(CAST(:ids AS int[])) AS wanted (id) CROSS JOIN LATERAL (
  SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY step) AS step FROM (
    SELECT time - lead(time) OVER (ORDER BY time DESC) AS step FROM (
      SELECT time FROM reading WHERE series_id = id AND time >= :start AND time < :end
       ORDER BY time DESC LIMIT :newest) newest) steps) usual
""")
"""How far apart the readings of the slowest of some series are."""


@dataclass(frozen=True)
class FormulasQuery:
    """Which formulas are evaluated from when to when, on which aggregate in which buckets."""

    formulas: tuple[Formula, ...]
    start: datetime | None
    end: datetime | None
    bucket: Bucket | None
    """Without one the finest within so many points, in which each series has its readings."""

    points: int
    zone: ZoneInfo
    aggregate: Aggregate
    now: datetime

    @property
    def keys(self) -> tuple[SeriesKey, ...]:
        return tuple(dict.fromkeys(key for formula in self.formulas for key in formula.series))


class Evaluated(NamedTuple):
    """What formulas came to, and from what."""

    span: TimeRange
    bucket: Bucket
    level: Level
    labels: Sequence[Labels]
    columns: Sequence[Columns]


def evaluate(session: Session, query: FormulasQuery) -> Evaluated:
    """Evaluate formulas over the aggregates of their series."""
    if len(query.keys) > MOST_SERIES:
        rule = f"the formulas of one request are about at most {MOST_SERIES} series"
        raise Invalid(rule, field="formula")
    span = TimeRange.asked(query.start, query.end, query.now, DEFAULT_SPAN)
    resolved = located.named(session, query.keys, span).series
    refuse_strings(resolved)
    for one in resolved:
        if one.statistic is Statistic.STATE and query.aggregate not in COUNTED:
            rule = "holds states, of which formulas take changes and count"
            raise Invalid(f"{one.key} {rule}", field="aggregate")
        refuse_without_meaning(str(one.key), one.statistic, (query.aggregate,))
    bucket = query.bucket or choose(session, resolved, span, query)
    planned, inputs = read_inputs(session, query, span, bucket)
    if bucket.seconds > HOURLY.seconds and any(each.uses(BY_HOURS) for each in query.formulas):
        _, hourly = read_inputs(session, query, planned.span, HOURLY)
        inputs = Inputs(inputs.times, inputs.hours, inputs.first, inputs.series, hourly)
    found = [values_of(formula, inputs) for formula in query.formulas]
    return Evaluated(
        TimeRange(start=max(planned.span.start, span.start), end=planned.span.end),
        bucket,
        planned.level,
        [labels_of(each, resolved) for each in found],
        [
            Columns(inputs.times[inputs.first :], {query.aggregate.value: each.values})
            for each in found
        ],
    )


def choose(
    session: Session, resolved: Sequence[Resolved], span: TimeRange, query: FormulasQuery
) -> Bucket:
    """Return the finest bucket in which series of different cadences stand side by side."""
    asked = {
        "ids": [one.id for one in resolved],
        "start": span.start,
        "end": span.end,
        "newest": NEWEST,
    }
    step: timedelta | None = session.execute(STEP, asked).scalar_one()
    seconds = HOURLY.seconds if step is None else step.total_seconds() * JITTER
    labels = [one.labels for one in resolved]
    if horizon_of(session, Found(Readings(), resolved, labels), span.start):
        seconds = max(seconds, HOURLY.seconds)
    slowest = next((each for each in LADDER if each.seconds >= seconds), LADDER[-1])
    return max(finest(span, query.points, query.zone), slowest, key=lambda bucket: bucket.seconds)


def read_inputs(
    session: Session, query: FormulasQuery, span: TimeRange, bucket: Bucket
) -> tuple[Plan, Inputs]:
    """Read the aggregates of all series, from as long before the range as the formulas look."""
    early = started(query, span, bucket)
    how = Bucketing(bucket, query.zone, (query.aggregate,), Fill.NULL)
    asked = ValuesQuery(OfSeries(query.keys), early, span.end, how, query.now)
    planned = plan(session, asked)
    found = read(session, planned)
    times = found[0].times
    grid = {
        one.key: quantity(one, columns.values[query.aggregate.value], query.aggregate)
        for one, columns in zip(planned.series, found, strict=True)
    }
    first = 0
    if early < span.start:
        edge = np.searchsorted(times, naive(span.start), side="right") - 1
        first = max(int(edge), 0)
    return planned, Inputs(times, hours_of(times, bucket, query.zone), first, grid)


def started(query: FormulasQuery, span: TimeRange, bucket: Bucket) -> datetime:
    """Return from when on aggregates are read: an edge, if it is before the range."""
    window = max(formula.window for formula in query.formulas)
    before = any(formula.uses(BEFORE) for formula in query.formulas)
    if not window and not before:
        return span.start
    wanted = span.start - window - before * timedelta(seconds=bucket.seconds * 1.1)
    edge = edge_before(bucket, max(wanted, EARLIEST), query.zone)
    at = edge if edge.tzinfo is not None else to_utc(edge, query.zone)
    return max(at.astimezone(UTC), EARLIEST)


def quantity(one: Resolved, values: Numbers, aggregate: Aggregate) -> Quantity:
    """Return the aggregates of a series in the unit that they have."""
    counted = aggregate is Aggregate.COUNT
    circular = one.statistic is Statistic.CIRCULAR and aggregate not in {
        Aggregate.COUNT,
        Aggregate.SUM,
    }
    return in_unit(
        np.asarray(values, float),
        None if counted else one.unit,
        str(one.key),
        direction=circular,
    )


def hours_of(times: Times, bucket: Bucket, zone: ZoneInfo) -> Numbers:
    """Return how many hours each bucket has."""
    if bucket.fixed or not len(times):
        return np.full(len(times), bucket.seconds / 3_600)
    last = times[-1].astype(datetime).replace(tzinfo=UTC)
    after = last + timedelta(seconds=bucket.seconds * 1.5)
    edge = edge_before(bucket, after, zone)
    end = naive(to_utc(edge, zone))
    return np.diff(np.append(times, end)) / np.timedelta64(1, "h")


def labels_of(found: Quantity, resolved: Sequence[Resolved]) -> Labels:
    """Say what a formula's values are; it belongs to no sensor."""
    known = {unit_of(one.unit): one.unit for one in resolved if one.unit}
    return Labels(
        sensor="",
        measure=found.text,
        unit=name_of(found.unit, known),
        datatype=Datatype.FLOAT,
        statistic=Statistic.CIRCULAR if found.direction else Statistic.MEAN,
    )
