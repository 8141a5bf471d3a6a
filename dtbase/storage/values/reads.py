"""Carrying out a plan at once: raw values, or aggregates that are exact whatever is pending."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import edges, naive
from dtbase.domain.readings.columns import Columns, Numbers, fill_gaps, mean_of
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.readings.stepped import fault, suffice
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import flags, page_sql, relations, statements
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.limits import MOST_VALUES, TOO_MANY
from dtbase.storage.values.plans import Plan, one
from dtbase.storage.values.sources import Found, Readings, levels_of
from dtbase.storage.values.stating import read_states
from dtbase.storage.values.stepping import Stepped, read_steps
from dtbase.storage.values.truths import read_truths

PAGE = 50_000
"""How many values of a series are read at once (measured: fewer and more are slower)."""

Cursor = psycopg.Cursor[Any]
Stored = dict[int, Columns]
"""What was read of each series, by the id of the series."""

NO_SUMS = Columns(np.empty(0, "datetime64[us]"), {})


def read(session: Session, plan: Plan) -> Sequence[Columns]:
    """Return the columns of each series, or refuse when they are too many to hold."""
    if plan.bucketing is None:
        return raw(session, plan)
    return bucketed(session, plan, plan.bucketing)


def raw(session: Session, plan: Plan) -> Sequence[Columns]:
    """Return the values as they are stored."""
    left = MOST_VALUES
    columns = []
    with column_cursor(session) as cursor:
        for series in plan.series:
            found = list(up_to(left, pages(cursor, series, plan, PAGE)))
            columns.append(with_own_bounds(joined(found)))
            left -= len(columns[-1])
    return columns


def read_flagged(session: Session, plan: Plan) -> Sequence[Columns]:
    """Return the columns of each series, with one that names the rules that raw readings break."""
    found = read(session, plan)
    if plan.bucketing is not None or plan.flagged or not isinstance(plan.source, Readings):
        return found
    with column_cursor(session) as cursor:
        return [
            flags.marked(cursor, series, own)
            for series, own in zip(plan.series, found, strict=True)
        ]


def up_to(most: int, read: Iterator[Columns]) -> Iterator[Columns]:
    """Pass pages on, and refuse when they hold more than so many values."""
    for page in read:
        most -= len(page)
        if most < 0:
            raise Invalid(TOO_MANY, field="bucket")
        yield page


def joined(found: Sequence[Columns]) -> Columns:
    """Put the pages of one series together; an empty one would spoil the type of the others."""
    found = [page for page in found if len(page)] or found[:1]
    values = {
        name: np.concatenate([page.values[name] for page in found]) for name in found[0].values
    }
    return Columns(np.concatenate([page.times for page in found]), values)


def with_own_bounds(columns: Columns) -> Columns:
    """Leave out bounds of intervals that this series does not have, but others of the answer do."""
    values = {
        name: column
        for name, column in columns.values.items()
        if name in {"value", *flags.COLUMNS} or not np.isnan(column).all()
    }
    return Columns(columns.times, values)


def pages(cursor: Cursor, series: Resolved, plan: Plan, size: int) -> Iterator[Columns]:
    """Read the values of one series page by page; there is at least one, which may be empty."""
    levels = levels_of(plan.source)
    shape = page_sql.PageShape(type(plan.source), series.datatype, len(levels))
    asked = {"id": series.id, "start": plan.span.start, "end": plan.span.end, "size": size}
    asked |= {f"level_{place}": level for place, level in enumerate(levels)}
    asked |= relations.parameters_of(plan.source)
    while True:
        times, *columns = one(cursor, page_sql.page(shape), asked)
        page = page_of(times, columns, series.datatype, plan.stored)
        yield flags.flagged(cursor, series, page) if plan.flagged else page
        if times is None or len(times) < size:
            return
        last: datetime = times[-1].astype(datetime)
        asked["start"] = last.replace(tzinfo=UTC) + timedelta(microseconds=1)


def page_of(
    times: Times | None, columns: list[Any], datatype: Datatype, names: Sequence[str]
) -> Columns:
    """Return one page as columns; without values each is empty."""
    if times is None:
        columns = [np.empty(0) for _ in names]
        columns[0] = columns[0].astype(object if datatype is Datatype.STRING else np.float64)
        times = np.empty(0, "datetime64[us]")
    return Columns(times, dict(zip(names, columns, strict=True)))


def bucketed(session: Session, plan: Plan, how: Bucketing) -> Sequence[Columns]:
    with column_cursor(session) as cursor:
        steps = read_steps(cursor, plan, how)
        stored = read_stored(cursor, plan, how, steps)
        truths = read_truths(cursor, plan, how)
        others = [series for series in plan.series if series.id not in truths]
        found = Found(plan.source, others, plan.labels)
        states = read_states(cursor, found, plan.span, how, naive(plan.now), plan.states)
    told = {**states, **truths}
    grid = grid_of(plan.span, how, {**stored, **told}, steps) if how.fill is not Fill.NONE else None
    columns = []
    for series in plan.series:
        if series.id in told:
            answer = told[series.id]
        else:
            answer = aggregate(series, stored[series.id], steps.get(series.id), how)
        if grid is not None:
            answer = fill_gaps(answer, grid, how.fill, series.statistic)
        columns.append(answer)
    return columns


def grid_of(span: TimeRange, how: Bucketing, stored: Stored, steps: Mapping[int, Stepped]) -> Times:
    """Return every bucket of a range, or refuse when they are too many to hold.

    A range can begin after an edge and pass it again when the clocks go back, so what was read
    counts too.
    """
    grid = edges(how.bucket, span, how.zone)
    if len(grid) * len(stored) * len(how.aggregates) > MOST_VALUES:
        raise Invalid(TOO_MANY, field="bucket")
    read = (columns.times for columns in stored.values())
    told = (times for each in steps.values() for times in (each.told.times, each.told.read))
    return np.unique(np.concatenate([grid, *read, *told]))


def read_stored(cursor: Cursor, plan: Plan, how: Bucketing, steps: Mapping[int, Stepped]) -> Stored:
    """Read the sums from which the aggregates of each series are computed."""
    parts = plan.parts(how)
    single = [series for series in plan.series if series.statistic is not Statistic.STATE]
    nothing = dict.fromkeys((series.id for series in single), NO_SUMS)
    single = [series for series in single if needs_sums(series, steps.get(series.id), how)]
    if not single:
        return nothing
    names = statements.needed(how.aggregates, {series.statistic for series in single})
    ids = [series.id for series in single]
    shape = statements.shape_of(plan.source, parts, how, alone=len(ids) == 1)
    asked = statements.parameters(ids, parts, how, plan.source)
    asked["most"] = MOST_VALUES // len(how.aggregates) + 1
    return nothing | by_series(cursor, statements.bucketed(shape, names), asked, names)


def needs_sums(series: Resolved, steps: Stepped | None, how: Bucketing) -> bool:
    """Tell whether steps do not tell all that is asked of a series."""
    if steps is None or not steps.whole:
        return True
    return not all(suffice(name, series.statistic) for name in how.aggregates)


def by_series(
    cursor: Cursor, query: bytes, asked: relations.Parameters, names: tuple[str, ...]
) -> Stored:
    """Run a statement that answers columns for each series; one without any has empty ones."""
    rows = cursor.execute(query, asked).fetchall()
    if sum(len(times) for _, times, *_ in rows) >= asked["most"]:
        raise Invalid(TOO_MANY, field="bucket")
    nothing = Columns(NO_SUMS.times, {name: np.empty(0) for name in names})
    found = dict.fromkeys(asked["ids"], nothing)
    for id_, times, *columns in rows:
        found[id_] = Columns(times, dict(zip(names, columns, strict=True)))
    return found


def aggregate(series: Resolved, stored: Columns, steps: Stepped | None, how: Bucketing) -> Columns:
    """Compute the aggregates of one series from its sums, and from the steps between readings."""
    names = [name for name in how.aggregates if name is not Aggregate.TIME]
    if steps is None:
        values = {str(name): plain(name, series, stored) for name in names}
        return Columns(stored.times, dict(values))
    times = np.unique(np.concatenate([stored.times, steps.told.times, steps.told.read]))
    values = {str(name): both(name, series, stored, steps, times) for name in names}
    return Columns(times, dict(values), steps.provisional_from)


def plain(name: Aggregate, series: Resolved, stored: Columns) -> Numbers:
    """Return an aggregate that single readings tell; NaN where none is."""
    if fault(name, series.statistic):
        return np.full(len(stored.times), np.nan)
    if name is Aggregate.MEAN:
        return mean_of(series.statistic, stored.values)
    return stored.values["n" if name is Aggregate.COUNT else name]


def both(
    name: Aggregate, series: Resolved, stored: Columns, steps: Stepped, times: Times
) -> Numbers:
    """Return an aggregate in buckets that readings lie in or that steps reach into."""
    stepped = steps.told.value(name, series.statistic)
    told = None if stepped is None else placed(times, steps.told.times, stepped)
    if told is not None and name not in {Aggregate.MIN, Aggregate.MAX}:
        return told
    found = placed(times, stored.times, plain(name, series, stored))
    if name is Aggregate.COUNT:
        return np.nan_to_num(found)
    if told is None:
        return found
    return np.fmin(found, told) if name is Aggregate.MIN else np.fmax(found, told)


def placed(times: Times, own: Times, values: Numbers) -> Numbers:
    """Put values at their times among others, at which they are NaN."""
    found = np.full(len(times), np.nan)
    found[np.searchsorted(times, own)] = values
    return found
