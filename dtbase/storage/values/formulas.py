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
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill, Grain
from dtbase.domain.readings.stepped import refuse_without_meaning
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import Labels
from dtbase.domain.timeranges import EARLIEST, TimeRange
from dtbase.domain.values.formula_units import Quantity, in_unit, name_of, unit_of
from dtbase.domain.values.formula_values import Inputs, values_of
from dtbase.domain.values.formulas import BEFORE, BY_HOURS, MOST_SERIES, Formula, Operand
from dtbase.domain.values.queries import DEFAULT_SPAN, OfSeries, ValuesQuery
from dtbase.errors import Invalid
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.operands import OperandSource, sources_of
from dtbase.storage.values.plans import HOURLY, Plan, plan, refuse_strings, retention_horizon_of
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
    def operands(self) -> tuple[Operand, ...]:
        """Return what the formulas are about, each once; what was measured comes first."""
        every = dict.fromkeys(each for formula in self.formulas for each in formula.operands)
        return tuple(sorted(every, key=lambda each: not each.measured))


class Evaluated(NamedTuple):
    """What formulas came to, and from what."""

    span: TimeRange
    bucket: Bucket
    grain: Grain
    labels: Sequence[Labels]
    columns: Sequence[Columns]


def evaluate(session: Session, query: FormulasQuery) -> Evaluated:
    """Evaluate formulas over the aggregates of what they are about."""
    if len(query.operands) > MOST_SERIES:
        rule = f"the formulas of one request are about at most {MOST_SERIES} series"
        raise Invalid(rule, field="formula")
    span = TimeRange.asked(query.start, query.end, query.now, DEFAULT_SPAN)
    sources = sources_of(session, query.operands, span)
    resolved = [one for source in sources for one in source.series]
    refuse_strings(resolved)
    for one in resolved:
        if one.statistic is Statistic.STATE and query.aggregate not in COUNTED:
            rule = "holds states, of which formulas take changes and count"
            raise Invalid(f"{one.key} {rule}", field="aggregate")
        refuse_without_meaning(str(one.key), one.statistic, (query.aggregate,))
    named = [each.series for each in sources if isinstance(each.subject, OfSeries)]
    measured = [one for series in named for one in series]
    bucket = query.bucket or choose(session, measured, span, query)
    planned, inputs = read_inputs(session, query, sources, span, bucket)
    if bucket.seconds > HOURLY.seconds and any(each.uses(BY_HOURS) for each in query.formulas):
        _, hourly = read_inputs(session, query, sources, planned.span, HOURLY)
        inputs = Inputs(inputs.times, inputs.hours, inputs.first, inputs.series, hourly)
    found = [values_of(formula, inputs) for formula in query.formulas]
    return Evaluated(
        TimeRange(start=max(planned.span.start, span.start), end=planned.span.end),
        bucket,
        planned.grain,
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
    if retention_horizon_of(session, Found(Readings(), resolved, labels), span.start):
        seconds = max(seconds, HOURLY.seconds)
    slowest = next((each for each in LADDER if each.seconds >= seconds), LADDER[-1])
    return max(finest(span, query.points, query.zone), slowest, key=lambda bucket: bucket.seconds)


def read_inputs(
    session: Session,
    query: FormulasQuery,
    sources: Sequence[OperandSource],
    span: TimeRange,
    bucket: Bucket,
) -> tuple[Plan, Inputs]:
    """Read the aggregates of all operands, from as long before the range as the formulas look.

    All stand on the buckets of the first source: what is not known in one of them is a gap.
    """
    early = started(query, span, bucket)
    how = Bucketing(bucket, query.zone, (query.aggregate,), Fill.NULL)
    grid: dict[Operand, Quantity] = {}
    times: Times | None = None
    first_plan: Plan | None = None
    for source in sources:
        planned = plan(session, ValuesQuery(source.subject, early, span.end, how, query.now))
        found = read(session, planned)
        if times is None or first_plan is None:
            times, first_plan = found[0].times, planned
        for operand, one, columns in zip(source.operands, planned.series, found, strict=True):
            values = on_times(columns, query.aggregate.value, times)
            grid[operand] = quantity(operand, one, values, query.aggregate)
    assert times is not None
    assert first_plan is not None
    first = 0
    if early < span.start:
        edge = np.searchsorted(times, naive(span.start), side="right") - 1
        first = max(int(edge), 0)
    return first_plan, Inputs(times, hours_of(times, bucket, query.zone), first, grid)


def on_times(columns: Columns, name: str, times: Times) -> Numbers:
    """Return values at the buckets of another source; they are no number where it has none."""
    values = np.asarray(columns.values[name], float)
    if np.array_equal(columns.times, times):
        return values
    found = np.full(len(times), np.nan)
    _, here, there = np.intersect1d(times, columns.times, return_indices=True)
    found[here] = values[there]
    return found


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


def quantity(operand: Operand, one: Resolved, values: Numbers, aggregate: Aggregate) -> Quantity:
    """Return the aggregates of an operand in the unit that they have."""
    counted = aggregate is Aggregate.COUNT
    circular = one.statistic is Statistic.CIRCULAR and aggregate not in {
        Aggregate.COUNT,
        Aggregate.SUM,
    }
    return in_unit(
        values,
        None if counted else one.unit,
        str(operand),
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
