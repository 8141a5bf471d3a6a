"""When conditions held, asked of the readings themselves; stored hours say where to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
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
from dtbase.storage.readings import retention
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.plans import plan
from dtbase.storage.values.reads import read
from dtbase.storage.values.searched import (
    HOUR,
    MOST_READ,
    Seen,
    Subject,
    Usual,
    hours_between,
    subjects_of,
    times_in,
    usual_of,
    values_in,
)

MOST_STRETCHES = 200
"""Of more, what lies between some of them is read too: each costs a way through all chunks."""

TRUTHS = {"true": 1.0, "false": 0.0}


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
    subjects = subjects_of(session, [condition.key for condition in conditions])
    usual = [usual_of(session, each, end) for each in subjects]
    span = span_of(session, subjects, [each.first for each in usual], start, end)
    looked: list[Looked] = []
    for condition, subject, own in zip(conditions, subjects, usual, strict=True):
        left = MOST_READ - sum(each.count for each in looked)
        asked = Asked(session, condition, subject, own, span, left)
        looked.append(look(asked))
    stretches = looked[0].stretches.at_least(length)
    for each in looked[1:]:
        stretches = common(stretches, each.stretches.at_least(length))
    readings = sum(each.count for each in looked)
    return Searched(span, subjects[0].series, stretches, looked[0], readings)


class Asked(NamedTuple):
    """One condition on one series over a range, and how many readings may be looked at."""

    session: Session
    condition: Condition
    subject: Subject
    usual: Usual
    span: TimeRange
    most: int

    @property
    def series(self) -> Resolved:
        return self.subject.series


def span_of(
    session: Session,
    subjects: Sequence[Subject],
    firsts: Sequence[datetime | None],
    start: datetime | None,
    end: datetime,
) -> TimeRange:
    """Return the range that is looked at: by default all, and no more than retention has left."""
    known = [first for first in firsts if first is not None]
    begin = start or min(known, default=end - HOUR)
    if begin >= end:
        begin = end - HOUR
    stays = [stay for each in subjects for stay in each.stays]
    horizon = retention.passed(
        session,
        [(stay.id, max(begin, stay.whole.start)) for stay in stays if stay.whole.end > begin],
    )
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
    early = asked.span.start - asked.usual.reach
    hours = hours_between(asked.session, asked.subject, (early, asked.span.end), low, high)
    if not len(hours):
        return Looked(NONE, EMPTY, np.empty(0), 0)
    ends = hours + np.timedelta64(HOUR) + np.timedelta64(asked.usual.reach)
    wanted = joined(hours, ends).within(naive(early), naive(asked.span.end))
    found = values_in(asked.session, asked.subject, coarsened(wanted, MOST_STRETCHES), asked.most)
    values = found.values
    holds = (values > low) & (values < high) if strictly else (values >= low) & (values <= high)
    return held(asked, found.times, holds, values)


def held(asked: Asked, times: Times, holds: Any, values: Numbers | None) -> Looked:
    """Return where what was read holds, within the range."""
    stretches = holding(times, holds, asked.usual.reach, asked.usual.step)
    inside = stretches.within(naive(asked.span.start), naive(asked.span.end))
    return Looked(inside, times, values, len(times))


def everything(asked: Asked) -> Seen:
    """Read all the readings of the range, and those just before it."""
    start, end = naive(asked.span.start - asked.usual.reach), naive(asked.span.end)
    whole = Stretches(np.array([start]), np.array([end]))
    return values_in(asked.session, asked.subject, whole, asked.most)


def rises(asked: Asked) -> Looked:
    """Return where values rise or fall faster than so much an hour, from reading to reading."""
    found = everything(asked)
    values = found.values
    hours = np.diff(found.times) / np.timedelta64(1, "h")
    rates = np.diff(values) / hours if len(values) else np.empty(0)
    limit = asked.condition.said.rate
    steep = rates > limit if limit > 0 else rates < limit
    steep &= found.stays[1:] == found.stays[:-1]  # from one sensor to another is no change
    stretches = changing(found.times, steep, asked.usual.reach)
    inside = stretches.within(naive(asked.span.start), naive(asked.span.end))
    return Looked(inside, found.times, values, len(values))


def silences(asked: Asked) -> Looked:
    """Return where nothing was read for too long."""
    silence = asked.condition.said.silence or asked.usual.reach
    times = times_in(asked.session, asked.subject, asked.span, asked.most)
    if not len(times):
        return Looked(NONE, EMPTY, None, 0)
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
        return held(asked, found.times, found.values == state, None)
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
    values = found.values
    holds = np.zeros(len(values), dtype=bool)
    low, high = foretold.values["low"][there], foretold.values["high"][there]
    holds[here] = (values[here] < low) | (values[here] > high)
    return held(asked, found.times, holds, values)


def bounds_of(asked: Asked) -> Columns:
    """Return the interval of each time by the newest prediction that was issued before it."""
    said = asked.condition.said
    selection = OfModel(model=said.model, scenario=DEFAULT_SCENARIO, as_of=None, lead=timedelta())
    subject = Predicted(selection, (asked.condition.key,))
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
