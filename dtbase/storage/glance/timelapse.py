"""A place over time, read at once: stored aggregates, and the newest forecast of each series."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.orm import Session

from dtbase.domain.glance.timelapse import (
    Timelapse,
    TimelapseQuery,
    TimelapseSeries,
    Values,
    refuse_too_much,
)
from dtbase.domain.readings.buckets import Bucket, naive
from dtbase.domain.readings.columns import Numbers
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.queries import OfSeries, ValuesQuery
from dtbase.storage import tables, values
from dtbase.storage.glance.days import rounded
from dtbase.storage.registry import locations
from dtbase.storage.registry.sensors import LATEST_INSTALLATION
from dtbase.storage.registry.series import WIDTH, Resolved, select_placed, to_resolved

UTC = ZoneInfo("UTC")
SUMS = frozenset({Statistic.TOTAL, Statistic.COUNTER, Statistic.NET})
"""What of several predictions in one step is added; of directions the first is told."""

AHEAD = text("""
SELECT wanted.id, newest.run_id, newest.issued_at, said.*
  FROM unnest(CAST(:ids AS int[])) AS wanted (id)
 CROSS JOIN LATERAL (
   SELECT o.id, o.run_id, r.issued_at FROM run_output o JOIN run r ON r.id = o.run_id
    WHERE o.series_id = wanted.id AND r.status = 'succeeded'
      AND (o.ends_at IS NULL OR o.ends_at > :start)
    ORDER BY r.issued_at DESC, o.id DESC LIMIT 1) newest
 CROSS JOIN LATERAL (
   SELECT array_agg(floor(extract(epoch FROM time - :start) / :step)::int ORDER BY time),
          array_agg(value ORDER BY time),
          array_agg(lower[1] ORDER BY time), array_agg(upper[1] ORDER BY time)
     FROM (SELECT * FROM prediction
            WHERE output_id = newest.id AND time >= :start AND time < :end
            ORDER BY time LIMIT :most) p) said (places, values, lows, highs)
 WHERE said.places IS NOT NULL
