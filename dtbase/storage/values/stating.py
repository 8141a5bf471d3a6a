"""Reading states in buckets: for how long each held, from the readings themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import aware, naive
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.cuts import NO_CUTS, Cuts, cuts_of
from dtbase.domain.readings.queries import Aggregate, Bucketing
from dtbase.domain.readings.states import States, state_columns
from dtbase.domain.readings.stepped import Meaning, holds_on, longest, provisional_from
from dtbase.domain.readings.steps import Places
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.statistics import USUAL_STATES, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import page_sql, relations
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.limits import MOST_VALUES, TOO_MANY
from dtbase.storage.values.neighbours import PointsQuery
from dtbase.storage.values.sources import DuringStays, Found, Readings

Cursor = psycopg.Cursor[Any]
Names = Mapping[int, tuple[str, ...]]
"""The names of the states that series have in a range, by the ids of the series."""

NONE = np.datetime64("NaT")


def wanted_of(found: Found, series: Resolved, span: TimeRange) -> Iterator[PointsQuery]:
    """Return what is read of a series; of a place of each sensor while it was there."""
    meaning = Meaning(series.statistic, series.options)
    if not isinstance(found.source, DuringStays):
        yield PointsQuery(found.source, series.id, meaning, span)
        return
    for stay in found.source.stays:
        if stay.key == series.id and stay.whole.start < span.end and stay.whole.end > span.start:
            yield PointsQuery(Readings(), stay.series_id, meaning, span, stay.whole)


def names_of(session: Session, found: Found, span: TimeRange, how: Bucketing) -> Names:
    """Return which states the series have in a range, where their times are asked for."""
    if Aggregate.TIME not in how.aggregates:
        return {}
    names = {}
    with column_cursor(session) as cursor:
        for series in found.series:
            if series.statistic is Statistic.STATE:
                names[series.id] = names_in(cursor, found, series, span)
    return names


def names_in(cursor: Cursor, found: Found, series: Resolved, span: TimeRange) -> tuple[str, ...]:
    most = (series.options and series.options.states) or USUAL_STATES
    names: set[str] = set()
    for wanted in wanted_of(found, series, span):
        query = page_sql.state_names(shape_of(wanted, series))
        names |= {name for (name,) in cursor.execute(query, asked_of(wanted, most + 1))}
    if len(names) > most:
        rule = f"has more than {most} states in this range; raise its option states, or ask for"
        raise Invalid(f"{series.key} {rule} changes, first and last", field="aggregates")
    return tuple(sorted(names))


def shape_of(wanted: PointsQuery, series: Resolved) -> page_sql.PageShape:
    return page_sql.PageShape(type(wanted.source), series.datatype, 0)


def asked_of(wanted: PointsQuery, most: int) -> relations.Parameters:
    return {
        "id": wanted.id,
        "start": wanted.span.start,
        "end": wanted.span.end,
        "since": wanted.reach.start,
        "until": wanted.reach.end,
        "most": most,
        **relations.parameters_of(wanted.source),
    }


def read_states(
    cursor: Cursor, found: Found, span: TimeRange, how: Bucketing, now: np.datetime64, names: Names
) -> Mapping[int, Columns]:
    """Return the aggregates of each series of states, by the id of the series."""
    answers, left = {}, MOST_VALUES
    for series in found.series:
        if series.statistic is not Statistic.STATE:
            continue
        read = [seen_of(cursor, wanted, series, left) for wanted in wanted_of(found, series, span)]
        left -= sum(len(seen.times) for seen in read)
        if left < 0:
            raise Invalid(TOO_MANY, field="bucket")
        known = names.get(series.id) or tuple(sorted({name for seen in read for name in seen.used}))
        runs = [run_of(seen, known, series, now) for seen in read]
        answers[series.id] = answer_of(runs, known, span, how)
    return answers


class Seen(NamedTuple):
    """The states of one sensor as they were read, each by its place among names."""

    times: Times
    names: Sequence[str]
    codes: Places
    end: np.datetime64
    """Until when they can hold."""

    @property
    def used(self) -> Sequence[str]:
        """Return the names that occur."""
        return [self.names[code] for code in np.unique(self.codes)]


def seen_of(cursor: Cursor, wanted: PointsQuery, series: Resolved, most: int) -> Seen:
    """Read the states of one sensor."""
    query = page_sql.states(shape_of(wanted, series))
    row = cursor.execute(query, asked_of(wanted, most + 1)).fetchone()
    end = naive(wanted.reach.end)
    if row is None or row[0] is None:
        return Seen(np.empty(0, "datetime64[us]"), (), np.empty(0, dtype=np.intp), end)
    times, states = in_order(*row)
    if series.datatype is Datatype.BOOLEAN:
        return Seen(times, ("false", "true"), states.astype(np.intp), end)
    names = sorted(set(states.tolist()))
    places = {name: place for place, name in enumerate(names)}
    codes = np.array([places[state] for state in states.tolist()], dtype=np.intp)
    return Seen(times, names, codes, end)


def in_order(times: Times, states: NDArray[Any]) -> tuple[Times, NDArray[Any]]:
    """Return states in order of time; as a rule they come so, and sorting costs much."""
    if (times[1:] > times[:-1]).all():
        return times, states
    order = np.argsort(times)
    return times[order], states[order]


def run_of(seen: Seen, names: tuple[str, ...], series: Resolved, now: np.datetime64) -> States:
    """Return the states of one sensor, each until the next, at most so long and not past now."""
    times, end = seen.times, seen.end
    places = {name: place for place, name in enumerate(names)}
    among = np.array([places.get(name, -1) for name in seen.names], dtype=np.intp)
    codes = among[seen.codes] if len(times) else seen.codes
    holds = longest(series.options)
    until = end
    if len(times):
        until = min(max(min(now, times[-1] + holds_on(series.options)), times[-1]), end)
    ends = np.minimum(np.append(times[1:], until), times + holds) if len(times) else times
    return States(times, codes, np.minimum(ends, end))


def answer_of(
    runs: Sequence[States], names: tuple[str, ...], span: TimeRange, how: Bucketing
) -> Columns:
    """Return the aggregates of the part of a range in which there are states."""
    held = [run for run in runs if len(run.times)]
    start = max(naive(span.start), min((run.times[0] for run in held), default=naive(span.end)))
    last = max((max(run.ends[-1], run.times[-1]) for run in held), default=naive(span.start))
    end = min(naive(span.end), last + np.timedelta64(1, "us"))
    cuts: Cuts = NO_CUTS
    if held and start < end:
        part = TimeRange(start=aware(start), end=aware(end))
        cuts = cuts_of(how.bucket, part, how.zone)
    if not len(cuts.labels):
        return state_columns(how.aggregates, names, [], cuts)
    columns = state_columns(how.aggregates, names, held, cuts)
    newest = max(run.times[-1] for run in held)
    since = provisional_from(how, span, newest)
    return Columns(columns.times, columns.values, since)
