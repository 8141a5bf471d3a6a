"""Asking the one door to values, as routes, services and forecasts do."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dtbase.domain.readings.columns import Columns
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.queries import OfSeries, Resolution, Subject, ValuesQuery
from dtbase.storage import values
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import Plan


def plan(session: Session, subject: Subject, span: TimeRange, resolution: Resolution) -> Plan:
    query = ValuesQuery(subject, span.start, span.end, resolution, now=span.end)
    return values.plan(session, query)


def read(
    session: Session, subject: Subject, span: TimeRange, resolution: Resolution
) -> Sequence[Columns]:
    return values.read(session, plan(session, subject, span, resolution))


def of(*series: Resolved | str) -> OfSeries:
    names = [each if isinstance(each, str) else str(each.key) for each in series]
    return OfSeries(tuple(SeriesKey.parse(name) for name in names))
