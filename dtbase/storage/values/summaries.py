"""What the readings of a range amount to: exact, from the readings themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import Bucket, naive
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.readings.stepped import Meaning, steps_of
from dtbase.domain.readings.steps import cut
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.statistics import METERS, STEPPED
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.domain.values.queries import OfSeries, ValuesQuery
from dtbase.domain.values.statistics import (
    Summary,
    SummaryQuery,
    cadence_of,
    completeness,
    figures_of,
    offered_to,
    weighted_figures,
)
from dtbase.errors import Invalid
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import located
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.plans import Plan, plan, retention_horizon_of
from dtbase.storage.values.reads import pages, read
from dtbase.storage.values.sources import Found
from dtbase.storage.values.stepping import runs_of

PAGE = 500_000
MOST = 5_000_000
TOO_MANY = f"a series has more than {MOST} readings in this range; choose a shorter one"
WHOLE = Bucket.parse("1000y")
HOURLY = Bucket.parse("1h")
FINE = Bucketing(Bucket.parse("1m"), zone("UTC"), (Aggregate.MEAN,), Fill.NONE)
"""Minutes are told by readings alone."""

WEIGHTED = {"mean", "p5", "median", "p95", "deviation"}
EXTREMES = (Aggregate.MIN, Aggregate.MAX, Aggregate.SUM, Aggregate.COUNT)


def summarise(session: Session, wanted: SummaryQuery, now: datetime) -> Sequence[Summary]:
    """Return the figures of every series, in the order in which they are asked for.

    A place's is read as that of the sensors that were there, one after the other.
    """
    span = TimeRange.of(wanted.start, wanted.end)
    keys = [SeriesKey.parse(name) for name in dict.fromkeys(wanted.series)]
    found = summarise_range(session, keys, span, now)
    if wanted.earlier_start is None:
        return found
    moved = TimeRange.of(wanted.earlier_start, wanted.earlier_start + (span.end - span.start))
    earlier = summarise_range(session, keys, moved, now)
    pairs = zip(found, earlier, strict=True)
    return [each.model_copy(update={"earlier": before}) for each, before in pairs]


def summarise_range(
    session: Session, keys: Sequence[SeriesKey], span: TimeRange, now: datetime
) -> Sequence[Summary]:
    """Return the figures of every series, or place's, over one range."""
    found = located.named(session, keys, span)
    located.refuse_at_once(found)
    until = min(span.end, max(now, span.start))
    each = [Found(found.source, [one], [one.labels]) for one in found.series]
    if retention_horizon_of(session, found, span.start) is not None:
        return [of_hours(session, one, span) for one in each]
    return [of_readings(session, one, span, until) for one in each]


def of_readings(session: Session, found: Found, span: TimeRange, until: datetime) -> Summary:
    """Return the figures of one series from its readings."""
    (series,) = found.series
    columns = all_of(session, found, span)
    every = cadence_of(columns.times)
    summary = Summary(
        **series.labels.model_dump(include={"sensor", "measure", "unit", "statistic"}),
        count=len(columns),
        every=every,
        complete=completeness(columns.times, every, span.start, until),
        offered=offered_to(series.statistic, columns.times),
    )
    if series.datatype is Datatype.STRING:
        return summary
    values = columns.values["value"].astype(np.float64)
    figures = figures_of(values, series.statistic)
    summary = summary.model_copy(update=figures.model_dump())
    if figures.max is not None:
        places = {"min_at": int(values.argmin()), "max_at": int(values.argmax())}
        summary = summary.model_copy(
            update={name: time_at(columns.times, place) for name, place in places.items()}
        )
    if until <= span.start:
        return summary
    known = TimeRange(start=span.start, end=until)
    if series.statistic is Statistic.LEVEL:
        return summary.model_copy(update=held(session, found, known, summary))
    return summary.model_copy(update=stepped(session, series, known))


