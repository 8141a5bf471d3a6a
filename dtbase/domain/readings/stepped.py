"""What buckets of levels and meters hold: each step between readings, shared out by time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import edge_before, naive, to_utc
from dtbase.domain.readings.counters import NO_OPTIONS, counter_steps
from dtbase.domain.readings.cuts import Cuts
from dtbase.domain.readings.queries import Aggregate, Bucketing
from dtbase.domain.readings.resets import first_after
from dtbase.domain.readings.steps import (
    Numbers,
    Pieces,
    Places,
    Points,
    Steps,
    cut,
    level_steps,
    net_steps,
)
from dtbase.domain.registry.statistics import Options, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid


class Run(NamedTuple):
    """Readings of one sensor, and the time after which they say nothing."""

    points: Points
    until: np.datetime64
    whole: bool = True
    """None has been dropped by retention."""


class Meaning(NamedTuple):
    """A statistic with its options."""

    statistic: Statistic
    options: Options | None


class Told(NamedTuple):
    """What the steps of a series come to in each bucket that one of them reaches into."""

    times: Times
    amounts: Numbers
    hours: Numbers
    lowest: Numbers
    highest: Numbers
    last: np.datetime64 | None
    read: Times
    """The buckets in which a reading lies, also where no step reaches into them."""

    def value(self, name: Aggregate, statistic: Statistic) -> Numbers | None:
        """Return an aggregate that is told by steps; None for one that single readings tell."""
        level = statistic is Statistic.LEVEL
        if name is Aggregate.MEAN:
            return self.amounts / self.hours if level else self.amounts
        if name is (Aggregate.INTEGRAL if level else Aggregate.SUM):
            return self.amounts
        if level and name in {Aggregate.MIN, Aggregate.MAX}:
            return self.lowest if name is Aggregate.MIN else self.highest
        return None


def told(meaning: Meaning, runs: Sequence[Run], cuts: Cuts) -> Told:
    """Share the steps of a series out over buckets."""
    labels, places = cuts.places
    amounts, hours = np.zeros(len(labels)), np.zeros(len(labels))
    lowest, highest = np.full(len(labels), np.inf), np.full(len(labels), -np.inf)
    read = np.zeros(len(labels), dtype=bool)
    for run in runs if len(labels) else ():
        steps = steps_of(meaning, run)
        pieces = cut(steps.starts, steps.ends, cuts.bounds)
        place = places[pieces.stretch]
        amounts += np.bincount(place, pieces.share * steps.amounts[pieces.step], len(labels))
        hours += np.bincount(place, pieces.hours, len(labels))
        if meaning.statistic is Statistic.LEVEL:
            stretch_values(run.points, pieces, place, lowest, highest)
        read[places[cuts.stretches_of(run.points.times)]] = True
    found = hours > 0
    lasts = [run.points.times[-1] for run in runs if len(run.points)]
    last = max(lasts) if lasts else None
    extremes = lowest[found], highest[found]
    return Told(labels[found], amounts[found], hours[found], *extremes, last, labels[read])


def suffice(name: Aggregate, statistic: Statistic) -> bool:
    """Tell whether steps tell an aggregate of a level or a meter, or nothing does."""
    amount = Aggregate.INTEGRAL if statistic is Statistic.LEVEL else Aggregate.SUM
    return name in {Aggregate.MEAN, amount} or fault(name, statistic) is not None


def steps_of(meaning: Meaning, run: Run) -> Steps:
    """Return the steps of one sensor's readings."""
    options = meaning.options
    match meaning.statistic:
        case Statistic.COUNTER:
            return counter_steps(run.points, options)
        case Statistic.NET:
            rules = options or NO_OPTIONS
            return net_steps(run.points, first_after(run.points.times, run.points.values, rules))
        case _:
            return level_steps(run.points, longest(options), run.until)


def longest(options: Options | None) -> np.timedelta64:
    """Return how long a value holds at most that another one follows."""
    return width_of((options or NO_OPTIONS).longest)


def holds_on(options: Options | None) -> np.timedelta64:
    """Return how long the newest value holds at most."""
    return width_of((options or NO_OPTIONS).newest)


def width_of(length: timedelta) -> np.timedelta64:
    return np.timedelta64(round(length.total_seconds() * 1e6), "us")


def stretch_values(
    points: Points, pieces: Pieces, place: Places, lowest: Numbers, highest: Numbers
) -> None:
    """Note the least and the most that a level was in each bucket."""
    if not len(place):
        return
    values = points.values[pieces.step]
    firsts = np.flatnonzero(np.diff(place, prepend=-1))  # a bucket comes twice if clocks go back
    np.minimum.at(lowest, place[firsts], np.minimum.reduceat(values, firsts))
    np.maximum.at(highest, place[firsts], np.maximum.reduceat(values, firsts))


def provisional_from(
    how: Bucketing, span: TimeRange, last: np.datetime64 | None
) -> datetime | None:
    """Return the first bucket that a next reading can still change: that of the last one."""
    if last is None or last >= naive(span.end):
        return None
    newest = max(span.start, last.astype("datetime64[us]").astype(datetime).replace(tzinfo=UTC))
    edge = edge_before(how.bucket, newest, how.zone)
    return edge.astimezone(UTC) if how.bucket.fixed else to_utc(edge, how.zone)


ONLY = {
    Aggregate.INTEGRAL: (Statistic.LEVEL, "has no integral: only a level holds between readings"),
    Aggregate.TIME: (Statistic.STATE, "has no times in states: only a measure of states has"),
    Aggregate.CHANGES: (Statistic.STATE, "has no changes: only a measure of states has"),
}
OF_STATES = {Aggregate.TIME, Aggregate.CHANGES, Aggregate.FIRST, Aggregate.LAST, Aggregate.COUNT}


def fault(aggregate: Aggregate, statistic: Statistic) -> str | None:
    """Say why an aggregate of a statistic would be a number without a meaning, if it would be."""
    if statistic is Statistic.STATE and aggregate not in OF_STATES:
        return f"is a state and has no {aggregate}: ask for time, changes, first, last or count"
    if (aggregate, statistic) == (Aggregate.SUM, Statistic.LEVEL):
        return "is a level, which has no sum: ask for mean or integral"
    only, rule = ONLY.get(aggregate, (statistic, ""))
    return None if statistic is only else rule


def refuse_without_meaning(
    name: str, statistic: Statistic, aggregates: Sequence[Aggregate]
) -> None:
    """Refuse an aggregate that would be a number without a meaning."""
    for aggregate in aggregates:
        rule = fault(aggregate, statistic)
        if rule is not None:
            raise Invalid(f"{name} {rule}", field="aggregates")
