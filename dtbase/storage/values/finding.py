"""When conditions held, asked of the readings themselves; stored hours say where to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from psycopg.sql import SQL
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.selections import DEFAULT_SCENARIO, OfModel
from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import naive
from dtbase.domain.readings.columns import Columns, Numbers
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.conditions import Condition, Kind
from dtbase.domain.values.queries import Predicted, ValuesQuery
from dtbase.domain.values.stretches import (
    EMPTY,
    NONE,
    Stretches,
    changing,
    coarsened,
    common,
    holding,
    joined,
)
from dtbase.errors import Invalid
from dtbase.storage.registry import series
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.plans import horizon_of, one, plan
from dtbase.storage.values.reads import read
from dtbase.storage.values.sources import Found, Readings

MOST_READ = 3_000_000
"""The most readings that one search looks at."""

PATIENCE = 2.5
"""For so many of its usual steps a reading holds where none follows."""

STEADY = 200
"""From the steps between so many readings it is told what is usual."""

MOST_STRETCHES = 200
"""Of more, what lies between some of them is read too: each costs a way through all chunks."""

HOUR = timedelta(hours=1)
TRUTHS = {"true": 1.0, "false": 0.0}

EXTENT = SQL("""
SELECT least((SELECT time FROM reading WHERE series_id = %(id)s AND time < %(end)s
               ORDER BY time LIMIT 1),
             (SELECT bucket FROM reading_hour WHERE series_id = %(id)s ORDER BY bucket LIMIT 1)),
       (SELECT extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY step))::float8
          FROM (SELECT time - lead(time) OVER (ORDER BY time DESC) AS step FROM (
                  SELECT time FROM reading WHERE series_id = %(id)s AND time < %(end)s
                   ORDER BY time DESC LIMIT %(steady)s) newest) steps)
""").as_bytes()
"""When a series begins, and how far apart its readings usually are."""

HOURS = SQL("""
SELECT array_agg(bucket ORDER BY bucket) FROM reading_hour
 WHERE series_id = %(id)s AND bucket >= %(start)s AND bucket < %(end)s
   AND max >= %(low)s AND min <= %(high)s
""").as_bytes()
"""The hours in which some reading may lie within bounds; in no other one does any."""

VALUES = {
    False: SQL("""
SELECT array_agg(time), array_agg(value) FROM (
  SELECT r.time, r.value FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS wanted (start, until)
   CROSS JOIN LATERAL (SELECT time, value FROM reading WHERE series_id = %(id)s
     AND time >= wanted.start AND time < wanted.until AND value IS NOT NULL ORDER BY time) r
   ORDER BY r.time LIMIT %(most)s) found
""").as_bytes(),
    True: SQL("""
SELECT array_agg(time), array_agg(text) FROM (
  SELECT time, coalesce(text, '') AS text FROM reading WHERE series_id = %(id)s
     AND time >= (%(starts)s::timestamptz[])[1] AND time < (%(ends)s::timestamptz[])[1]
   ORDER BY time LIMIT %(most)s) found
""").as_bytes(),
}
TIMES = SQL("""
SELECT array_agg(time) FROM (
  SELECT time FROM reading WHERE series_id = %(id)s AND time >= coalesce(
    (SELECT time FROM reading WHERE series_id = %(id)s AND time < %(start)s
      ORDER BY time DESC LIMIT 1), %(start)s) AND time < %(end)s
   ORDER BY time LIMIT %(most)s) known
