"""Reading predictions side by side."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.comparison import MOST_SIDES, Comparison, ComparisonQuery, Side
from dtbase.domain.forecasts.selections import DEFAULT_SCENARIO, OfModel, OfRun, Selection
from dtbase.domain.readings.columns import FULL_CIRCLE, Columns, Numbers
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import Labels, SeriesKey
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.domain.values.queries import Predicted, ValuesQuery
from dtbase.errors import Invalid
from dtbase.storage.values.plans import plan
from dtbase.storage.values.reads import read

Times = NDArray[np.datetime64]


class Predictions(NamedTuple):
    """What one side predicts."""

    labels: Labels
    columns: Columns


def compare(session: Session, wanted: ComparisonQuery) -> Comparison:
    """Return predictions on their common times, and how they differ from the first."""
    key = SeriesKey.parse_predicted(wanted.series)
    sides = [read_side(session, selection, key, wanted) for selection in selections(wanted)]
    if sides[0].labels.datatype is Datatype.STRING:
        raise Invalid(f"{key} holds texts; only numbers can be compared", field="series")
    common = reduce(np.intersect1d, [side.columns.times for side in sides])
    columns = [
        side.columns.values["value"][np.searchsorted(side.columns.times, common)].astype(np.float64)
        for side in sides
    ]
    labels = sides[0].labels
    circular = labels.statistic is Statistic.CIRCULAR
    return Comparison(
        sensor=labels.sensor,
        measure=labels.measure,
        unit=labels.unit,
        times=[time.replace(tzinfo=UTC) for time in common.astype(datetime)],
        sides=[
            side_of(side.labels, values, distance(values, columns[0], circular=circular))
            for side, values in zip(sides, columns, strict=True)
        ],
    )


def selections(wanted: ComparisonQuery) -> Sequence[Selection]:
    """Return what stands side by side: at least two."""
    if wanted.run and (wanted.model or wanted.scenario or wanted.as_of):
        raise Invalid("name runs, or models and scenarios; not both", field="run")
    scenarios = wanted.scenario or [DEFAULT_SCENARIO]
    pairs = product(dict.fromkeys(wanted.model), dict.fromkeys(scenarios))
    found: Sequence[Selection] = [
        *(OfRun(run=run) for run in dict.fromkeys(wanted.run)),
        *(OfModel(model=model, scenario=name, as_of=wanted.as_of) for model, name in pairs),
    ]
    if not 1 < len(found) <= MOST_SIDES:
        raise Invalid(f"name two to {MOST_SIDES} runs, or models and scenarios", field="run")
    return found


def read_side(
    session: Session, selection: Selection, key: SeriesKey, wanted: ComparisonQuery
) -> Predictions:
    query = ValuesQuery(
        Predicted(selection, (key,)),
        wanted.start or EARLIEST,
        wanted.end or LATEST,
        resolution=None,
        now=LATEST,
    )
    planned = plan(session, query)
    return Predictions(planned.labels[0], *read(session, planned))


def distance(values: Numbers, first: Numbers, *, circular: bool) -> Numbers:
    """Return how values differ; of directions the shorter way round."""
    apart = values - first
    if not circular:
        return apart
    return np.asarray(apart - FULL_CIRCLE * np.floor((apart + FULL_CIRCLE / 2) / FULL_CIRCLE))


def side_of(labels: Labels, values: Numbers, difference: Numbers) -> Side:
    return Side(
        run=labels.run,
        model=labels.model,
        scenario=labels.scenario,
        issued_at=labels.issued_at,
        values=values.tolist(),
        difference=difference.tolist(),
        mean_difference=float(difference.mean()) if len(difference) else None,
    )
