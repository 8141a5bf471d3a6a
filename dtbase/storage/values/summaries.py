"""What the readings of a range amount to: exact, from the readings themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
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
)
from dtbase.errors import Invalid
from dtbase.storage.registry import series as series_storage
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.plans import Plan, horizon_of, plan
from dtbase.storage.values.reads import pages, read
from dtbase.storage.values.sources import Found, Readings

PAGE = 500_000
MOST = 5_000_000
TOO_MANY = f"a series has more than {MOST} readings in this range; choose a shorter one"
WHOLE = Bucket.parse("1000y")
HOURLY = Bucket.parse("1h")
EXTREMES = (Aggregate.MIN, Aggregate.MAX, Aggregate.SUM, Aggregate.COUNT)


def summarise(session: Session, wanted: SummaryQuery, now: datetime) -> Sequence[Summary]:
    """Return the figures of every series, in the order in which they are asked for."""
    span = TimeRange.of(wanted.start, wanted.end)
    keys = [SeriesKey.parse(name) for name in dict.fromkeys(wanted.series)]
    found = series_storage.resolve(session, keys)
    until = min(span.end, max(now, span.start))
    dropped = horizon_of(
        session, Found(Readings(), found, [each.labels for each in found]), span.start
    )
    if dropped is not None:
        return [of_hours(session, each, span) for each in found]
    return [of_readings(session, each, span, until) for each in found]


def of_readings(session: Session, series: Resolved, span: TimeRange, until: datetime) -> Summary:
    """Return the figures of one series from its readings."""
    columns = all_of(session, series, span)
    every = cadence_of(columns.times)
    summary = Summary(
        **series.labels.model_dump(include={"sensor", "measure", "unit", "statistic"}),
        count=len(columns),
        every=every,
        complete=completeness(columns.times, every, span.start, until),
        offered=offered_to(series.statistic, columns.times),
    )
    if series.datatype is Datatype.STRING or not len(columns):
        return summary
    values = columns.values["value"].astype(np.float64)
    figures = figures_of(values, series.statistic)
    found = summary.model_copy(update=figures.model_dump())
    if figures.max is not None:
        places = {"min_at": int(values.argmin()), "max_at": int(values.argmax())}
        found = found.model_copy(
            update={name: time_at(columns, place) for name, place in places.items()}
        )
    return found.model_copy(update=stepped(session, series, span))


def time_at(columns: Columns, place: int) -> datetime:
    time: datetime = columns.times[place].astype(datetime)
    return time.replace(tzinfo=UTC)


def all_of(session: Session, series: Resolved, span: TimeRange) -> Columns:
    """Read all that is stored of one series in a range, or refuse where that is too much."""
    whole = Plan(Readings(), [series], [series.labels], span, None)
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


def of_hours(session: Session, series: Resolved, span: TimeRange) -> Summary:
    """Return what stored hours tell exactly: neither quantiles nor the deviation nor cadence."""
    labels = series.labels.model_dump(include={"sensor", "measure", "unit", "statistic"})
    if series.datatype is Datatype.STRING:
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
            "min_at": time_at(columns, int(low.argmin())),
            "max": float(high.max()),
            "max_at": time_at(columns, int(high.argmax())),
            "total": total if series.statistic is Statistic.TOTAL else None,
            **stepped(session, series, span),
        }
    )