""").as_bytes()
"""When was read, from the last time before the range on."""


class Usual(NamedTuple):
    """How a series speaks: since when, and how often."""

    first: datetime | None
    step: timedelta

    @property
    def reach(self) -> timedelta:
        return self.step * PATIENCE


@dataclass(frozen=True)
class Looked:
    """Where a condition holds, and what was read to see it."""

    stretches: Stretches
    times: Times
    values: Numbers | None
    count: int


class Searched(NamedTuple):
    """Where all conditions hold, over which range, and what was read of the first series."""

    span: TimeRange
    series: Resolved
    stretches: Stretches
    first: Looked
    readings: int


def search(
    session: Session,
    conditions: Sequence[Condition],
    start: datetime | None,
    end: datetime,
    length: timedelta,
) -> Searched:
    """Find where all of some conditions hold."""
    resolved = series.resolve(session, [condition.key for condition in conditions])
    usual = [usual_of(session, one, end) for one in resolved]
    span = span_of(session, resolved, [each.first for each in usual], start, end)
    looked: list[Looked] = []
    for condition, one_series, own in zip(conditions, resolved, usual, strict=True):
        left = MOST_READ - sum(each.count for each in looked)
        asked = Asked(session, condition, one_series, own, span, left)
        looked.append(look(asked))
    stretches = looked[0].stretches.at_least(length)
    for each in looked[1:]:
        stretches = common(stretches, each.stretches.at_least(length))
    readings = sum(each.count for each in looked)
    return Searched(span, resolved[0], stretches, looked[0], readings)


class Asked(NamedTuple):
    """One condition on one series over a range, and how many readings may be looked at."""

    session: Session
    condition: Condition
    series: Resolved
    usual: Usual
    span: TimeRange
    most: int

    @property
    def parameters(self) -> dict[str, Any]:
        return {"id": self.series.id, "start": self.span.start, "end": self.span.end}


def usual_of(session: Session, wanted: Resolved, end: datetime) -> Usual:
    with column_cursor(session) as cursor:
        asked = {"id": wanted.id, "end": end, "steady": STEADY}
        first, step = one(cursor, EXTENT, asked)
    return Usual(first, timedelta(seconds=step) if step else HOUR)


def span_of(
    session: Session,
    resolved: Sequence[Resolved],
    firsts: Sequence[datetime | None],
    start: datetime | None,
    end: datetime,
) -> TimeRange:
    """Return the range that is looked at: by default all, and no more than retention has left."""
    known = [first for first in firsts if first is not None]
    begin = start or min(known, default=end - HOUR)
    if begin >= end:
        begin = end - HOUR
    labels = [each.labels for each in resolved]
    horizon = horizon_of(session, Found(Readings(), resolved, labels), begin)
    if horizon is not None and begin < horizon < end:
        begin = horizon
    return TimeRange.of(begin, end)


def look(asked: Asked) -> Looked:
    """Return where a condition holds."""
    refuse_wrong_kind(asked.condition, asked.series)
    match asked.condition.kind:
        case Kind.SILENT:
            return silences(asked)
        case Kind.RISING | Kind.FALLING:
            return rises(asked)
        case Kind.OUTSIDE:
            return outside(asked)
        case Kind.IS:
            return in_state(asked)
        case Kind.ABOVE | Kind.BELOW:
            return within(asked, asked.condition.said.low, asked.condition.said.high, strictly=True)
    return within(asked, asked.condition.said.low, asked.condition.said.high)


def refuse_wrong_kind(condition: Condition, wanted: Resolved) -> None:
    """Refuse arithmetic on texts."""
    if wanted.datatype is Datatype.STRING and condition.kind not in {Kind.SILENT, Kind.IS}:
        rule = f"{wanted.key} holds texts; ask what it is, or when it is silent"
        raise Invalid(rule, field="condition")


def within(asked: Asked, low: float, high: float, *, strictly: bool = False) -> Looked:
    """Return where values lie within bounds; hours without any such value are not read."""
    with column_cursor(asked.session) as cursor:
        early = asked.span.start - asked.usual.reach
        bounds = {**asked.parameters, "start": early - HOUR, "low": low, "high": high}
        (hours,) = one(cursor, HOURS, bounds)
    if hours is None:
        return Looked(NONE, EMPTY, np.empty(0), 0)
    ends = hours + np.timedelta64(HOUR) + np.timedelta64(asked.usual.reach)
    wanted = joined(hours, ends).within(naive(early), naive(asked.span.end))
    found = values_in(asked, coarsened(wanted, MOST_STRETCHES))
    values = found.values["value"]
    holds = (values > low) & (values < high) if strictly else (values >= low) & (values <= high)
    return held(asked, found.times, holds, values)


def held(asked: Asked, times: Times, holds: Any, values: Numbers | None) -> Looked:
    """Return where what was read holds, within the range."""
    stretches = holding(times, holds, asked.usual.reach, asked.usual.step)
    inside = stretches.within(naive(asked.span.start), naive(asked.span.end))
    return Looked(inside, times, values, len(times))


def values_in(asked: Asked, wanted: Stretches) -> Columns:
    """Read the readings of some stretches, or refuse when they are too many."""
    texts = asked.series.datatype is Datatype.STRING
    limits = {
        "starts": [utc(at) for at in wanted.starts],
        "ends": [utc(at) for at in wanted.ends],
        "most": asked.most + 1,
    }
    with column_cursor(asked.session) as cursor:
        times, values = one(cursor, VALUES[texts], {**asked.parameters, **limits})
    if times is None:
        return Columns(EMPTY, {"value": np.empty(0)})
    refuse_too_many(len(times), asked.most)
    return Columns(times, {"value": values})


def refuse_too_many(count: int, most: int) -> None:
    if count > most:
        raise Invalid(
            f"this would look at more than {MOST_READ} readings; choose a shorter range, or a"
            " condition that holds less often",
            field="condition",
        )


def everything(asked: Asked) -> Columns:
    """Read all the readings of the range, and those just before it."""
    start, end = naive(asked.span.start - asked.usual.reach), naive(asked.span.end)
    return values_in(asked, Stretches(np.array([start]), np.array([end])))


def rises(asked: Asked) -> Looked:
    """Return where values rise or fall faster than so much an hour, from reading to reading."""
    found = everything(asked)
    values = found.values["value"]
    hours = np.diff(found.times) / np.timedelta64(1, "h")
    rates = np.diff(values) / hours if len(values) else np.empty(0)
    limit = asked.condition.said.rate
    steep = rates > limit if limit > 0 else rates < limit
    stretches = changing(found.times, steep, asked.usual.reach)
    inside = stretches.within(naive(asked.span.start), naive(asked.span.end))
    return Looked(inside, found.times, values, len(found))


def silences(asked: Asked) -> Looked:
    """Return where nothing was read for too long."""
    silence = asked.condition.said.silence or asked.usual.reach
    with column_cursor(asked.session) as cursor:
        (times,) = one(cursor, TIMES, {**asked.parameters, "most": asked.most + 1})
    if times is None:
        return Looked(NONE, EMPTY, None, 0)
    refuse_too_many(len(times), asked.most)
    until = np.concatenate([times[1:], [naive(asked.span.end)]])
    long = until - times > np.timedelta64(silence)
    found = joined(times[long], until[long])
    inside = found.within(naive(asked.span.start), naive(asked.span.end))
    return Looked(inside, EMPTY, None, len(times))


def in_state(asked: Asked) -> Looked:
    """Return where a series is in a state: a text, a truth or a number."""
    state = asked.condition.said.state
    if asked.series.datatype is Datatype.STRING:
        found = everything(asked)
        return held(asked, found.times, found.values["value"] == state, None)
    try:
        value = TRUTHS[state.lower()] if state.lower() in TRUTHS else float(state)
    except ValueError:
        rule = f"{asked.series.key} holds no texts: it is true, false or a number, not {state!r}"
        raise Invalid(rule, field="condition") from None
    return within(asked, value, value)


def outside(asked: Asked) -> Looked:
    """Return where readings lie outside what was foretold of their times before they came."""
    foretold = bounds_of(asked)
    found = everything(asked)
    _, here, there = np.intersect1d(
        found.times, foretold.times, assume_unique=True, return_indices=True
    )
    values = found.values["value"]
    holds = np.zeros(len(found), dtype=bool)
    low, high = foretold.values["low"][there], foretold.values["high"][there]
    holds[here] = (values[here] < low) | (values[here] > high)
    return held(asked, found.times, holds, values)


def bounds_of(asked: Asked) -> Columns:
    """Return the interval of each time by the newest prediction that was issued before it."""
    said = asked.condition.said
    selection = OfModel(model=said.model, scenario=DEFAULT_SCENARIO, as_of=None, lead=timedelta())
    subject = Predicted(selection, (asked.series.key,))
    span = asked.span
    query = ValuesQuery(subject, span.start - asked.usual.reach, span.end, None, span.end)
    (columns,) = read(asked.session, plan(asked.session, query))
    levels = [float(name[6:]) for name in columns.values if name.startswith("lower_")]
    level = said.level if said.level is not None else max(levels, default=0.0)
    if not len(columns):
        nothing = np.empty(0)
        return Columns(columns.times, {"low": nothing, "high": nothing})
    if level not in levels:
        known = ", ".join(f"{each:g}" for each in sorted(levels)) or "none"
        rule = f"{said.model} has no interval of {level:g} %; it has {known}"
        raise Invalid(rule, field="condition")
    low, high = (columns.values[f"{side}_{level:g}"] for side in ("lower", "upper"))
    return Columns(columns.times, {"low": low, "high": high})


def utc(at: np.datetime64) -> datetime:
    """Return a time of a column as an aware one."""
    time: datetime = at.astype("datetime64[us]").astype(datetime)
    return time.replace(tzinfo=UTC)