""")
"""The bounds of a prediction stand by their levels, the narrowest first."""

MOST_PREDICTIONS = 10_000


class Known(NamedTuple):
    """A series with the name of its sensor, and where that stands."""

    resolved: Resolved
    sensor_name: str | None
    location: str | None


class Said(NamedTuple):
    """What the newest forecast says of each step."""

    run: int
    issued_at: datetime
    predicted: Values
    lower: Values
    upper: Values


def find(
    session: Session, location: str | None, wanted: TimelapseQuery, now: datetime
) -> Timelapse:
    """Return all series of a measure in a location, or in any, step by step."""
    if location is not None:
        locations.get(session, location)
    known = known_at(session, location, wanted.measure)
    steps, span = len(wanted.times), wanted.span
    refuse_too_much(len(known), steps)
    measured = measured_of(session, known, wanted, now)
    said = said_of(session, known, span, wanted)
    return Timelapse(
        location=location,
        measure=wanted.measure,
        at=now,
        start=span.start,
        step=wanted.length.total_seconds(),
        steps=steps,
        series=tuple(
            told(each, measured[each.resolved.id], said.get(each.resolved.id), steps)
            for each in known
        ),
    )


def known_at(session: Session, location: str | None, measure: str) -> Sequence[Known]:
    """Return the numbers that sensors in a location, or pinned to its plan or shape, measure.

    Without a location they are those of all sensors that stand at one.
    """
    somewhere = LATEST_INSTALLATION.c.id.is_not(None)
    here = somewhere if location is None else placed_in(location)
    query = (
        select_placed()
        .where(tables.Measure.name == measure, here)
        .order_by(tables.Sensor.identifier, tables.Measure.id)
    )
    found = [Known(to_resolved(r[:WIDTH]), r[WIDTH], r[WIDTH + 2]) for r in session.execute(query)]
    return [
        each
        for each in found
        if each.resolved.datatype is not Datatype.STRING
        and each.resolved.statistic is not Statistic.STATE
    ]


def placed_in(location: str) -> ColumnElement[bool]:
    """Return whether a sensor stands in a location, or is pinned to its plan or shape."""
    on_plan = (
        select(tables.FloorPlanPin.sensor_id)
        .join(tables.Location, tables.Location.id == tables.FloorPlanPin.floor_plan_id)
        .where(tables.Location.identifier == location)
    )
    in_shape = (
        select(tables.ShapePin.sensor_id)
        .join(tables.Location, tables.Location.id == tables.ShapePin.shape_id)
        .where(tables.Location.identifier == location)
    )
    pinned = tables.Sensor.id.in_(on_plan.union(in_shape))
    return or_(LATEST_INSTALLATION.c.id.in_(locations.subtree(location)), pinned)


def measured_of(
    session: Session, known: Sequence[Known], wanted: TimelapseQuery, now: datetime
) -> Mapping[int, Values]:
    """Return the mean of each step by the ids of the series; of totals it is their sum."""
    if not known:
        return {}
    span, seconds = wanted.span, wanted.length.total_seconds()
    how = Bucketing(Bucket.parse(wanted.step), UTC, (Aggregate.MEAN,), Fill.NONE)
    keys = OfSeries(tuple(each.resolved.key for each in known))
    plan = values.plan(session, ValuesQuery(keys, span.start, span.end, how, now))
    found = {}
    for each, columns in zip(known, values.read(session, plan), strict=True):
        row = np.full(len(wanted.times), np.nan)
        since = columns.times - naive(span.start)
        places = (since / np.timedelta64(int(seconds), "s")).astype(int)
        inside = (places >= 0) & (places < len(row))
        row[places[inside]] = columns.values["mean"][inside]
        found[each.resolved.id] = rounded(row)
    return found


def said_of(
    session: Session, known: Sequence[Known], span: TimeRange, wanted: TimelapseQuery
) -> Mapping[int, Said]:
    """Return what the newest forecasts say, by the ids of their series."""
    asked: dict[str, Any] = {
        "ids": [each.resolved.id for each in known],
        "start": span.start,
        "end": span.end,
        "step": wanted.length.total_seconds(),
        "most": MOST_PREDICTIONS,
    }
    statistics = {each.resolved.id: each.resolved.statistic for each in known}
    found = {}
    for id_, run, issued_at, places, *columns in session.execute(AHEAD, asked):
        at = np.array(places)
        rows = (by_step(at, column, len(wanted.times), statistics[id_]) for column in columns)
        found[id_] = Said(run, issued_at, *(rounded(row) for row in rows))
    return found


def by_step(
    places: np.ndarray[Any, Any], given: Sequence[float | None], steps: int, statistic: Statistic
) -> Numbers:
    """Put what is predicted into the steps: the mean, of totals the sum."""
    numbers = np.array([np.nan if each is None else each for each in given], dtype=float)
    row = np.full(steps, np.nan)
    if statistic is Statistic.CIRCULAR:
        row[places[::-1]] = numbers[::-1]
        return row
    counts = np.bincount(places, minlength=steps)
    sums = np.bincount(places, weights=numbers, minlength=steps)
    there = counts > 0
    row[there] = sums[there] / (1 if statistic in SUMS else counts[there])
    return row


def told(each: Known, measured: Values, said: Said | None, steps: int) -> TimelapseSeries:
    nothing = (None,) * steps if said is None else ()
    return TimelapseSeries(
        sensor=each.resolved.sensor,
        sensor_name=each.sensor_name,
        location=each.location,
        measure=each.resolved.measure,
        unit=each.resolved.unit,
        statistic=each.resolved.statistic,
        measured=measured,
        run=said.run if said else None,
        issued_at=said.issued_at if said else None,
        predicted=said.predicted if said else nothing,
        lower=said.lower if said else nothing,
        upper=said.upper if said else nothing,
    )