def held(
    session: Session, found: Found, span: TimeRange, summary: Summary
) -> dict[str, float | datetime | None]:
    """Return the figures of a level, each value weighted by how long it held in a range.

    What held from before it is among its extremes, too.
    """
    (series,) = found.series
    plan = Plan(*found, span, FINE, span.end)
    with column_cursor(session) as cursor:
        runs = list(runs_of(cursor, plan, FINE, series, MOST))
    bounds = np.array([naive(span.start), naive(span.end)])
    values, hours, begins = [], [], []
    for run in runs:
        steps = steps_of(Meaning(series.statistic, series.options), run)
        pieces = cut(steps.starts, steps.ends, bounds)
        values.append(run.points.values[pieces.step])
        hours.append(pieces.hours)
        begins.append(np.maximum(steps.starts[pieces.step], bounds[0]))
    if not sum(map(len, values)):
        return {}
    level, begin = np.concatenate(values), np.concatenate(begins)
    told = weighted_figures(level, np.concatenate(hours)).model_dump(include=WEIGHTED)
    if summary.min is None or level.min() < summary.min:
        told |= {"min": float(level.min()), "min_at": time_at(begin, int(level.argmin()))}
    if summary.max is None or level.max() > summary.max:
        told |= {"max": float(level.max()), "max_at": time_at(begin, int(level.argmax()))}
    return told


def time_at(times: Times, place: int) -> datetime:
    time: datetime = times[place].astype("datetime64[us]").astype(datetime)
    return time.replace(tzinfo=UTC)


def all_of(session: Session, of: Found, span: TimeRange) -> Columns:
    """Read all that is stored of one series in a range, or refuse where that is too much."""
    whole = Plan(*of, span, None)
    (series,) = of.series
    found: list[Columns] = []
    left = MOST
    with column_cursor(session) as cursor:
        for page in pages(cursor, series, whole, PAGE):
            found.append(page)
            left -= len(page)
            if left < 0:
                raise Invalid(TOO_MANY, field="start")
    kept = [page for page in found if len(page)] or found[:1]
    values = np.concatenate([page.values["value"] for page in kept])
    return Columns(np.concatenate([page.times for page in kept]), {"value": values})


def stepped(session: Session, series: Resolved, span: TimeRange) -> dict[str, float | None]:
    """Return what steps tell: the use of a meter, and the mean of a level over time."""
    if series.statistic not in STEPPED:
        return {}
    how = Bucketing(WHOLE, zone("UTC"), (Aggregate.MEAN,), Fill.NONE)
    columns = buckets_of(session, series, span, how).values[Aggregate.MEAN]
    known = columns[~np.isnan(columns)]
    if series.statistic in METERS:
        return {"total": float(known.sum()) if len(known) else None}
    return {"mean": float(known[0]) if len(known) == 1 else None}


def buckets_of(session: Session, series: Resolved, span: TimeRange, how: Bucketing) -> Columns:
    """Return aggregates of one series."""
    query = ValuesQuery(OfSeries((series.key,)), span.start, span.end, how, span.end)
    return read(session, plan(session, query))[0]


def of_hours(session: Session, found: Found, span: TimeRange) -> Summary:
    """Return what stored hours tell exactly: neither quantiles nor the deviation nor cadence."""
    (series,) = found.series
    labels = series.labels.model_dump(include={"sensor", "measure", "unit", "statistic"})
    if series.datatype is Datatype.STRING or series.statistic is Statistic.STATE:
        return Summary(**labels, count=0)
    how = Bucketing(HOURLY, zone("UTC"), EXTREMES, Fill.NONE)
    columns = buckets_of(session, series, span, how)
    count = columns.values[Aggregate.COUNT].sum()
    summary = Summary(**labels, count=int(count))
    if not count or series.statistic is Statistic.CIRCULAR:
        return summary
    low, high = (columns.values[name] for name in (Aggregate.MIN, Aggregate.MAX))
    total = float(columns.values[Aggregate.SUM].sum())
    single = series.statistic in {Statistic.MEAN, Statistic.TOTAL}
    return summary.model_copy(
        update={
            "mean": total / float(count) if single else None,
            "min": float(low.min()),
            "min_at": time_at(columns.times, int(low.argmin())),
            "max": float(high.max()),
            "max_at": time_at(columns.times, int(high.argmax())),
            "total": total if series.statistic is Statistic.TOTAL else None,
            **stepped(session, series, span),
        }
    )
