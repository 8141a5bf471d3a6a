"""Reading levels and meters in buckets: what the steps between their readings come to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import psycopg

from dtbase.domain.readings.buckets import aware, naive
from dtbase.domain.readings.cuts import NO_CUTS, Cuts, cuts_of
from dtbase.domain.readings.queries import Bucketing
from dtbase.domain.readings.stepped import Meaning, Run, Told, holds_on, provisional_from, told
from dtbase.domain.readings.steps import Points
from dtbase.domain.registry.statistics import STEPPED, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.limits import MOST_VALUES, TOO_MANY
from dtbase.storage.values.plans import Plan
from dtbase.storage.values.points import points_of
from dtbase.storage.values.sources import Found
from dtbase.storage.values.stating import wanted_of

Cursor = psycopg.Cursor[Any]

MOMENT = np.timedelta64(1, "us")


class Stepped(NamedTuple):
    """What the steps of a series tell, and from which bucket on the next reading can change it."""

    told: Told
    provisional_from: datetime | None
    whole: bool
    """No readings have been dropped, so that the points are in every bucket that has one."""


def read_steps(cursor: Cursor, plan: Plan, how: Bucketing) -> Mapping[int, Stepped]:
    """Return what is told by steps of each level and each meter, by the id of its series."""
    series = [each for each in plan.series if each.statistic in STEPPED]
    if not series:
        return {}
    runs, left = {}, MOST_VALUES
    for each in series:
        runs[each.id] = list(runs_of(cursor, plan, how, each, left))
        left -= sum(len(run.points) for run in runs[each.id])
        if left < 0:
            raise Invalid(TOO_MANY, field="bucket")
    cuts = cuts_where(plan.span, how, [run for each in runs.values() for run in each])
    found = {}
    for each in series:
        steps = told(Meaning(each.statistic, each.options), runs[each.id], cuts)
        whole = all(run.whole for run in runs[each.id])
        found[each.id] = Stepped(steps, provisional_from(how, plan.span, steps.last), whole)
    return found


def cuts_where(span: TimeRange, how: Bucketing, runs: Sequence[Run]) -> Cuts:
    """Cut the part of a range in which there are steps: a long one may hold few."""
    reached = [extent_of(run) for run in runs if len(run.points)]
    start = max(naive(span.start), min((first for first, _ in reached), default=naive(span.start)))
    end = min(naive(span.end), max((last for _, last in reached), default=naive(span.start)))
    if start >= end:
        return NO_CUTS
    return cuts_of(how.bucket, TimeRange(start=aware(start), end=aware(end)), how.zone)


def extent_of(run: Run) -> tuple[np.datetime64, np.datetime64]:
    """Return from when to when there are readings, or steps."""
    return run.points.times[0], max(run.points.times[-1] + MOMENT, run.until)


def runs_of(
    cursor: Cursor, plan: Plan, how: Bucketing, series: Resolved, most: int
) -> Iterator[Run]:
    """Read the points of a series; of a place those of each sensor while it was there."""
    parts = plan.parts(how)
    now = naive(plan.now)
    found = Found(plan.source, plan.series, plan.labels)
    for wanted in wanted_of(found, series, plan.span):
        points, whole = points_of(cursor, wanted, parts, most + 1)
        until = min(known_until(points, wanted.meaning, now), naive(wanted.reach.end))
        yield Run(points, until, whole)


def known_until(points: Points, meaning: Meaning, now: np.datetime64) -> np.datetime64:
    """Return the time after which nothing is known: a level holds a while, but not past now."""
    if not len(points):
        return now
    last: np.datetime64 = points.times[-1]
    if meaning.statistic is not Statistic.LEVEL:
        return last
    return max(last, min(now, last + holds_on(meaning.options)))
