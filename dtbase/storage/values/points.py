"""Reading what steps are told from: whole days and hours by what is stored, the rest as it is."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import aware, naive
from dtbase.domain.readings.counters import FEW
from dtbase.domain.readings.queries import Grain, Part
from dtbase.domain.readings.resets import APART, said_times, usual_times
from dtbase.domain.readings.stepped import Meaning, longest
from dtbase.domain.readings.steps import HOUR, Numbers, Points
from dtbase.domain.registry.statistics import Options, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.values.inside import Rows, read_rows, refined
from dtbase.storage.values.neighbours import PointsQuery, Read, joined, read_around, read_stretches

Cursor = psycopg.Cursor[Any]

FOLLOWING = FEW + 2
"""Hours or days with readings after one where a stand fell that can take it back."""

PRECEDING = FEW + 1
"""Hours or days with readings before a fall that it can show to have been misread."""

MOST_STRETCHES = 50
"""More stretches of hours than this are read at once, with what lies between them."""

SECONDS = 3_600


def points_of(cursor: Cursor, wanted: PointsQuery, parts: Sequence[Part], most: int) -> Read:
    """Return the readings of a range, whole hours and days of it by their first and last ones."""
    stored = [part for part in parts if part.grain is not Grain.RAW]
    span = wanted.span
    if not stored:
        return read_around(cursor, wanted, [(span.start, span.end)], most)
    start, end = stored[0].span.start, stored[-1].span.end
    read = read_around(cursor, wanted, [(span.start, start), (end, span.end)], most)
    before, after = between(read.points, None, start), between(read.points, end, None)
    rows = read_rows(cursor, wanted.id, stored, most)
    alone = suspects(wanted.meaning, before, rows, after)
    if alone.any():
        rows = refined(cursor, wanted.id, rows, alone)
        alone = suspects(wanted.meaning, before, rows, after)
    inside = of_rows(cursor, wanted, rows, alone, most)
    return read._replace(points=joined([before, inside, after]))


def suspects(meaning: Meaning, before: Points, rows: Rows, after: Points) -> NDArray[np.bool_]:
    """Tell which rows must be looked into: their first and last reading do not tell all."""
    if not rows.size or meaning.statistic is Statistic.NET:
        return set_to_zero(meaning.options, rows)
    if meaning.statistic is Statistic.LEVEL:
        return rows.gap > longest(meaning.options) / np.timedelta64(1, "s")
    rate = (meaning.options and meaning.options.rate) or np.inf
    marked = rows.falls | (rows.steepest > rate) | ((rows.first <= 0) & (rows.last > 0))
    marked |= set_to_zero(meaning.options, rows)
    marked[1:] |= odd(rows.last_at[:-1], rows.last[:-1], rows.first_at[1:], rows.first[1:], rate)
    edge = joined([before, Points.of(rows.first_at[:1], rows.first[:1])])
    marked[0] |= odd(edge.times[:-1], edge.values[:-1], edge.times[1:], edge.values[1:], rate).any()
    found = spread(marked, FOLLOWING)
    if np.isfinite(rate):  # what is too steep by it is marked where it rises
        return found
    edge = joined([Points.of(rows.last_at[-1:], rows.last[-1:]), after])
    marked[-1] |= bool((np.diff(edge.values) < 0).any())
    return found | spread(marked[::-1], PRECEDING)[::-1]


def set_to_zero(rules: Options | None, rows: Rows) -> NDArray[np.bool_]:
    """Tell in which rows a meter may have been set to zero."""
    marked = np.zeros(rows.size, dtype=bool)
    if rules is None or not rows.size:
        return marked
    for reset in said_times(rules):
        marked |= (rows.first_at < reset) & (rows.last_at >= reset)
    times = usual_times(rules, rows.first_at[0], rows.last_at[-1])
    reached = np.searchsorted(times, rows.last_at + APART, side="right")
    return marked | (reached > np.searchsorted(times, rows.first_at - APART))


def spread(marked: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Mark so many rows after each that is marked, too."""
    return np.convolve(marked, np.ones(count + 1))[: len(marked)] > 0


def odd(
    times: Times, values: Numbers, next_times: Times, next_values: Numbers, rate: float
) -> NDArray[np.bool_]:
    """Tell where a stand falls, or rises by more than can be counted."""
    rise = next_values - values
    return (rise < 0) | (rise > rate * ((next_times - times) / HOUR))


def of_rows(
    cursor: Cursor, wanted: PointsQuery, rows: Rows, alone: NDArray[np.bool_], most: int
) -> Points:
    """Return the points of rows, some of them reading by reading where these are still there."""
    if not alone.any():
        return thinned(wanted.meaning, rows)
    found = [
        read_stretches(cursor, wanted, [(each.start, each.end)], most).points
        for each in stretches(rows, alone)
    ]
    read = joined(found)
    known = np.isin(rows.hours, read.times.astype("datetime64[h]")) & alone
    read = read.where(np.isin(read.times.astype("datetime64[h]"), rows.hours[known]))
    return joined([read, thinned(wanted.meaning, rows.where(~known))])


def stretches(rows: Rows, alone: NDArray[np.bool_]) -> Iterator[TimeRange]:
    """Return the unbroken stretches of hours that are read one by one."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], alone, [False]])))
    firsts, lasts = rows.hours[turns[::2]], rows.hours[turns[1::2] - 1]
    if len(firsts) > MOST_STRETCHES:
        firsts, lasts = firsts[:1], lasts[-1:]
    for first, last in zip(firsts, lasts, strict=True):
        yield TimeRange(start=aware(first), end=aware(last + HOUR))


def thinned(meaning: Meaning, rows: Rows) -> Points:
    """Return the first and the last reading of each row, and what lies between them."""
    several = rows.last_at > rows.first_at
    nothing = np.full(rows.size, np.nan)
    area = nothing
    if meaning.statistic is Statistic.LEVEL:
        area = np.where(several, rows.weighted / SECONDS, nothing)
    if meaning.statistic is Statistic.COUNTER:
        area = rows.increase  # dropped, so nobody can tell better
    times = np.stack([rows.first_at, rows.last_at], axis=1).ravel()
    values = np.stack([rows.first, rows.last], axis=1).ravel()
    areas = np.stack([area, nothing], axis=1).ravel()
    kept = np.stack([np.ones(rows.size, dtype=bool), several], axis=1).ravel()
    return Points(times, values, areas).where(kept)


def between(points: Points, start: datetime | None, end: datetime | None) -> Points:
    """Return the points that lie in a range."""
    kept = np.ones(len(points), dtype=bool)
    if start is not None:
        kept &= points.times >= naive(start)
    if end is not None:
        kept &= points.times < naive(end)
    return points.where(kept)
