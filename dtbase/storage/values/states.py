"""States over time: of booleans and texts only when they change, which is what a chart draws."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy.orm import Session

from dtbase.domain.readings.columns import Columns
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.limits import MOST_VALUES
from dtbase.storage.values.plans import Plan
from dtbase.storage.values.reads import joined, pages, up_to
from dtbase.storage.values.sources import Readings

PAGE = 50_000


def changes_of(session: Session, wanted: Sequence[Resolved], span: TimeRange) -> Sequence[Columns]:
    """Return each series' first reading, those that differ from the one before, and the last."""
    plan = Plan(Readings(), wanted, [each.labels for each in wanted], span, None)
    with column_cursor(session) as cursor:
        return [
            changed(joined([*up_to(MOST_VALUES, pages(cursor, series, plan, PAGE))]))
            for series in wanted
        ]


def changed(columns: Columns) -> Columns:
    """Leave out the readings that say the same as the one before, but the last one."""
    if not len(columns):
        return columns
    values = columns.values["value"]
    kept = np.concatenate([[True], values[1:] != values[:-1]])
    kept[-1] = True
    return Columns(columns.times[kept], {"value": values[kept]})
