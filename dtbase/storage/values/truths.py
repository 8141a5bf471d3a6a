"""Times of what is true or false, from stored days: such a state is a level of zeros and ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg

from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.queries import TIME_IN, Aggregate, Bucketing, Grain
from dtbase.domain.readings.states import seconds_of
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.statistics import Statistic
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.plans import Plan
from dtbase.storage.values.stepping import Stepped, read_steps

Cursor = psycopg.Cursor[Any]


def read_truths(cursor: Cursor, plan: Plan, how: Bucketing) -> Mapping[int, Columns]:
    """Return the times of the states of a range that stored days tell, by the ids of the series."""
    if {*how.aggregates} != {Aggregate.TIME} or plan.grain is not Grain.DAY:
        return {}
    levels = [as_level(series) for series in plan.series if is_truth(series)]
    steps = read_steps(cursor, replace(plan, series=levels), how)
    return {id_: times_of(each, plan.states[id_]) for id_, each in steps.items()}


def is_truth(series: Resolved) -> bool:
    return series.statistic is Statistic.STATE and series.datatype is Datatype.BOOLEAN


def as_level(series: Resolved) -> Resolved:
    return series._replace(statistic=Statistic.LEVEL)


def times_of(steps: Stepped, names: Sequence[str]) -> Columns:
    """Return for each state of a range how many seconds of each bucket it held."""
    told = steps.told
    times = np.union1d(told.times, told.read)
    places = np.searchsorted(times, told.times)
    columns = {}
    for name, hours in (("false", told.hours - told.amounts), ("true", told.amounts)):
        if name in names:
            columns[f"{TIME_IN}{name}"] = np.zeros(len(times))
            columns[f"{TIME_IN}{name}"][places] = seconds_of(hours)
    return Columns(times, columns, steps.provisional_from)
