"""Readings one by one, with those before and after a range from which its steps are told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import psycopg

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import naive
from dtbase.domain.readings.stepped import Meaning
from dtbase.domain.readings.steps import NO_POINTS, Numbers, Points
from dtbase.domain.registry.statistics import Statistic
from dtbase.domain.timeranges import EARLIEST, LATEST, TimeRange
from dtbase.storage.values import relations, step_sql
from dtbase.storage.values.inside import last_before
from dtbase.storage.values.sources import Source

Cursor = psycopg.Cursor[Any]
Pair = tuple[datetime, datetime]

AROUND = 32
"""Readings before and after a range that are read, too."""

BESIDE = timedelta(hours=2)
"""And all that lie so close to it, where these do not reach so far: steps are told from no more."""

ZEROS = timedelta(days=60)
"""Beyond a run of zeros it is looked for what stood before and after them."""


class PointsQuery(NamedTuple):
    """The points that are asked for: a series, a range, and the times beyond which not to look."""

    source: Source
    id: int
    meaning: Meaning
    span: TimeRange
    reach: TimeRange = TimeRange(start=EARLIEST, end=LATEST)

    @property
    def alone(self) -> bool:
        """Tell whether a step follows from the two readings at its ends alone."""
        rules = self.meaning.options
        sets_itself = rules is not None and rules.restarts is not None
        return self.meaning.statistic is not Statistic.COUNTER and not sets_itself


class Read(NamedTuple):
    """Points, and whether none of the readings of their series has been dropped by retention."""

    points: Points
    whole: bool


def read_around(cursor: Cursor, wanted: PointsQuery, between: Sequence[Pair], most: int) -> Read:
    """Read the readings of stretches of a range, with those before and after the range."""
    around = 1 if wanted.alone else AROUND
    read = read_stretches(cursor, wanted, between, most, around)
    points, start, end = read.points, wanted.span.start, wanted.span.end
    if not wanted.alone and not reaches_beside(points, wanted.span):
        beside = [(start - BESIDE, start), (end, end + BESIDE)]
        points = joined([points, read_stretches(cursor, wanted, beside, most).points])
    if wanted.meaning.statistic is Statistic.COUNTER and has_zeros_beside(points, wanted.span):
        points = joined([points, beside_zeros(cursor, wanted)])
    if read.whole or (len(points) and points.times[0] < naive(start)):
        return read._replace(points=points)
    return Read(with_last_before(cursor, wanted, points), whole=False)


def reaches_beside(points: Points, span: TimeRange) -> bool:
    """Tell whether what was read around a range reaches as far as steps are told from."""
    first, last = naive(span.start), naive(span.end)
    before, after = points.times[points.times < first], points.times[points.times >= last]
    early = len(before) >= AROUND and first - before[0] < np.timedelta64(BESIDE)
    late = len(after) >= AROUND and after[-1] - last < np.timedelta64(BESIDE)
    return not (early or late)


def read_stretches(
    cursor: Cursor, wanted: PointsQuery, stretches: Sequence[Pair], most: int, around: int = 0
) -> Read:
    """Read the readings of stretches, and so many before and after the whole range."""
    since, until = wanted.reach.start, wanted.reach.end
    stretches = [(max(first, since), min(last, until)) for first, last in stretches]
    stretches = [(first, last) for first, last in stretches if first < last]
    asked = asked_of(wanted) | {"most": most}
    for place, (first, last) in enumerate(stretches):
        asked |= {f"first_{place}": first, f"last_{place}": last}
    shape = step_sql.PointsShape(type(wanted.source), len(stretches), around)
    row = cursor.execute(step_sql.points(shape), asked).fetchone()
    assert row is not None
    times, values, dropped = row
    return Read(NO_POINTS if times is None else points_at(times, values), not dropped)


def asked_of(wanted: PointsQuery) -> relations.Parameters:
    return {
        "id": wanted.id,
        "start": wanted.span.start,
        "end": wanted.span.end,
        "since": wanted.reach.start,
        "until": wanted.reach.end,
        **relations.parameters_of(wanted.source),
    }


def points_at(times: Times, values: Numbers) -> Points:
    """Return readings in order of time, each once."""
    times, places = np.unique(times, return_index=True)
    return Points.of(times, values[places])


def has_zeros_beside(points: Points, span: TimeRange) -> bool:
    outside = (points.times < naive(span.start)) | (points.times >= naive(span.end))
    return bool((points.values[outside] == 0).any())


def beside_zeros(cursor: Cursor, wanted: PointsQuery) -> Points:
    """Return what stood before zeros that a range begins with, and after those that end it."""
    asked = asked_of(wanted) | {"around": AROUND, "zeros": ZEROS}
    row = cursor.execute(step_sql.BESIDE_ZEROS_OF[type(wanted.source)], asked).fetchone()
    return NO_POINTS if row is None or row[0] is None else points_at(row[0], row[1])


def with_last_before(cursor: Cursor, wanted: PointsQuery, points: Points) -> Points:
    """Put the last reading before the range first, where retention has left its hour alone."""
    last = last_before(cursor, wanted.id, wanted.span.start)
    if last is None or last[0][0] < naive(wanted.reach.start):
        return points
    return joined([Points.of(*last), points])


def joined(found: Sequence[Points]) -> Points:
    """Put points together in order of time, each once."""
    found = [each for each in found if len(each)]
    if len(found) <= 1:
        return found[0] if found else NO_POINTS
    columns = zip(*((each.times, each.values, each.area) for each in found), strict=True)
    times, values, area = (np.concatenate(column) for column in columns)
    times, places = np.unique(times, return_index=True)
    return Points(times, values[places], area[places])
